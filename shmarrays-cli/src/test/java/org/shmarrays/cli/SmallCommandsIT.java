package org.shmarrays.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.internal.launch.JvmFlags;

/** The small commands answer fast because they load little. */
@Timeout(120)
class SmallCommandsIT {
    @TempDir
    private Path directory;

    @Test
    void shouldNotLoadTheLibrariesOfMetrics() throws Exception {
        assertThat(loadedBy("ls")).noneMatch(SmallCommandsIT::isOfMetrics);
        assertThat(loadedBy("--help")).noneMatch(SmallCommandsIT::isOfMetrics);
    }

    @Test
    void shouldNotLoadTheLibraryOfTop() throws Exception {
        assertThat(loadedBy("ls")).noneMatch(line -> line.contains("org.jline"));
        assertThat(loadedBy("--help")).noneMatch(line -> line.contains("org.jline"));
    }

    private static boolean isOfMetrics(final String line) {
        return line.contains("io.micrometer") || line.contains("io.prometheus") || line.contains("httpserver");
    }

    private List<String> loadedBy(final String command) throws IOException, InterruptedException {
        final Path log = directory.resolve("classes.log");
        final List<String> words = new ArrayList<>();
        words.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        words.addAll(JvmFlags.ofThisJvm());
        words.addAll(List.of(
                "-Xlog:class+load:file=" + log,
                "-Dshmarrays.directory=" + directory.resolve("segments"),
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName(),
                command));
        final Process process = new ProcessBuilder(words)
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("out.txt").toFile())
                .start();
        try {
            assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        } finally {
            process.destroyForcibly();
        }
        assertThat(process.exitValue()).isZero();
        final List<String> loaded = Files.readAllLines(log);
        assertThat(loaded).anyMatch(line -> line.contains(Main.class.getName()));
        return loaded;
    }
}
