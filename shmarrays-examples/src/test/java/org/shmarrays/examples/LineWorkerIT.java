package org.shmarrays.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.launch.GroupResult;
import org.shmarrays.launch.Launcher;
import org.shmarrays.launch.WorkerGroup;

/** The README's worker, in two processes, and by itself. */
class LineWorkerIT {
    private static final FileAttribute<?> OWNER_ONLY =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

    @TempDir
    private Path directory;

    @Test
    void shouldFitTheLineTogether() throws InterruptedException {
        final ByteArrayOutputStream printed = new ByteArrayOutputStream();
        final PrintStream out = new PrintStream(printed, true, StandardCharsets.UTF_8);

        final GroupResult result;
        try (WorkerGroup group = Launcher.ofMainClass(LineWorker.class.getName())
                .workers(2)
                .segmentName("line")
                .jvmArgument("-Dshmarrays.directory=" + directory)
                .output(out, out)
                .launch()) {
            result = group.await(Duration.ofMinutes(2)).orElseThrow();
        }

        assertThat(result.isSuccess())
                .as(printed.toString(StandardCharsets.UTF_8))
                .isTrue();
        assertThat(printed.toString(StandardCharsets.UTF_8)).contains("[0] y = 3.00 x + 2.00");
    }

    @Test
    void shouldFitTheLineAloneWithoutALauncher() throws IOException, InterruptedException {
        final Path printed = directory.resolve("printed.txt");
        final Path segments = Files.createDirectory(directory.resolve("segments"), OWNER_ONLY);
        final ProcessBuilder builder = new ProcessBuilder(Launcher.ofMainClass(LineWorker.class.getName())
                        .jvmArgument("-Dshmarrays.directory=" + segments)
                        .command())
                .redirectErrorStream(true)
                .redirectOutput(printed.toFile());
        builder.environment().keySet().removeIf(name -> name.startsWith("SHMARRAYS_"));

        final Process process = builder.start();
        try {
            assertThat(process.waitFor(2, TimeUnit.MINUTES)).isTrue();
        } finally {
            process.destroyForcibly();
        }

        assertThat(Files.readString(printed))
                .contains("y = 3.00 x + 2.00")
                .contains("no segment was named for this worker, so it has one of its own: name=LineWorker-"
                        + process.pid() + "-");
        assertThat(process.exitValue()).isZero();
        assertThat(segments).as("the segment is removed at the end").isEmptyDirectory();
    }
}
