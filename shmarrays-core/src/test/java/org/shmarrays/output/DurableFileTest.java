package org.shmarrays.output;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayOutputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.shmarrays.internal.worker.ProcessIdentity;
import org.shmarrays.testing.Await;
import org.shmarrays.testing.Background;

/** What a user's path may lead to, and what becomes of it. */
class DurableFileTest {
    private static final String OLD = "the old content, which is longer than the new one";
    private static final String NEW = "the new content";

    @TempDir
    private Path directory;

    @AfterEach
    void leaveNothingBeside() throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            assertThat(files.filter(file -> file.toString().endsWith(".part"))).isEmpty();
        }
    }

    private Path old() throws IOException {
        return Files.writeString(directory.resolve("file"), OLD);
    }

    private static boolean run(final String... command) throws IOException, InterruptedException {
        final Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        return process.waitFor(Await.DEADLINE.toSeconds(), TimeUnit.SECONDS) && process.exitValue() == 0;
    }

    private static String mode(final Path file) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
    }

    @Test
    void shouldGiveANewFileTheModeThatTheUmaskLeaves() throws IOException {
        final Path file = directory.resolve("new");

        DurableFile.replace(file, NEW);

        assertThat(file).hasContent(NEW);
        assertThat(mode(file)).isEqualTo(mode(Files.createFile(directory.resolve("usual"))));
    }

    @ParameterizedTest
    @ValueSource(strings = {"rw-------", "rw-rw-r--", "rw-r--r--", "rwxr-x--x", "rw-rw-rw-"})
    void shouldKeepTheModeOfTheOldFile(final String mode) throws IOException {
        final Path file = Files.setPosixFilePermissions(old(), PosixFilePermissions.fromString(mode));

        DurableFile.replace(file, NEW);

        assertThat(file).hasContent(NEW);
        assertThat(mode(file)).isEqualTo(mode);
    }

    @Test
    void shouldKeepOwnerAndGroupWhereThatIsAllowed() throws IOException {
        final Path file = old();
        final boolean isRoot =
                Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0);
        assumeTrue(isRoot, "only root may give files away");
        Files.setAttribute(file, "unix:uid", 4711);
        Files.setAttribute(file, "unix:gid", 4712);

        DurableFile.replace(file, NEW);

        assertThat(Files.readAttributes(file, "unix:uid,gid"))
                .containsEntry("uid", 4711)
                .containsEntry("gid", 4712);
    }

    @Test
    void shouldReplaceWhatALinkNames() throws IOException {
        final Path file = old();
        Files.createDirectories(directory.resolve("a/b"));
        final Path second = Files.createSymbolicLink(directory.resolve("a/b/second"), Path.of("../../file"));
        final Path link = Files.createSymbolicLink(directory.resolve("link"), second);

        DurableFile.replace(link, NEW);

        assertThat(link).isSymbolicLink();
        assertThat(second).isSymbolicLink();
        assertThat(file).isRegularFile().hasContent(NEW);
    }

    @Test
    void shouldMakeWhatADanglingLinkNames() throws IOException {
        Files.createDirectory(directory.resolve("there"));
        final Path link = Files.createSymbolicLink(directory.resolve("link"), Path.of("there/file"));

        DurableFile.replace(link, NEW);

        assertThat(link).isSymbolicLink();
        assertThat(directory.resolve("there/file")).hasContent(NEW);
    }

    @Test
    void shouldRefuseWhatNamesNoFile() throws IOException {
        final Path loop = Files.createSymbolicLink(directory.resolve("loop"), Path.of("loop"));
        final Path lost = Files.createSymbolicLink(directory.resolve("lost"), Path.of("nowhere/file"));

        assertThatThrownBy(() -> DurableFile.replace(loop, NEW)).isInstanceOf(FileSystemLoopException.class);
        assertThatThrownBy(() -> DurableFile.replace(lost, NEW)).isInstanceOf(NoSuchFileException.class);
        assertThatThrownBy(() -> DurableFile.replace(old().resolve("x"), NEW)).isInstanceOf(NoSuchFileException.class);
        assertThatThrownBy(() -> DurableFile.replace(directory, NEW))
                .isInstanceOf(FileSystemException.class)
                .hasMessageContaining("it is a directory");
        for (final Path path : new Path[] {loop, lost, directory}) {
            assertThat(DurableFile.obstacle(path)).as(path.toString()).isPresent();
        }
        assertThat(DurableFile.obstacle(directory.resolve("new"))).isEmpty();
    }

    @Test
    void shouldWriteToAPipeAndLeaveIt() throws Exception {
        final Path pipe = directory.resolve("pipe");
        assumeTrue(run("mkfifo", pipe.toString()), "no mkfifo");
        final CompletableFuture<String> reader = Background.supply(() -> {
            try {
                return Files.readString(pipe);
            } catch (final IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        });

        final long length = DurableFile.replace(pipe, channel -> {
            channel.write(ByteBuffer.wrap("content".getBytes()), 4);
            channel.write(ByteBuffer.wrap("the ".getBytes()), 0); // as the headers of an archive, which come last
        });

        assertThat(reader.get(Await.DEADLINE.toSeconds(), TimeUnit.SECONDS)).isEqualTo("the content");
        assertThat(length).isEqualTo(11);
        assertThat(Files.readAttributes(pipe, "isOther")).containsEntry("isOther", true);
        assertThat(DurableFile.target(pipe)).isNull();
    }

    @Test
    void shouldWriteToADeviceAndLeaveIt() throws IOException {
        final Path link = Files.createSymbolicLink(directory.resolve("link"), Path.of("/dev/null"));

        assertThat(DurableFile.replace(link, channel -> channel.write(ByteBuffer.allocate(9))))
                .isEqualTo(9);

        assertThat(link).isSymbolicLink();
        assertThat(Files.readAttributes(Path.of("/dev/null"), "isOther")).containsEntry("isOther", true);
        assertThatThrownBy(() -> DurableFile.replace(Path.of("/dev/full"), NEW)).hasMessageContaining("No space left");
        assertThat(Files.readAttributes(Path.of("/dev/full"), "isOther")).containsEntry("isOther", true);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldAppendToTheFileOfADescriptor(final boolean isAppending) throws IOException {
        final Path file = directory.resolve("log");
        try (FileOutputStream log = new FileOutputStream(file.toFile(), isAppending)) {
            log.write(OLD.getBytes(UTF_8));

            DurableFile.replace(descriptorOf(file), NEW);
        }

        assertThat(file).hasContent(OLD + NEW);
    }

    /** The name in /proc of this process's descriptor that is open for a file. */
    private static Path descriptorOf(final Path file) throws IOException {
        try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
            return descriptors
                    .filter(descriptor -> isLinkTo(descriptor, file))
                    .findFirst()
                    .orElseThrow();
        }
    }

    private static boolean isLinkTo(final Path descriptor, final Path file) {
        try {
            return Files.readSymbolicLink(descriptor).equals(file.toRealPath());
        } catch (final IOException e) {
            return false; // that of the listing itself, which is closed
        }
    }

    @Test
    void shouldWriteThroughTheStreamOfStandardError() throws IOException {
        final PrintStream before = System.err;
        final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        System.setErr(new PrintStream(bytes, true, UTF_8));
        try {
            for (final String name : new String[] {"/dev/stderr", "/dev/fd/2", "/proc/self/fd/2"}) {
                DurableFile.replace(Path.of(name), NEW);
            }
        } finally {
            System.setErr(before);
        }

        assertThat(bytes.toString(UTF_8)).isEqualTo(NEW.repeat(3));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 39, 40, 41, 200, 239, 240, 250, 255})
    void shouldTakeEveryNameThatTheFileSystemTakes(final int length) throws IOException {
        for (final String letter : new String[] {"a", "é", "数", "😀"}) {
            final int bytes = letter.getBytes(java.nio.charset.StandardCharsets.UTF_8).length;
            final String name = letter.repeat(length / bytes) + "x".repeat(length % bytes);
            final Path file = directory.resolve(name);

            DurableFile.replace(file, OLD);
            DurableFile.replace(file, NEW);

            assertThat(file).hasContent(NEW);
        }
    }

    @Test
    void shouldLeaveTheOldFileIfTheNewOneFails() throws IOException {
        final Path file = old();

        assertThatThrownBy(() -> DurableFile.replace(file, channel -> {
                    channel.write(ByteBuffer.allocate(1 << 20));
                    throw new IOException("No space left on device");
                }))
                .hasMessage("No space left on device");

        assertThat(file).hasContent(OLD);
    }

    @Test
    void shouldLeaveOtherNamesOfTheOldFileItsContent() throws IOException {
        final Path file = old();
        final Path other = Files.createLink(directory.resolve("other"), file);

        DurableFile.replace(file, NEW);

        assertThat(file).hasContent(NEW);
        assertThat(other).hasContent(OLD);
    }

    @Test
    void shouldRefuseAProtectedFile() throws IOException {
        final Path file = Files.setPosixFilePermissions(old(), PosixFilePermissions.fromString("r--r--r--"));
        assumeTrue(!Files.isWritable(file), "root may write to every file");

        assertThatThrownBy(() -> DurableFile.replace(file, NEW)).isInstanceOf(AccessDeniedException.class);

        assertThat(file).hasContent(OLD);
    }

    @Test
    void shouldOverwriteAFileThatCannotBeReplaced() throws Exception {
        final Path file = old();
        final Path source = Files.writeString(directory.resolve("source"), OLD);
        assumeTrue(run("mount", "--bind", source.toString(), file.toString()), "not root, or mounts are forbidden");
        try {
            DurableFile.replace(file, NEW);

            assertThat(file).hasContent(NEW);
            assertThat(source).hasContent(NEW);
        } finally {
            assertThat(run("umount", "-l", file.toString())).isTrue();
        }
        assertThat(file).hasContent(OLD);
    }

    @Test
    void shouldLeaveAFileThatCannotBeReplacedOnAFullDisk() throws Exception {
        final Path small = Files.createDirectory(directory.resolve("small"));
        assumeTrue(
                run("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", small.toString()),
                "not root, or mounts are forbidden");
        final Path file = old();
        try {
            final Path source = Files.writeString(small.resolve("source"), OLD);
            assertThatThrownBy(() -> DurableFile.replace(source, NEW.repeat(10_000)))
                    .hasMessageContaining("No space left");
            assertThat(source).hasContent(OLD);
            assertThat(small.toFile().list()).containsExactly("source");

            assertThat(run("mount", "--bind", source.toString(), file.toString()))
                    .isTrue();
            try {
                assertThatThrownBy(() -> DurableFile.replace(file, NEW.repeat(10_000)))
                        .hasMessageContaining("No space left");
                assertThat(source).hasContent(OLD);
            } finally {
                assertThat(run("umount", "-l", file.toString())).isTrue();
            }
        } finally {
            assertThat(run("umount", "-l", small.toString())).isTrue();
        }
    }

    @Test
    void shouldWriteThoughALeftoverCannotBeDeleted() throws Exception {
        final Path file = directory.resolve("c.npz");
        final Path source = Files.createFile(directory.resolve("source"));
        final Path leftover = leftover(ProcessIdentity.current().bootId());
        assumeTrue(run("mount", "--bind", source.toString(), leftover.toString()), "not root, or mounts are forbidden");
        try {
            DurableFile.replace(file, NEW);

            assertThat(file).hasContent(NEW);
            assertThat(leftover).exists();
        } finally {
            assertThat(run("umount", "-l", leftover.toString())).isTrue();
        }
        DurableFile.replace(file, OLD);
        assertThat(leftover).doesNotExist();
    }

    /** All hosts number their first pid namespace alike. */
    @Test
    void shouldLeaveWhatAnotherHostIsWriting() throws IOException {
        final Path others = leftover(ProcessIdentity.current().bootId() + 1);
        final Path own = leftover(ProcessIdentity.current().bootId());

        DurableFile.replace(directory.resolve("c.npz"), NEW);

        assertThat(others).exists();
        assertThat(own).doesNotExist();
        Files.setLastModifiedTime(others, FileTime.fromMillis(0));
        DurableFile.replace(directory.resolve("c.npz"), OLD);
        assertThat(others).doesNotExist();
    }

    /** What a process that is gone has left of c.npz. */
    private Path leftover(final long bootId) throws IOException {
        return Files.createFile(directory.resolve(".c.npz.999999999-"
                + ProcessIdentity.current().pidNamespace() + "-" + Long.toHexString(bootId) + ".1.part"));
    }

    @Test
    void shouldDeleteOnlyItsOwnLeftovers() throws IOException {
        final Path file = directory.resolve("c.npz");
        final Path leftover = directory.resolve(".c.npz.999999999-1-1.1.part");
        Files.createFile(leftover);
        Files.setLastModifiedTime(leftover, FileTime.fromMillis(0));
        final Path folder = Files.createDirectory(directory.resolve(".c.npz.999999998-1-1.1.part"));
        Files.setLastModifiedTime(folder, FileTime.fromMillis(0));

        DurableFile.replace(file, NEW);

        assertThat(leftover).doesNotExist();
        assertThat(folder).isDirectory();
        Files.delete(folder);
    }
}
