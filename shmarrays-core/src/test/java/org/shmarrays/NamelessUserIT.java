package org.shmarrays;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.internal.launch.JvmFlags;
import org.shmarrays.testing.Await;

/** Users of numbers that have no name, as in containers: each has a directory of its own. */
class NamelessUserIT {
    private static final List<Integer> USERS = List.of(1_987_654_321, 1_987_654_322);

    @TempDir
    private Path directory;

    private final List<Path> classPath = new ArrayList<>();

    /** Creates a segment in the user's directory, tells it, and removes it when all have created theirs. */
    static final class User {
        private User() {}

        public static void main(final String... arguments) throws IOException {
            try (ShmArrays arrays = ShmArrays.create("s", Map.of("w", new float[] {1}), Settings.fromProperties())) {
                final Path root = Settings.fromProperties().root().directory();
                System.out.println(root + " of " + arrays.name());
                System.out.flush();
                System.in.read();
                ShmArrays.remove("s");
                Files.delete(root);
            }
        }
    }

    @BeforeEach
    void copyClassPath() throws IOException {
        assumeTrue(
                Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0), "only root may become another user");
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/setpriv")), "no setpriv");
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
        for (final String entry : System.getProperty("java.class.path").split(":")) {
            final Path path = Path.of(entry);
            final String name = path.getFileName().toString();
            if (Files.isDirectory(path) || name.startsWith("agrona-") || name.startsWith("shmarrays-core-")) {
                classPath.add(copy(path, directory.resolve(Integer.toString(classPath.size()))));
            }
        }
    }

    /** Where every user may read it. */
    private static Path copy(final Path from, final Path to) throws IOException {
        try (Stream<Path> paths = Files.walk(from)) {
            for (final Path path : (Iterable<Path>) paths::iterator) {
                final Path copy = to.resolve(from.relativize(path).toString());
                Files.copy(path, copy.endsWith("") ? to : copy);
                Files.setPosixFilePermissions(copy, PosixFilePermissions.fromString("rwxr-xr-x"));
            }
        }
        return to;
    }

    private Process start(final int user) throws IOException {
        final List<String> command =
                new ArrayList<>(List.of("setpriv", "--reuid", "" + user, "--regid", "" + user, "--clear-groups"));
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(JvmFlags.ofThisJvm());
        command.addAll(List.of("-Xmx64m", "-XX:-UsePerfData", "-cp"));
        command.add(classPath.stream().map(Path::toString).collect(Collectors.joining(":")));
        command.add(User.class.getName());
        return new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    /** Of a process that failed. */
    private static void removeLeftovers(final Path root) throws IOException {
        if (Files.isDirectory(root)) {
            try (Stream<Path> files = Files.walk(root)) {
                for (final Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        }
    }

    @Test
    void shouldHaveADirectoryForEachUserWithoutAName() throws Exception {
        final List<Process> processes = new ArrayList<>();
        try {
            for (final int user : USERS) {
                processes.add(start(user));
            }
            for (int i = 0; i < USERS.size(); i++) {
                assertThat(processes.get(i).inputReader().readLine()).endsWith("/shmarrays-" + USERS.get(i) + " of s");
            }
            for (final Process process : processes) {
                process.outputWriter().append('\n').close();
                assertThat(process.waitFor(Await.DEADLINE.toSeconds(), TimeUnit.SECONDS))
                        .isTrue();
                assertThat(process.exitValue()).isZero();
            }
        } finally {
            processes.forEach(Process::destroyForcibly);
            for (final Process process : processes) {
                process.waitFor();
            }
            for (final int user : USERS) {
                removeLeftovers(Path.of("/dev/shm/shmarrays-" + user));
            }
        }
    }
}
