package org.shmarrays.internal.segment;

import org.agrona.concurrent.NanoClock;
import org.shmarrays.internal.layout.LockTimesTable;
import org.shmarrays.internal.layout.PartitionTable;
import org.shmarrays.internal.layout.SlotAccessTable;

/**
 * Measures how long a worker holds locks: about one hold in 64, because reading a clock costs as much as a lock. The
 * hold is drawn at random. Otherwise a worker that visits its partitions in a fixed order might always measure the same
 * partition. If a worker holds several locks at a time, at most one of these holds is measured. For the worker's
 * thread. Call it while the lock is held, so that the counters of the partition have one writer.
 */
final class HoldSampling {
    /** Number of random bits that decide how many holds to skip: 0 to 127. */
    private static final int SKIPPED_BITS = 7;

    private static final int NONE = -1;

    private final PartitionTable partitions;
    private final LockTimesTable lockTimes;
    private final SlotAccessTable accesses;
    private final int slotId;
    private final NanoClock clock;
    private final RandomIntervals intervals;
    private int skipped;
    private int partition = NONE;
    private long since;

    HoldSampling(final Segment segment, final int slotId, final long token, final NanoClock clock) {
        this.partitions = segment.partitions();
        this.lockTimes = segment.lockTimes();
        this.accesses = segment.slotAccesses();
        this.slotId = slotId;
        this.clock = clock;
        this.intervals = new RandomIntervals(token);
        this.skipped = intervals.next(SKIPPED_BITS);
    }

    /** Call it when a lock was taken. */
    void taken(final int taken) {
        if (--skipped < 0 && partition == NONE) {
            partition = taken;
            since = clock.nanoTime();
            skipped = intervals.next(SKIPPED_BITS);
        }
    }

    /** Drops the measurement in progress. */
    void forget() {
        partition = NONE;
    }

    /**
     * Call it before a lock is freed.
     *
     * @return how long the lock was held, or -1 if this hold was not measured
     */
    long freeing(final int freed) {
        if (freed != partition) {
            return NONE;
        }
        partition = NONE;
        final long heldNs = clock.nanoTime() - since;
        partitions.countHold(freed, heldNs);
        lockTimes.countHold(freed, heldNs);
        accesses.countHold(slotId, heldNs);
        return heldNs;
    }
}
