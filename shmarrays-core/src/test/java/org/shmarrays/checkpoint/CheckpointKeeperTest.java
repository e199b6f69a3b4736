package org.shmarrays.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;
import org.shmarrays.internal.Doors;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.ElementType;
import org.shmarrays.testing.Await;
import org.shmarrays.update.Updates;
import org.shmarrays.worker.Worker;

/** Checkpoints that are written while workers train. */
class CheckpointKeeperTest {
    @TempDir
    private Path directory;

    private Settings settings;
    private CheckpointDirectory checkpoints;
    private final Worker worker = Worker.of(0, 1);
    private final List<String> messages = new CopyOnWriteArrayList<>();

    @BeforeEach
    void choose() {
        settings = Settings.fromProperties()
                .withDirectory(directory.resolve("root"))
                .withSlots(3);
        checkpoints = CheckpointDirectory.of(directory.resolve("saved"), "net", 2);
    }

    private ShmArrays create() {
        return ShmArrays.createOrAttach(
                worker,
                "net",
                List.of(ArraySpec.of("w", ElementType.FLOAT32, 4)),
                fresh -> fresh.write(Map.of("w", new float[4])),
                settings);
    }

    private void train(final int steps) {
        for (int i = 0; i < steps; i++) {
            worker.countStep(1, 0);
        }
    }

    private CheckpointKeeper keeper(final CheckpointPlan.Interval interval) {
        return CheckpointKeeper.start("net", settings, interval, checkpoints, null, messages::add);
    }

    @Test
    void shouldWaitForTheSegmentAndSaveWhenStepsWereMade() {
        try (CheckpointKeeper keeper = keeper(CheckpointPlan.Interval.everySteps(10));
                ShmArrays arrays = create()) {
            train(9);
            Await.until("the keeper attaches", () -> Doors.SEGMENT.of(arrays).claimedSlots() == 2);
            assertThat(keeper.last()).isEmpty();
            train(1);
            Await.until("a checkpoint is written", () -> keeper.last().isPresent());

            assertThat(Checkpoint.describe(keeper.last().orElseThrow()).steps()).isEqualTo(10);
        }
        assertThat(messages).isEmpty();
    }

    @Test
    void shouldSaveTheLastStepsWhenClosed() {
        try (ShmArrays arrays = create()) {
            final CheckpointKeeper keeper = keeper(null);
            Await.until("the keeper attaches", () -> Doors.SEGMENT.of(arrays).claimedSlots() == 2);
            train(7);

            keeper.close();
            keeper.close();

            assertThat(Checkpoint.describe(keeper.last().orElseThrow()).steps()).isEqualTo(7);
        }
    }

    /** Any program's segment can be saved, also if it counts nothing. */
    @Test
    void shouldSaveUpdatesOfAProgramThatCountsNoSteps() {
        try (ShmArrays arrays = create()) {
            final CheckpointKeeper keeper = keeper(CheckpointPlan.Interval.every(Duration.ofMillis(1)));
            final Map<String, float[]> one = Map.of("w", new float[] {1, 1, 1, 1});
            Await.until("a checkpoint is written", () -> {
                arrays.update(one, Updates.add());
                return keeper.last().isPresent();
            });
            arrays.update(one, Updates.add());
            final float[] last = arrays.read().get("w");

            keeper.close();

            try (ShmArrays saved = Checkpoint.restore(keeper.last().orElseThrow(), "saved", settings)) {
                assertThat(saved.read().get("w")).containsExactly(last);
            }
        }
        assertThat(messages).isEmpty();
    }

    @Test
    void shouldSaveNothingWithoutASegment() {
        final CheckpointKeeper keeper = keeper(null);

        keeper.close();

        assertThat(keeper.last()).isEmpty();
        assertThat(messages).isEmpty();
    }

    @Test
    void shouldReportASegmentThatHasNoSlotForIt() {
        settings = settings.withSlots(1);
        try (ShmArrays arrays = create()) {
            train(3);
            final CheckpointKeeper keeper = keeper(null);

            keeper.closeTrained();

            assertThat(arrays.runControl().globalStep()).isEqualTo(3);
            assertThat(keeper.isIncomplete()).isTrue();
            assertThat(keeper.failure().orElseThrow()).contains("the last checkpoint could not be written", "slot");
        }
        assertThat(messages).singleElement().asString().contains("no further checkpoints are written", "slot");
    }

    @Test
    void shouldSaveNothingWithoutAStep() {
        try (ShmArrays arrays = create()) {
            final CheckpointKeeper keeper = keeper(null);
            Await.until("the keeper attaches", () -> Doors.SEGMENT.of(arrays).claimedSlots() == 2);

            keeper.close();

            assertThat(keeper.last()).isEmpty();
        }
        assertThat(messages).isEmpty();
    }

    /** It has updated all before the keeper sees the segment for the first time. */
    @Test
    void shouldSaveAProgramThatCountsNoStepsAndHasEnded() {
        try (ShmArrays arrays = create()) {
            arrays.update(Map.of("w", new float[] {1, 2, 3, 4}), Updates.add());
            final CheckpointKeeper keeper = keeper(CheckpointPlan.Interval.every(Duration.ofHours(1)));

            keeper.closeTrained();

            try (ShmArrays saved = Checkpoint.restore(keeper.last().orElseThrow(), "saved", settings)) {
                assertThat(saved.read().get("w")).containsExactly(1, 2, 3, 4);
            }
        }
        assertThat(messages).isEmpty();
    }

    @Test
    void shouldNotSaveAgainWhatWasResumed() {
        try (ShmArrays arrays = create()) {
            train(5);
            final Path resumed = checkpoints.write(arrays);
            final CheckpointKeeper keeper =
                    CheckpointKeeper.start("net", settings, null, checkpoints, resumed, messages::add);
            Await.until("the keeper attaches", () -> Doors.SEGMENT.of(arrays).claimedSlots() == 2);

            keeper.close();

            assertThat(keeper.last()).isEmpty();
        }
    }

    @Test
    void shouldReportWhatCantBeWrittenAndGoOn() throws Exception {
        try (ShmArrays arrays = create()) {
            final CheckpointKeeper keeper = keeper(CheckpointPlan.Interval.everySteps(1));
            Await.until("the keeper attaches", () -> Doors.SEGMENT.of(arrays).claimedSlots() == 2);
            Files.delete(checkpoints.directory());
            train(1);
            Await.until("the failure is reported", () -> !messages.isEmpty());
            assertThat(keeper.isIncomplete()).isTrue();
            assertThat(keeper.failure().orElseThrow())
                    .contains("the last checkpoint could not be written", "there is no directory", "none was written");
            Files.createDirectory(checkpoints.directory());

            keeper.close();

            assertThat(Checkpoint.describe(keeper.last().orElseThrow()).steps()).isEqualTo(1);
            assertThat(keeper.isIncomplete()).isFalse();
            assertThat(keeper.failure()).isEmpty();
        }
        assertThat(messages.get(0)).contains("no checkpoint was written", "there is no directory");
    }
}
