package org.shmarrays.examples.mnist;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.Settings;
import org.shmarrays.layout.Mode;
import org.shmarrays.segment.SegmentOpener;
import org.shmarrays.segment.SegmentRoot;
import org.shmarrays.status.SegmentStatus;
import org.shmarrays.status.WorkerStatus;

/** The report of a training that fails; one that ends well is looked at in a browser. */
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
        final TrainingPlan plan = new TrainingPlan(Model.SOFTMAX, Mode.LOCKED, 1_000, 64, 0.1, 0, 1, null);
        final Path file = directory.resolve("failed.html");
        final TrainingRun run = new TrainingRun(plan, 2, List.of(), null, List.of(), 1, false, "fails");
        final CompletableFuture<RunReport> training = CompletableFuture.supplyAsync(() -> {
            try {
                return new TrainingPage(plan, 2, file).of(run);
            } catch (final InterruptedException e) {
                throw new CompletionException(e);
            }
        });
        final SegmentRoot root = Settings.fromProperties().root();
        while (!root.holds("fails")) {
            assertThat(training).isNotDone();
            LockSupport.parkNanos(5_000_000);
        }
        final SegmentStatus status = new SegmentStatus(SegmentOpener.open(root, "fails", true));
        long victim = 0;
        while (victim == 0) {
            assertThat(training).isNotDone();
            victim = status.workers().stream()
                    .filter(worker -> worker.rank() == 1 && worker.steps() > 100)
                    .mapToLong(WorkerStatus::pid)
                    .findFirst()
                    .orElse(0);
            LockSupport.parkNanos(5_000_000);
        }

        ProcessHandle.of(victim).orElseThrow().destroyForcibly();

        assertThatThrownBy(training::join).hasMessageContaining("worker 1 of 2 was ended by SIGKILL");
        assertThat(Files.readString(file))
                .contains("\"failed\": \"worker 1 of 2 was ended by SIGKILL")
                .contains("worker 1 (process " + victim + ")")
                .contains("\"settings\": {\"model\": \"softmax\"");
    }
}
