package org.shmarrays.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.launch.GroupResult;
import org.shmarrays.launch.Launcher;
import org.shmarrays.launch.WorkerGroup;

/** The README's worker, in two processes. */
class LineWorkerIT {
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
}
