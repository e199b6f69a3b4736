package org.shmarrays.stress;

import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.agrona.concurrent.SystemNanoClock;
import org.openjdk.jcstress.infra.results.IIII_Result;
import org.shmarrays.internal.layout.LockToken;
import org.shmarrays.internal.layout.PartitionTable;
import org.shmarrays.internal.layout.SlotTable;
import org.shmarrays.internal.segment.PartitionChange;
import org.shmarrays.internal.segment.PartitionLock;
import org.shmarrays.internal.segment.PartitionReader;
import org.shmarrays.internal.segment.Segment;
import org.shmarrays.internal.segment.WaitLimit;

/** A partition in mapped memory, with what two workers change it by and readers read it by. */
final class LockedPartition {
    private static final int WORKERS = 2;
    private static final long GENERATION = 1;
    private static final long TIMEOUT_NS = TimeUnit.SECONDS.toNanos(60);
    static final int PARTITION = 0;
    private static final int PIECE = 0;
    private static final SegmentPool<LockedPartition> POOL = new SegmentPool<>(WORKERS, LockedPartition::new);

    private final Segment segment;
    private final int offset;
    private final PartitionReader reader;
    private final PartitionLock[] locks = new PartitionLock[WORKERS];
    private final PartitionChange[] changes = new PartitionChange[WORKERS];
    private final float[][] writing = new float[WORKERS][SegmentPool.ELEMENTS];
    private final float[] reading = new float[SegmentPool.ELEMENTS];
    private long firstVersion;

    private LockedPartition(final Segment segment) {
        this.segment = segment;
        this.offset = segment.layout().partitions().get(PARTITION).offset();
        this.reader = new PartitionReader(segment);
        for (int worker = 0; worker < WORKERS; worker++) {
            segment.slots().stateRelease(worker, SlotTable.ACTIVE);
            locks[worker] = new PartitionLock(
                    segment,
                    worker,
                    token(worker),
                    WaitLimit.of(TIMEOUT_NS),
                    SystemNanoClock.INSTANCE,
                    () -> {},
                    token -> false);
            changes[worker] = PartitionChange.ofSlot(segment, worker);
        }
    }

    /** A free one, of zeros, that no live state has. */
    static LockedPartition borrow() {
        final LockedPartition partition = POOL.borrow();
        partition.fill(0, 0);
        partition.segment.steps().stepsRelease(PIECE, 0);
        partition.firstVersion = partition.table().versionAcquire(PARTITION);
        return partition;
    }

    void giveBack() {
        POOL.giveBack(this);
    }

    static long token(final int worker) {
        return LockToken.of(worker, GENERATION);
    }

    PartitionTable table() {
        return segment.partitions();
    }

    void acquire(final int worker) {
        locks[worker].acquire(PARTITION);
    }

    void release(final int worker) {
        locks[worker].release(PARTITION);
    }

    /** Announces a change, and overwrites all values, of which the first one is added to; nothing is published yet. */
    int change(final int worker) {
        final PartitionChange change = changes[worker];
        change.begin(PARTITION);
        change.save(0, offset, SegmentPool.ELEMENTS * Float.BYTES);
        fill(worker, first() + 1);
        return (int) change.countStep(PIECE);
    }

    void commit(final int worker) {
        changes[worker].commit();
    }

    void rollback(final int worker) {
        changes[worker].rollback();
    }

    private void fill(final int worker, final float value) {
        Arrays.fill(writing[worker], value);
        segment.file(0, 0).floats().put(offset / Float.BYTES, writing[worker]);
    }

    private float first() {
        return segment.file(0, 0).floats().get(offset / Float.BYTES);
    }

    /** Copies everything by {@link PartitionReader}. For one actor. */
    Copy read() {
        final long version = reader.begin(PARTITION);
        segment.file(0, 0).floats().get(offset / Float.BYTES, reading);
        final long steps = segment.steps().stepsPlain(PIECE);
        return reader.isConsistent(PARTITION, version)
                ? new Copy((int) reading[0], (int) reading[SegmentPool.ELEMENTS - 1], (int) steps)
                : Copy.REFUSED;
    }

    /** How often the version was raised by two since {@link #borrow}, or -1 if it is odd. */
    int changes() {
        final long raised = table().versionAcquire(PARTITION) - firstVersion;
        return (raised & 1) == 0 ? (int) (raised / 2) : -1;
    }

    /**
     * What a reader got.
     *
     * @param first value of the partition
     * @param last value of the partition
     * @param steps the optimizer's step count
     */
    record Copy(int first, int last, int steps) {
        static final Copy REFUSED = new Copy(-1, -1, -1);

        /** Makes them the first three results of a test. */
        void into(final IIII_Result result) {
            result.r1 = first;
            result.r2 = last;
            result.r3 = steps;
        }
    }
}
