package org.shmarrays.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.shmarrays.layout.ElementType.FLOAT32;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;
import org.shmarrays.launch.GroupResult;
import org.shmarrays.launch.Launcher;
import org.shmarrays.launch.WorkerGroup;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.status.SegmentStatus;
import org.shmarrays.status.WorkerStatus;

/** The README's worker, in two processes, and by itself. */
class LineWorkerIT {
    private static final FileAttribute<?> OWNER_ONLY =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

    private static final Map<String, float[]> NOTHING = Map.of("line", new float[2]);
    private static final long STEPS = 2_000;

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
    void shouldGoOnWhereItWasKilled() throws InterruptedException {
        final Settings settings = Settings.fromProperties().withDirectory(directory);
        final ByteArrayOutputStream printed = new ByteArrayOutputStream();
        final PrintStream out = new PrintStream(printed, true, StandardCharsets.UTF_8);
        try (ShmArrays params = ShmArrays.create("line", List.of(ArraySpec.of("line", FLOAT32, 2)), settings);
                WorkerGroup group = Launcher.ofMainClass(LineWorker.class.getName())
                        .workers(2)
                        .restarts(1)
                        .segmentName("line")
                        .jvmArgument("-Dshmarrays.directory=" + directory)
                        .output(out, out)
                        .launch()) {
            final SegmentStatus status = params.status();
            // Under the array's lock no worker makes a step.
            params.update(NOTHING, (gradient, old) -> {
                await(
                        "both workers",
                        () -> status.workers().stream()
                                        .filter(w -> w.barriers() > 0)
                                        .count()
                                == 2,
                        group);
                return old;
            });
            final AtomicLong victim = new AtomicLong();
            while (victim.get() == 0) {
                params.update(NOTHING, (gradient, old) -> {
                    final WorkerStatus worker = ofRank(status, 1).get(0);
                    assertThat(worker.steps()).isLessThan(STEPS);
                    if (worker.steps() > 0) {
                        victim.set(worker.pid());
                        ProcessHandle.of(worker.pid()).orElseThrow().destroyForcibly();
                        await("worker 1 comes back", () -> isThereAgain(status, worker), group);
                    }
                    return old;
                });
            }

            final GroupResult result = group.await(Duration.ofMinutes(2)).orElseThrow();
            assertThat(result.isSuccess())
                    .as(printed.toString(StandardCharsets.UTF_8))
                    .isTrue();
            assertThat(status.workers().stream().mapToLong(WorkerStatus::steps).sum())
                    .as("each step of both workers is made once")
                    .isEqualTo(2 * STEPS);
            assertThat(printed.toString(StandardCharsets.UTF_8)).contains("[0] y = 3.00 x + 2.00");
        }
    }

    /** True if another process has the rank. */
    private static boolean isThereAgain(final SegmentStatus status, final WorkerStatus before) {
        return ofRank(status, before.rank()).stream()
                .anyMatch(now -> now.pid() != before.pid() && now.state().isLive());
    }

    private static List<WorkerStatus> ofRank(final SegmentStatus status, final int rank) {
        return status.workers().stream().filter(worker -> worker.rank() == rank).toList();
    }

    private static void await(final String what, final BooleanSupplier condition, final WorkerGroup group) {
        while (!condition.getAsBoolean()) {
            assertThat(group.pids()).as(what).isNotEmpty();
            LockSupport.parkNanos(1_000_000);
        }
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
                .contains("no segment was named for this worker, so it created one of its own: name=LineWorker-"
                        + process.pid() + "-");
        assertThat(process.exitValue()).isZero();
        assertThat(segments).as("the segment is removed at the end").isEmptyDirectory();
    }
}
