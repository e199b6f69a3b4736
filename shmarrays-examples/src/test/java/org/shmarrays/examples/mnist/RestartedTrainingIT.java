package org.shmarrays.examples.mnist;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;
import org.shmarrays.launch.WorkerGroup;
import org.shmarrays.layout.ElementType;
import org.shmarrays.layout.Mode;
import org.shmarrays.layout.Rounding;
import org.shmarrays.status.SegmentStatus;
import org.shmarrays.status.WorkerStatus;

/** Workers of a training are killed, all of them and then one, and are started again; one is added, and leaves. */
class RestartedTrainingIT {
    private static final String SEGMENT = "mnist";
    private static final int WORKERS = 2;
    private static final int EPOCHS = 4;
    private static final int BATCH = 64;
    private static final long EPOCH_SAMPLES = WORKERS * 60_000L;

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
    @Timeout(600)
    void shouldTrainOnTheSamplesOfThePlanWhicheverWorkersDieJoinOrLeave() throws Exception {
        final TrainingPlan plan = new TrainingPlan(
                Model.SOFTMAX, Mode.LOCKED, EPOCHS, BATCH, 0.1, 0, 1, ElementType.FLOAT32, Rounding.NEAREST, null);
        final TrainingRun run =
                new TrainingRun(plan, WORKERS, List.of(), null, List.of(), 1, false, SEGMENT).withRestarts(2);
        final CompletableFuture<RunReport> training = CompletableFuture.supplyAsync(
                () -> {
                    try {
                        return run.run();
                    } catch (final InterruptedException | IOException e) {
                        throw new IllegalStateException(e);
                    }
                },
                task -> new Thread(task).start());
        final Settings settings = Settings.fromProperties().withAttachTimeout(Duration.ofMinutes(1));
        try (ShmArrays watcher = ShmArrays.attachReadOnly(SEGMENT, settings)) {
            final SegmentStatus status = watcher.status();
            awaitSamples(training, status, EPOCH_SAMPLES / 4, WORKERS);
            live(status).forEach(RestartedTrainingIT::kill);
            awaitSamples(training, status, EPOCH_SAMPLES, 1);
            live(status).stream().limit(1).forEach(RestartedTrainingIT::kill);
            scale(WORKERS + 1);
            awaitSamples(training, status, EPOCH_SAMPLES, WORKERS + 1);
            scale(WORKERS);
        }

        final RunReport report = training.join();

        // At most the step that was under way counts twice, for each worker that was killed.
        assertThat(report.samples()).isBetween(EPOCHS * EPOCH_SAMPLES, EPOCHS * EPOCH_SAMPLES + 3 * BATCH);
        assertThat(report.epochs()).hasSize(EPOCHS);
        assertThat(report.trainedWorkers())
                .as("ranks, whichever processes had them")
                .isBetween(WORKERS, WORKERS + 1);
    }

    private static void scale(final int workers) {
        WorkerGroup.requestWorkers(SEGMENT, workers, Settings.fromProperties(), Duration.ofMinutes(1));
    }

    private static void awaitSamples(
            final CompletableFuture<?> training, final SegmentStatus status, final long samples, final int workers) {
        while (status.workers().stream().mapToLong(WorkerStatus::samples).sum() < samples
                || live(status).size() < workers) {
            assertThat(training.isDone()).as("the training has ended").isFalse();
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
        }
    }

    private static List<WorkerStatus> live(final SegmentStatus status) {
        return status.workers().stream()
                .filter(worker -> worker.rank() >= 0 && worker.state().isLive())
                .toList();
    }

    /** Sends SIGKILL. */
    private static void kill(final WorkerStatus worker) {
        ProcessHandle.of(worker.pid()).ifPresent(ProcessHandle::destroyForcibly);
    }
}
