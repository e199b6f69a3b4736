package org.shmarrays.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.shmarrays.layout.ElementType.FLOAT32;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.ShmArrays;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.worker.Worker;
import picocli.CommandLine;

/** {@code run}, {@code scale} and {@code stop} together. */
class ScaleCommandIT {
    private final StringWriter written = new StringWriter();

    @TempDir
    private Path directory;

    @BeforeEach
    void useOwnDirectory() {
        System.setProperty("shmarrays.directory", directory.toString());
    }

    @AfterEach
    void useDefaultDirectory() {
        System.clearProperty("shmarrays.directory");
    }

    @Test
    void shouldScaleARunThatTrains() {
        try (ShmArrays arrays = ShmArrays.create("w", ArraySpec.of("w", FLOAT32, 2))) {
            final CompletableFuture<Integer> run = CompletableFuture.supplyAsync(
                    () -> execute(
                            "run",
                            "--workers",
                            "1",
                            "--name",
                            "w",
                            "--heap",
                            "64m",
                            "--class-path",
                            System.getProperty("java.class.path"),
                            "--",
                            UntilStopped.class.getName()),
                    task -> new Thread(task).start());
            try {
                awaitWorkers(arrays, 1, run);

                assertThat(execute("scale", "w", "2")).isZero();
                awaitWorkers(arrays, 2, run);
                assertThat(execute("scale", "w", "1")).isZero();
                awaitWorkers(arrays, 1, run);
            } finally {
                assertThat(execute("stop", "w")).isZero();
            }

            assertThat(run.join()).as(written.toString()).isZero();
            assertThat(written.toString())
                    .contains("segment=w, workers=2, before=1")
                    .contains("segment=w, workers=1, before=2")
                    .contains("segment=w, stop=true, live workers=");
        }
    }

    private int execute(final String... arguments) {
        final CommandLine commandLine = Main.commandLine(arguments);
        commandLine.setOut(new PrintWriter(written, true));
        commandLine.setErr(new PrintWriter(written, true));
        return commandLine.execute(arguments);
    }

    private void awaitWorkers(final ShmArrays arrays, final int count, final CompletableFuture<Integer> run) {
        await(count + " workers", () -> {
            assertThat(run).as(written.toString()).isNotDone();
            return arrays.status().workers().stream()
                            .filter(worker -> worker.active() && worker.rank() >= 0)
                            .count()
                    == count;
        });
    }

    private static void await(final String description, final BooleanSupplier condition) {
        final long began = System.nanoTime();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime() - began).as(description).isLessThan(60_000_000_000L);
            LockSupport.parkNanos(5_000_000);
        }
    }

    static final class UntilStopped {
        public static void main(final String... arguments) {
            final Worker worker = Worker.join();
            try (ShmArrays arrays = ShmArrays.attach(worker)) {
                await("stop", () -> arrays.name().isEmpty() || worker.shouldStop());
            }
        }
    }
}
