package org.shmarrays.internal.access;

import org.agrona.concurrent.NanoClock;
import org.shmarrays.internal.segment.PartitionLock;
import org.shmarrays.internal.segment.PartitionReader;
import org.shmarrays.internal.segment.Segment;
import org.shmarrays.internal.segment.WaitLimit;
import org.shmarrays.internal.segment.WaitTime;

/** What the reads of a handle work with. For the handle's thread. */
final class Reading {
    /** What counts at most of a round of waiting. */
    private static final long LONGEST_ROUND_NS = 10_000_000;

    private final Segment segment;
    private final PartitionReader reader;
    private final PartitionLock lock;
    private final Staleness staleness;
    private final AccessCounters counters;
    private final UpdateScope scope;
    private final WaitLimit lockLimit;
    private final NanoClock clock;
    private final Runnable usableCheck;

    /**
     * The reads of a handle.
     *
     * @param lock of the handle's slot, or null if it has none
     * @param slotId the slot, or -1
     * @param lockLimit how long a read without a slot waits for an instant at which nothing changes
     * @param usableCheck throws if the handle can't be used any more
     */
    Reading(
            final Segment segment,
            final PartitionLock lock,
            final int slotId,
            final UpdateScope scope,
            final WaitLimit lockLimit,
            final NanoClock clock,
            final Runnable usableCheck) {
        this.segment = segment;
        this.reader = new PartitionReader(segment);
        this.lock = lock;
        this.staleness = lock == null ? null : new Staleness(segment, slotId);
        this.counters = lock == null ? null : new AccessCounters(segment, slotId);
        this.scope = scope;
        this.lockLimit = lockLimit;
        this.clock = clock;
        this.usableCheck = usableCheck;
    }

    Segment segment() {
        return segment;
    }

    PartitionReader reader() {
        return reader;
    }

    boolean hasSlot() {
        return lock != null;
    }

    /** Of a handle with a slot. */
    PartitionLock lock() {
        return lock;
    }

    /** Of a handle with a slot. */
    Staleness staleness() {
        return staleness;
    }

    /** Of a handle with a slot. */
    AccessCounters counters() {
        return counters;
    }

    /** Of the handle's update functions. */
    UpdateScope scope() {
        return scope;
    }

    NanoClock clock() {
        return clock;
    }

    /** The time of a read that begins to wait. */
    WaitTime newWaitTime() {
        return new WaitTime(lockLimit, LONGEST_ROUND_NS);
    }

    /**
     * Throws unless the handle is open and the segment is there.
     *
     * @throws IllegalStateException if the handle is closed
     * @throws org.shmarrays.errors.SegmentRemovedException if the segment was removed
     */
    void checkUsable() {
        usableCheck.run();
    }
}
