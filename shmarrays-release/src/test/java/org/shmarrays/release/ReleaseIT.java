package org.shmarrays.release;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Unpacks the archive of a release in an empty directory and runs it there. If root runs the test, another user does
 * so, whose home does not exist. This user has only the {@link #PROGRAMS} and Java in PATH, so no Maven.
 */
@Timeout(300)
class ReleaseIT {
    private static final Path ARCHIVE = Path.of(System.getProperty("release.archive"));
    private static final String NAME = System.getProperty("release.name");
    private static final List<String> PROGRAMS =
            List.of("bash", "gzip", "printf", "readlink", "sed", "sh", "tar", "xargs");
    private static final boolean IS_ROOT = System.getProperty("user.name").equals("root");
    private static final int OTHER_USER = 65534;
    private static final Pattern ENTRY =
            Pattern.compile("^(-rw-r--r--|-rwxr-xr-x|drwxr-xr-x) 0/0 +\\d+ (?<time>\\S+ \\S+) ");

    @TempDir
    private static Path directory;

    private static Path release;

    @BeforeAll
    static void unpack() throws Exception {
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
        final Path programs = Files.createDirectory(directory.resolve("programs"));
        for (final String program : PROGRAMS) {
            Files.createSymbolicLink(programs.resolve(program), Path.of("/usr/bin", program));
        }
        Files.createSymbolicLink(programs.resolve("java"), Path.of(System.getProperty("java.home"), "bin", "java"));
        final Path empty = Files.createDirectory(directory.resolve("empty"));
        if (IS_ROOT) {
            Files.setAttribute(empty, "unix:uid", OTHER_USER);
        }
        release = empty.resolve(NAME);

        assertThat(run(empty, "tar", "xzf", "-").errors()).isEmpty();
    }

    @Test
    void shouldTrain() throws Exception {
        final Output output = shmarrays("mnist", "--workers", "2", "--model", "mlp", "--epochs", "1");

        assertThat(output.exitCode()).as(output.errors()).isZero();
        assertThat(output.text()).containsPattern("test accuracy +9\\d\\.");
    }

    @Test
    void shouldRunTheUsersProgram() throws Exception {
        final Output output = shmarrays("run", "--workers", "2", "--", "org.shmarrays.cli.Main", "class-path");

        assertThat(output.exitCode()).as(output.errors()).isZero();
        assertThat(output.text().lines()).hasSize(2).allMatch(line -> line.contains(release + "/lib/shmarrays-core-"));
    }

    @Test
    void shouldCompleteCommands() throws Exception {
        final Path completion = release.resolve("share/bash-completion/completions/shmarrays");

        assertThat(complete(completion, "in")).contains("inspect");
        assertThat(complete(completion, "class")).isEqualTo("class-path");
    }

    private static String complete(final Path completion, final String word) throws Exception {
        final Output output = run(
                directory,
                "bash",
                "-c",
                "source " + completion + "; COMP_WORDS=(" + release.resolve("bin/shmarrays") + " " + word
                        + "); COMP_CWORD=1; _complete_shmarrays_names; echo ${COMPREPLY[@]}");
        assertThat(output.errors()).isEmpty();
        return output.text().strip();
    }

    @Test
    void shouldRefuseWhatOnlyACheckoutHas() throws Exception {
        assertThat(shmarrays("bench").errors())
                .isEqualTo("shmarrays: a release has no benchmarks; run them in a checkout\n");
        assertThat(shmarrays("mnist", "--spark", "local-cluster").errors())
                .isEqualTo("shmarrays: a release has no Spark; run trainings on many hosts in a checkout\n");
    }

    @Test
    void shouldSayWhatIsMissing() throws Exception {
        final Path jar;
        try (Stream<Path> jars = Files.list(release.resolve("lib"))) {
            jar = jars.filter(path -> path.getFileName().toString().startsWith("agrona-"))
                    .findAny()
                    .orElseThrow();
        }
        final Path elsewhere = Files.move(jar, directory.resolve("moved.jar"));
        try {
            assertThat(shmarrays("ls").errors())
                    .isEqualTo("shmarrays: the release is incomplete: " + jar + " is missing; unpack it again\n");
        } finally {
            Files.move(elsewhere, jar);
        }
    }

    /** Neither the time nor the directory of the build is in it, nor the user, whose umask must be 022, as usual. */
    @Test
    void shouldHaveTheSameBytesFromEachBuild() throws Exception {
        final List<String> entries = run(directory, "tar", "tvzf", "-", "--numeric-owner", "--utc")
                .text()
                .lines()
                .toList();

        assertThat(entries).hasSizeGreaterThan(100).allMatch(ENTRY.asPredicate());
        assertThat(entries.stream().map(ReleaseIT::time).distinct()).hasSize(1);
        try (Stream<Path> files = Files.walk(release)) {
            for (final Path file : (Iterable<Path>) files.filter(Files::isRegularFile)::iterator) {
                if (!file.toString().endsWith(".jar")) {
                    assertThat(Files.readString(file, ISO_8859_1))
                            .as(file.toString())
                            .doesNotContain(System.getProperty("basedir"));
                } else if (file.getFileName().toString().startsWith("shmarrays-")) {
                    assertSameModes(file);
                }
            }
        }
        try (InputStream archive = Files.newInputStream(ARCHIVE)) {
            assertThat(archive.readNBytes(8)).endsWith(0, 0, 0, 0); // gzip's time
        }
    }

    private static String time(final String entry) {
        final Matcher matcher = ENTRY.matcher(entry);
        return matcher.find() ? matcher.group("time") : "no time: " + entry;
    }

    private static void assertSameModes(final Path jar) throws IOException {
        try (FileSystem entries = FileSystems.newFileSystem(jar, Map.of("enablePosixFileAttributes", "true"));
                Stream<Path> paths = Files.walk(entries.getPath("/"))) {
            for (final Path path : (Iterable<Path>) paths.skip(1)::iterator) {
                assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
                        .as(jar + " " + path)
                        .isEqualTo(Files.isDirectory(path) ? "rwxr-xr-x" : "rw-r--r--");
            }
        }
    }

    private static Output shmarrays(final String... arguments) throws Exception {
        final List<String> command =
                new ArrayList<>(List.of(release.resolve("bin/shmarrays").toString()));
        command.addAll(List.of(arguments));
        return run(directory, command.toArray(String[]::new));
    }

    /** Its standard input is the archive. */
    private static Output run(final Path workingDirectory, final String... command)
            throws IOException, InterruptedException {
        final List<String> words = new ArrayList<>();
        if (IS_ROOT) {
            words.addAll(
                    List.of("/usr/bin/setpriv", "--reuid=" + OTHER_USER, "--regid=" + OTHER_USER, "--clear-groups"));
        }
        words.add("/usr/bin/env"); // looks the command up in the PATH that is set here
        words.addAll(List.of(command));
        final ProcessBuilder builder = new ProcessBuilder(words).directory(workingDirectory.toFile());
        builder.environment().clear();
        builder.environment()
                .putAll(Map.of(
                        "HOME",
                        "/nonexistent",
                        "PATH",
                        directory.resolve("programs").toString(),
                        "SHMARRAYS_OPTS",
                        "-Dshmarrays.directory=" + directory.resolve("empty/segments")));
        final Path text = directory.resolve("text");
        final Path errors = directory.resolve("errors");
        final Process process = builder.redirectInput(ARCHIVE.toFile())
                .redirectOutput(text.toFile())
                .redirectError(errors.toFile())
                .start();
        return new Output(process.waitFor(), Files.readString(text, UTF_8), Files.readString(errors, UTF_8));
    }

    private record Output(int exitCode, String text, String errors) {}
}
