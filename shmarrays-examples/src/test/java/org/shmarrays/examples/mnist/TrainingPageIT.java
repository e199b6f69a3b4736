package org.shmarrays.examples.mnist;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;
import org.shmarrays.internal.Doors;
import org.shmarrays.internal.segment.SegmentOpener;
import org.shmarrays.internal.segment.SegmentRoot;
import org.shmarrays.layout.ElementType;
import org.shmarrays.layout.Mode;
import org.shmarrays.layout.Rounding;
import org.shmarrays.status.SegmentStatus;
import org.shmarrays.status.WorkerStatus;

/**
 * Trainings whose workers are killed, and the report of one that fails; one that ends well is looked at in a browser.
 */
@Timeout(300)
class TrainingPageIT {
    @TempDir
    private Path directory;

    @BeforeEach
    void useOwnDirectory() {
        System.setProperty("shmarrays.directory", directory.resolve("segments").toString());
    }

    @AfterEach
    void useDefaultDirectory() {
        System.clearProperty("shmarrays.directory");
    }

    @Test
    void shouldBeWrittenOfATrainingWhoseWorkerIsKilled() throws Exception {
        final TrainingPlan plan = new TrainingPlan(
                Model.SOFTMAX, Mode.LOCKED, 1_000, 64, 0.1, 0, 1, ElementType.FLOAT32, Rounding.NEAREST, null);
        final Path file = directory.resolve("failed.html");
        final TrainingRun run = new TrainingRun(plan, 2, List.of(), null, List.of(), 1, false, "fails");
        final CompletableFuture<RunReport> training = CompletableFuture.supplyAsync(
                () -> {
                    try {
                        return new TrainingPage(plan, 2, file).train(run);
                    } catch (final IOException | InterruptedException e) {
                        throw new CompletionException(e);
                    }
                },
                task -> new Thread(task).start());
        final SegmentStatus status = awaitSegment("fails", training);
        final long victim = awaitSteps(status, 1, training);

        ProcessHandle.of(victim).orElseThrow().destroyForcibly();

        assertThatThrownBy(training::join).hasMessageContaining("worker 1 of 2 was ended by SIGKILL");
        assertThat(Files.readString(file))
                .contains("\"failed\": \"worker 1 of 2 was ended by SIGKILL")
                .contains("worker 1 (process " + victim + ")")
                .contains("\"settings\": {\"model\": \"softmax\"");
    }

    @Test
    void shouldGoOnWhileTheOnlyWorkerIsOnItsWayBack() throws Exception {
        final TrainingPlan plan = new TrainingPlan(
                Model.SOFTMAX, Mode.LOCKED, 1_000, 64, 0.1, 0, 1, ElementType.FLOAT32, Rounding.NEAREST, null);
        final TrainingRun run =
                new TrainingRun(plan, 1, List.of(), null, List.of(), 1, false, "returns").withRestarts(1);
        final CompletableFuture<RunReport> training = CompletableFuture.supplyAsync(
                () -> {
                    try {
                        return run.run();
                    } catch (final IOException | InterruptedException e) {
                        throw new CompletionException(e);
                    }
                },
                task -> new Thread(task).start());
        final SegmentStatus status = awaitSegment("returns", training);
        final long victim = awaitSteps(status, 0, training);

        final ProcessHandle worker = ProcessHandle.of(victim).orElseThrow();
        worker.destroyForcibly();
        worker.onExit().join();
        // Takes the dead worker's slot and lets it go, as a process that recovers its locks does. Then no worker is
        // seen to train.
        ShmArrays.attach("returns").close();
        final long before = samples(status);
        await(() -> samples(status) > before, training);
        Doors.RUN_CONTROL
                .of(SegmentOpener.open(Doors.ROOT.of(Settings.fromProperties()), "returns", false))
                .stop();

        assertThat(training.join().samples()).isEqualTo(samples(status));
    }

    private static long samples(final SegmentStatus status) {
        return status.workers().stream().mapToLong(WorkerStatus::samples).sum();
    }

    private static void await(final BooleanSupplier condition, final CompletableFuture<RunReport> training) {
        while (!condition.getAsBoolean()) {
            assertThat(training).isNotDone();
            LockSupport.parkNanos(5_000_000);
        }
    }

    private static SegmentStatus awaitSegment(final String name, final CompletableFuture<RunReport> training) {
        final SegmentRoot root = Doors.ROOT.of(Settings.fromProperties());
        await(() -> root.holds(name), training);
        return Doors.STATUS.of(SegmentOpener.open(root, name, true));
    }

    /** The process that has this rank, once it has taken a hundred steps. */
    private static long awaitSteps(
            final SegmentStatus status, final int rank, final CompletableFuture<RunReport> training) {
        long pid = 0;
        while (pid == 0) {
            assertThat(training).isNotDone();
            pid = status.workers().stream()
                    .filter(worker -> worker.rank() == rank && worker.steps() > 100)
                    .mapToLong(WorkerStatus::pid)
                    .findFirst()
                    .orElse(0);
            LockSupport.parkNanos(5_000_000);
        }
        return pid;
    }
}
