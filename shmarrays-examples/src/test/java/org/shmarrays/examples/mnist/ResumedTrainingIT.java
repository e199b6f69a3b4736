package org.shmarrays.examples.mnist;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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
import org.shmarrays.checkpoint.CheckpointPlan;
import org.shmarrays.examples.CheckpointOptions;
import org.shmarrays.examples.TrainingBeginning;
import org.shmarrays.layout.ElementType;
import org.shmarrays.layout.Mode;
import org.shmarrays.layout.Rounding;
import org.shmarrays.status.SegmentStatus;
import org.shmarrays.status.WorkerStatus;
import picocli.CommandLine;

/** A training whose worker is killed for good is continued from its last checkpoint by another number of workers. */
class ResumedTrainingIT {
    private static final String SEGMENT = "mnist";
    private static final int EPOCHS = 3;
    private static final int BATCH = 64;

    /** With 0.1 the last steps of three workers that share two cores move the accuracy by up to 4 %. */
    private static final double LEARNING_RATE = 0.02;

    private static final long SAMPLES = EPOCHS * 2 * 60_000L;

    @TempDir
    private Path directory;

    private final TrainingPlan plan = new TrainingPlan(
            Model.SOFTMAX,
            Mode.LOCKED,
            EPOCHS,
            BATCH,
            LEARNING_RATE,
            0,
            1,
            ElementType.FLOAT32,
            Rounding.NEAREST,
            null);

    @BeforeEach
    void useOwnDirectory() {
        System.setProperty("shmarrays.directory", directory.resolve("root").toString());
    }

    @AfterEach
    void useDefaultDirectory() {
        System.clearProperty("shmarrays.directory");
    }

    private TrainingBeginning beginning(final String... more) {
        final CheckpointOptions options = new CheckpointOptions();
        final String saved = directory.resolve("saved").toString();
        CommandLine.populateCommand(options, "--checkpoint-dir", saved);
        if (more.length > 0) {
            CommandLine.populateCommand(options, "--checkpoint-dir", saved, more[0], more[1]);
        }
        return options.beginning(SEGMENT, "mnist");
    }

    private static RunReport run(final TrainingRun run) {
        try {
            return run.run();
        } catch (final InterruptedException | IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private TrainingRun training(final int workers) {
        return new TrainingRun(plan, workers, List.of(), null, List.of(), 1, false, SEGMENT);
    }

    @Test
    @Timeout(600)
    void shouldTrainOnEachSampleOnce() throws Exception {
        final TrainingRun failing = training(2).withCheckpoints(beginning().saving(), null);
        final CompletableFuture<RunReport> training =
                CompletableFuture.supplyAsync(() -> run(failing), task -> new Thread(task).start());
        killOneAfter(SAMPLES / 4, training);
        assertThatThrownBy(training::join).hasMessageContaining("SIGKILL");
        assertThat(failing.saveOfFailed(directory.resolve("learned.npz"))).isTrue();
        final CheckpointPlan resuming = beginning("--resume", "latest").saving();
        final Path file = resuming.resumedFile(SEGMENT).orElseThrow();
        assertThat(failing.lastCheckpoint()).contains(file);
        assertThat(TrainingPlan.ofCheckpoint(file)).isEqualTo(plan);

        final RunReport report = run(training(3).withCheckpoints(resuming, file));

        // The worker may have been killed between the end of a batch and its count.
        assertThat(report.samples()).isBetween(SAMPLES - BATCH, SAMPLES);
        assertThat(report.lastAccuracy()).isGreaterThan(0.88);
    }

    private static void killOneAfter(final long samples, final CompletableFuture<?> training) {
        final Settings settings = Settings.fromProperties().withAttachTimeout(Duration.ofMinutes(1));
        try (ShmArrays watcher = ShmArrays.attachReadOnly(SEGMENT, settings)) {
            final SegmentStatus status = watcher.status();
            while (status.workers().stream().mapToLong(WorkerStatus::samples).sum() < samples) {
                assertThat(training.isDone()).as("the training has ended").isFalse();
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
            }
            status.workers().stream()
                    .filter(worker -> worker.rank() == 1)
                    .forEach(worker -> ProcessHandle.of(worker.pid()).ifPresent(ProcessHandle::destroyForcibly));
        }
    }
}
