package org.shmarrays.tensorboard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;
import static org.shmarrays.layout.ElementType.FLOAT32;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.Mode;
import org.shmarrays.status.StatusSnapshot;
import org.shmarrays.tensorboard.EventFileReader.Event;
import org.shmarrays.worker.Worker;

/** A record has what the workers did since the one before. */
class ScalarLogTest {
    private static final Map<String, float[]> GRADIENT = Map.of("w", new float[4]);

    @TempDir
    private Path directory;

    private Settings settings;
    private Path run;
    private ScalarLog log;
    private long timeNs;

    @BeforeEach
    void create() {
        settings = Settings.fromProperties().withDirectory(directory).withSlots(3);
        run = directory.resolve("run");
        log = LogTarget.parse("tensorboard:" + run).open();
    }

    @AfterEach
    void close() {
        log.close();
    }

    private ShmArrays create(final Mode mode) {
        final List<ArraySpec> specs = List.of(
                ArraySpec.of("w", FLOAT32, 4).inMode(mode),
                ArraySpec.of("free", FLOAT32, 4).inMode(Mode.HOGWILD));
        return ShmArrays.create("m", specs, settings);
    }

    /** Two seconds pass from each record to the next, however fast the machine is. */
    private void record(final ShmArrays arrays) {
        final StatusSnapshot now = arrays.status().snapshot();
        timeNs += 2_000_000_000L;
        log.record(new StatusSnapshot(
                now.segment(),
                now.uid(),
                now.createdMs(),
                now.creatorPid(),
                now.creator(),
                now.timeMs(),
                timeNs,
                now.mappedBytes(),
                now.undoBytes(),
                now.slotCount(),
                now.run(),
                now.lock(),
                now.arrays(),
                now.workers()));
    }

    /** The last record, whose other files and records don't matter. */
    private Event last() {
        final List<Event> events = EventFileReader.readAll(run);
        return events.get(events.size() - 1);
    }

    @Test
    void shouldLogTheInterval() {
        final Worker worker = Worker.of(0, 1);
        try (ShmArrays coordinator = create(Mode.LOCKED);
                ShmArrays arrays = ShmArrays.attach(worker, "m", settings)) {
            worker.countStep(64, 8);
            record(coordinator);
            final long beforeMs = System.currentTimeMillis();
            for (final double loss : new double[] {1, 0.5}) {
                arrays.add(GRADIENT);
                worker.reportLearningRate(0.25);
                worker.countStep(64, loss);
            }
            record(coordinator);

            assertThat(last().step()).isEqualTo(3);
            assertThat(last().wallTime()).isBetween(beforeMs / 1e3, System.currentTimeMillis() / 1e3);
            assertThat(last().values())
                    .contains(
                            entry("loss", 0.75f),
                            entry("learning_rate", 0.25f),
                            entry("throughput/samples_per_second", 64f),
                            entry("throughput/steps_per_second", 1f),
                            entry("throughput/updates_per_second", 1f),
                            entry("contention", 0f),
                            entry("contention/w", 0f),
                            entry("waiting_workers", 0f),
                            entry("workers/running", 1f),
                            entry("workers/stopped", 0f),
                            entry("workers/gone", 0f),
                            entry("workers/recoveries", 0f))
                    .doesNotContainKeys("contention/free", "epoch");
        }
    }

    @Test
    void shouldLogTheStalenessOfPushes() {
        try (ShmArrays coordinator = create(Mode.LOCKED);
                ShmArrays one = ShmArrays.attach(Worker.of(0, 2), "m", settings);
                ShmArrays other = ShmArrays.attach(Worker.of(1, 2), "m", settings)) {
            record(coordinator);
            one.array("w").readInto(new float[4]);
            other.add(GRADIENT);
            other.add(GRADIENT);
            one.add(GRADIENT);
            record(coordinator);

            assertThat(last().values())
                    .contains(entry("staleness/mean", 2f), entry("staleness/p50", 2f), entry("staleness/p99", 2f));
        }
    }

    @Test
    void shouldLeaveOutWhatIsNotKnown() {
        try (ShmArrays coordinator = create(Mode.HOGWILD)) {
            record(coordinator);

            assertThat(last().values())
                    .containsOnlyKeys("workers/running", "workers/stopped", "workers/gone", "workers/recoveries");
        }
    }

    @Test
    void shouldMarkALossThatIsNotFinite() {
        final Worker worker = Worker.of(0, 1);
        try (ShmArrays coordinator = create(Mode.HOGWILD);
                ShmArrays arrays = ShmArrays.attach(worker, "m", settings)) {
            record(coordinator);
            worker.countStep(1, 2);
            worker.countStep(1, Double.NaN);
            record(arrays);

            assertThat(last().values()).containsEntry("loss", Float.NaN);
        }
    }

    @Test
    void shouldCountUpdatesWhereNoStepsAreReported() {
        try (ShmArrays arrays = create(Mode.HOGWILD)) {
            arrays.add(GRADIENT);
            arrays.add(GRADIENT);
            record(arrays);

            assertThat(last().step()).isEqualTo(2);
            assertThat(last().values()).doesNotContainKey("throughput/steps_per_second");
        }
    }

    @Test
    void shouldStartAgainWithAnotherSegment() {
        try (ShmArrays first = create(Mode.HOGWILD)) {
            first.add(GRADIENT);
            record(first);
            log.measured("accuracy", 1, 0, 0.5);
        }
        ShmArrays.remove("m", settings);
        try (ShmArrays second = create(Mode.HOGWILD)) {
            record(second);
            log.measured("accuracy", 1, 0, 0.25);
        }

        assertThat(EventFileReader.readAll(run).stream().filter(Event::isStart).map(Event::step))
                .containsExactly(1L, 0L);
        assertThat(last().values()).containsExactly(entry("accuracy", 0.25f));
    }

    @Test
    void shouldSkipWhatWouldPassForARestart() {
        log.measured("accuracy", 10, 1_000, 0.5);
        log.measured("accuracy", 30, 3_500, 0.75);
        log.measured("accuracy", 20, 2_000, 0.625);
        log.measured("accuracy", 30, 3_500, 0.75);
        log.measured("another", 20, 2_000, 0.125);

        assertThat(EventFileReader.readAll(run).stream()
                        .skip(1)
                        .map(event -> event.step() + " " + event.wallTime() + " " + event.values()))
                .containsExactly("10 1.0 {accuracy=0.5}", "30 3.5 {accuracy=0.75}", "20 2.0 {another=0.125}");
    }
}
