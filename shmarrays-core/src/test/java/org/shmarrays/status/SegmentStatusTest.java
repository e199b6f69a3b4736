package org.shmarrays.status;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.shmarrays.layout.ElementType.FLOAT32;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;
import org.shmarrays.internal.Doors;
import org.shmarrays.layout.AliasSpec;
import org.shmarrays.layout.ArrayOrder;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.Mode;
import org.shmarrays.layout.WorkerState;
import org.shmarrays.testing.Await;
import org.shmarrays.update.Updates;
import org.shmarrays.worker.Worker;

@Timeout(120)
class SegmentStatusTest {
    private static final int PARTITION_FLOATS = 1024;
    private static final int PARTITIONS = 3;

    @TempDir
    private Path directory;

    private Settings settings() {
        return Settings.fromProperties()
                .withDirectory(directory.resolve("segments"))
                .withSlots(4)
                .withPartitionBytes(PARTITION_FLOATS * Float.BYTES)
                .withLockTimeout(Duration.ofSeconds(30));
    }

    private ShmArrays create() {
        final List<ArraySpec> specs = List.of(
                ArraySpec.of("W", FLOAT32, PARTITIONS, PARTITION_FLOATS).withState(1),
                ArraySpec.of("free", FLOAT32, 8).inMode(Mode.HOGWILD));
        return ShmArrays.create("m", specs, settings());
    }

    private static void push(final ShmArrays arrays) {
        arrays.add(Map.of("W", new float[PARTITIONS * PARTITION_FLOATS]));
    }

    @Test
    void shouldBeReadWithoutASlotAndWithoutWriting() {
        try (ShmArrays arrays = create();
                ShmArrays watcher = ShmArrays.attachReadOnly("m", settings())) {
            push(arrays);
            final byte[] before = control(watcher);

            final StatusSnapshot snapshot = watcher.status().snapshot();

            assertThat(control(watcher)).isEqualTo(before);
            assertThat(snapshot.segment()).isEqualTo("m");
            assertThat(snapshot.uid()).isEqualTo(Doors.SEGMENT.of(arrays).uid());
            assertThat(snapshot.slotCount()).isEqualTo(4);
            assertThat(snapshot.creatorPid()).isEqualTo(ProcessHandle.current().pid());
            assertThat(snapshot.creator()).isEqualTo(WorkerState.RUNNING);
            assertThat(snapshot.workers()).hasSize(1);
            assertThat(snapshot.liveWorkers()).isZero();
            assertThat(snapshot.liveUnranked()).isEqualTo(1);
        }
    }

    @Test
    void shouldCountWhoHasARankAsAWorker() {
        try (ShmArrays coordinator = create();
                ShmArrays first = ShmArrays.attach(Worker.of(0, 2), "m", settings());
                ShmArrays second = ShmArrays.attach(Worker.of(1, 2), "m", settings())) {
            push(first);
            push(second);

            final StatusSnapshot snapshot = coordinator.status().snapshot();
            assertThat(snapshot.liveWorkers()).isEqualTo(2);
            assertThat(snapshot.liveUnranked()).isEqualTo(1);
        }
    }

    private static byte[] control(final ShmArrays arrays) {
        final byte[] bytes = new byte[Doors.SEGMENT.of(arrays).control().capacity()];
        Doors.SEGMENT.of(arrays).control().getBytes(0, bytes);
        return bytes;
    }

    @Test
    void shouldTellWhatEachProcessMaps() {
        try (ShmArrays arrays = create()) {
            final SegmentStatus status = arrays.status();

            // Regions: the array without optimizer state, and the other with one state array; each file has 64 bytes
            // more.
            final long w = 64 + PARTITIONS * PARTITION_FLOATS * Float.BYTES;
            final long free = 64 + 64;
            final int control = Doors.SEGMENT.of(arrays).control().capacity();
            assertThat(status.mappedBytes()).isEqualTo(control + 2 * w + free);
        }
    }

    @Test
    void shouldTellTheStateOfEachWorker() {
        try (ShmArrays arrays = create()) {
            final SegmentStatus status = arrays.status();
            final Worker worker = Worker.of(1, 2);
            ShmArrays.attach(worker, "m", settings()).close();

            assertThat(status.workers())
                    .extracting(WorkerStatus::state)
                    .containsExactly(WorkerState.RUNNING, WorkerState.DEPARTED);
            assertThat(status.workers().get(1).rank()).isEqualTo(1);
            assertThat(status.workers().get(1).active()).isFalse();
        }
    }

    @Test
    void shouldTellTheLearningRateInForceAndNoneWhereItIsUnknown() {
        final Worker worker = Worker.of(0, 2);
        final Worker slower = Worker.of(1, 2);
        try (ShmArrays coordinator = create();
                ShmArrays first = ShmArrays.attach(worker, "m", settings());
                ShmArrays second = ShmArrays.attach(slower, "m", settings())) {
            final SegmentStatus status = coordinator.status();
            final SimpleMeterRegistry registry = new SimpleMeterRegistry();
            final SegmentMetrics metrics = new SegmentMetrics(status);
            metrics.bindTo(registry);

            assertThat(status.snapshot().learningRate()).isNaN();
            assertThat(rate(metrics, registry)).isNaN();

            worker.reportLearningRate(0.1);
            slower.reportLearningRate(0.05);
            assertThat(status.snapshot().learningRate()).isEqualTo(0.1);
            assertThat(status.workers()).extracting(WorkerStatus::learningRate).containsExactly(Double.NaN, 0.1, 0.05);
            assertThat(rate(metrics, registry)).isEqualTo(0.1);
            assertThat(registry.get("shmarrays.worker.learning.rate")
                            .tag("worker", "1")
                            .gauge()
                            .value())
                    .isEqualTo(0.05);

            coordinator.runControl().learningRate(0.01); // in force when the workers take it up
            assertThat(rate(metrics, registry)).isEqualTo(0.1);
            worker.reportLearningRate(first.runControl().learningRateOr(0.1));
            slower.reportLearningRate(second.runControl().learningRateOr(0.1));
            assertThat(rate(metrics, registry)).isEqualTo(0.01);

            worker.reportLearningRate(0); // a schedule's end is not "unknown"
            slower.reportLearningRate(0);
            assertThat(rate(metrics, registry)).isZero();
        }
        try (ShmArrays next = ShmArrays.attach(Worker.of(0, 1), "m", settings())) {
            final StatusSnapshot snapshot = next.status().snapshot();
            assertThat(snapshot.learningRate()).as("only set").isEqualTo(0.01);
            assertThat(snapshot.workers().get(0).learningRate())
                    .as("that of the slot's former owner is not the present one's")
                    .isNaN();
        }
    }

    private static double rate(final SegmentMetrics metrics, final SimpleMeterRegistry registry) {
        metrics.refresh();
        return registry.get("shmarrays.learning.rate").gauge().value();
    }

    @Test
    void shouldForgetALossThatIsNotFiniteWithItsInterval() {
        final Worker worker = Worker.of(0, 1);
        try (ShmArrays coordinator = create();
                ShmArrays own = ShmArrays.attach(worker, "m", settings())) {
            final SegmentStatus status = coordinator.status();
            final StatusSnapshot start = status.snapshot();
            worker.countStep(8, 0.5);
            worker.countStep(8, Double.NaN);
            worker.countStep(8, Double.NEGATIVE_INFINITY);
            final StatusSnapshot diverged = status.snapshot();
            worker.countStep(8, 0.25);
            worker.countStep(8, 0.75);
            final StatusSnapshot healed = status.snapshot();

            assertThat(own.runControl().globalStep()).isEqualTo(5);
            assertThat(start.since(start).total().meanLoss()).isNaN();
            assertThat(diverged.since(start).total().meanLoss()).isNaN();
            assertThat(diverged.since(start).total().nonFiniteLosses()).isEqualTo(2);
            assertThat(healed.since(diverged).total().meanLoss()).isEqualTo(0.5);
            assertThat(healed.since(diverged).total().steps()).isEqualTo(2);
        }
    }

    @Test
    void shouldCountSamplesFromBeforeARestoreInAllPlaces() {
        final Worker worker = Worker.of(0, 1);
        try (ShmArrays coordinator = create();
                ShmArrays own = ShmArrays.attach(worker, "m", settings())) {
            Doors.SEGMENT.of(coordinator).runControl().earlierRelease(100, 6_400);
            worker.countStep(64, 1);

            final StatusSnapshot snapshot = coordinator.status().snapshot();
            assertThat(snapshot.samples())
                    .isEqualTo(6_464)
                    .isEqualTo(own.runControl().samples());
            assertThat(snapshot.steps())
                    .isEqualTo(101)
                    .isEqualTo(own.runControl().globalStep());
        }
    }

    @Test
    void shouldShowTheEpochThatTheWorkersSee() {
        final Worker worker = Worker.of(0, 1);
        final SimpleMeterRegistry registry = new SimpleMeterRegistry();
        try (ShmArrays coordinator = create();
                ShmArrays own = ShmArrays.attach(worker, "m", settings())) {
            final SegmentStatus status = coordinator.status();
            final SegmentMetrics metrics = new SegmentMetrics(status);
            metrics.bindTo(registry);
            assertThat(status.snapshot().epoch()).isZero();
            assertThat(status.run().countsEpochs()).isFalse();
            assertThat(own.runControl().countsEpochs()).isFalse();

            own.runControl().endPass(2);
            assertThat(status.run().countsEpochs()).isTrue();
            assertThat(own.runControl().countsEpochs()).isTrue();
            own.runControl().endPass(2);
            own.runControl().samplesOfEpoch(50);
            worker.countStep(100, 1);
            metrics.refresh();

            assertThat(status.snapshot().epoch())
                    .isEqualTo(3)
                    .isEqualTo(own.runControl().epoch());
            assertThat(registry.get("shmarrays.epoch").gauge().value()).isEqualTo(3);
        }
    }

    @Test
    void shouldKnowNoRateOfNoIntervalAndNoShareOfNothing() {
        try (ShmArrays arrays = create()) {
            final StatusSnapshot snapshot = arrays.status().snapshot();
            final StatusSnapshot.Change none = snapshot.since(snapshot);

            assertThat(none.updatesPerSecond()).isNaN();
            assertThat(none.waitingWorkers()).isNaN();
            assertThat(none.lock().contentionRatio()).isNaN();
            push(arrays);
            final StatusSnapshot later = arrays.status().snapshot();
            assertThat(later.lock().contentionRatio()).isZero();
        }
    }

    @Test
    void shouldTellTheEndOfARunFromTheRemovalUnderIt() {
        try (ShmArrays coordinator = create()) {
            final SegmentStatus status = coordinator.status();
            assertThat(status.snapshot().hasEnded())
                    .as("its only owner is there")
                    .isFalse();
            final ShmArrays first = ShmArrays.attach(Worker.of(0, 2), "m", settings());
            final ShmArrays second = ShmArrays.attach(Worker.of(1, 2), "m", settings());
            first.close();
            assertThat(status.snapshot().hasEnded()).as("one trains").isFalse();
            second.close();
            assertThat(status.snapshot().hasEnded())
                    .as("all workers have departed")
                    .isTrue();
        }
    }

    @Test
    void shouldTellRatesByTheDifferenceOfTwoSnapshots() {
        try (ShmArrays arrays = create();
                ShmArrays other = ShmArrays.attach(Worker.of(0, 1), "m", settings())) {
            final SegmentStatus status = arrays.status();
            push(arrays);
            final StatusSnapshot before = status.snapshot();
            push(arrays);
            push(other);
            other.update(Map.of("free", new float[8]), Updates.add());
            StatusSnapshot.Change measured = status.snapshot().since(before);
            while (measured.seconds() < 0.01) { // a shorter interval has no rate
                measured = status.snapshot().since(before);
            }
            final StatusSnapshot.Change change = measured;

            assertThat(change.total().updates()).isEqualTo(3);
            assertThat(change.workers().get(0).updates()).isEqualTo(1);
            assertThat(change.workers().get(1).updates()).isEqualTo(2);
            assertThat(change.arrays().get(0).updates()).isEqualTo(2);
            assertThat(change.arrays().get(0).acquisitions()).isEqualTo(2 * PARTITIONS);
            assertThat(change.arrays().get(1).updates()).isEqualTo(1);
            assertThat(change.arrays().get(1).acquisitions()).isZero();
            assertThat(change.lock().acquisitions()).isEqualTo(2 * PARTITIONS);
            assertThat(change.lock().changes()).isEqualTo(2 * PARTITIONS);
            assertThat(change.seconds()).isPositive();
            assertThat(change.updatesPerSecond()).isEqualTo(3 / change.seconds());
        }
    }

    @Test
    void shouldRefuseTheDifferenceToAnotherCreation() {
        final StatusSnapshot before;
        try (ShmArrays arrays = create()) {
            before = arrays.status().snapshot();
        }
        ShmArrays.remove("m", settings());
        try (ShmArrays arrays = create()) {
            final StatusSnapshot after = arrays.status().snapshot();

            assertThatThrownBy(() -> after.since(before))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining(before.uid().toString());
        }
    }

    @Test
    void shouldCountAWaitForThePartitionTheArrayAndTheWorker() throws InterruptedException {
        try (ShmArrays arrays = create()) {
            final SegmentStatus status = arrays.status();
            final CountDownLatch held = new CountDownLatch(1);
            final Thread holder = new Thread(() -> {
                try (ShmArrays own = arrays.newHandle()) {
                    own.update(Map.of("W", new float[PARTITIONS * PARTITION_FLOATS]), (g, old) -> {
                        held.countDown();
                        Await.until(
                                "a worker waits",
                                () -> status.partitions("W").stream().anyMatch(partition -> partition.waiters() == 1));
                        return old;
                    });
                }
            });
            holder.start();
            assertThat(held.await(30, TimeUnit.SECONDS)).isTrue();
            assertThat(status.partitions("W")).allMatch(partition -> partition.holder() == 1);
            push(arrays);
            holder.join();

            final StatusSnapshot snapshot = status.snapshot();
            final LockStatus lock = snapshot.arrays().get(0).lock();
            final Log2Histogram ownWaits = snapshot.workers().get(0).counters().lockWaits();
            assertThat(lock.acquisitions()).isEqualTo(2 * PARTITIONS);
            assertThat(lock.contended()).isBetween(1L, (long) PARTITIONS);
            assertThat(lock.contentionRatio()).isEqualTo((double) lock.contended() / lock.acquisitions());
            assertThat(lock.waits().count()).isEqualTo(lock.contended());
            assertThat(ownWaits).isEqualTo(lock.waits());
            assertThat(lock.waits().percentile(100))
                    .isEqualTo(lock.waits().max())
                    .isPositive();
            final List<SegmentStatus.Partition> partitions = status.partitions("W");
            assertThat(partitions).hasSize(PARTITIONS).allMatch(partition -> partition.holder() == -1);
            assertThat(partitions.stream().mapToLong(p -> p.lock().contended()).sum())
                    .isEqualTo(lock.contended());
            assertThat(partitions.stream()
                            .mapToLong(p -> p.lock().waits().sum())
                            .sum())
                    .isEqualTo(lock.waits().sum());
        }
    }

    @Test
    void shouldCountACallByTwoAliasesOfAnArrayOnce() {
        final ArraySpec spec = ArraySpec.of("w", FLOAT32, 8)
                .inMode(Mode.HOGWILD)
                .withAlias(new AliasSpec("head", 0, ArrayOrder.C, 3))
                .withAlias(new AliasSpec("tail", 3, ArrayOrder.C, 5));
        try (ShmArrays arrays = ShmArrays.create("m", List.of(spec), settings())) {
            arrays.group("head", "tail").readInto(new Object[] {new float[3], new float[5]});
            arrays.add(Map.of("head", new float[3], "tail", new float[5]));

            final ArrayStatus w = arrays.status().array("w");
            assertThat(w.updates()).isEqualTo(1);
            assertThat(w.updateBytes()).isEqualTo(8 * Float.BYTES);
            assertThat(w.reads()).isEqualTo(1);
            assertThat(w.readBytes()).isEqualTo(8 * Float.BYTES);
        }
    }

    @Test
    void shouldSampleHoldsOfEachPartition() {
        final int pushes = 2_000;
        try (ShmArrays arrays = create()) {
            for (int i = 0; i < pushes; i++) {
                push(arrays);
            }

            final SegmentStatus status = arrays.status();
            // One hold in 1 to 128, drawn at random: at least one in 128.
            final Log2Histogram holds = status.array("W").lock().holds();
            assertThat(holds.count()).isBetween(pushes * PARTITIONS / 128L, pushes * PARTITIONS / 32L);
            assertThat(holds.sum()).isPositive();
            assertThat(status.workers().get(0).counters().holds()).isEqualTo(holds);
            // Were it every 63rd, or 66th, it would always be the same partition.
            assertThat(status.partitions("W"))
                    .allSatisfy(partition ->
                            assertThat(partition.lock().holds().count()).isGreaterThan(pushes / 64 / 4));
        }
    }

    @Test
    void shouldTellWhatSteersTheRun() {
        try (ShmArrays arrays = create()) {
            final SegmentStatus status = arrays.status();
            assertThat(status.run().isStopped()).isFalse();
            assertThat(status.run().pausedBy()).isEqualTo(-1);

            arrays.runControl().learningRate(0.25);
            arrays.runControl().stop();

            assertThat(status.run().isStopped()).isTrue();
            assertThat(status.run().learningRate()).isEqualTo(0.25);
        }
    }

    @Test
    void shouldNameTheArraysWhereThereIsNoSuchArray() {
        try (ShmArrays arrays = create()) {
            final SegmentStatus status = arrays.status();

            assertThatThrownBy(() -> status.partitions("V"))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("V")
                    .hasMessageContaining("[W, free]");
        }
    }
}
