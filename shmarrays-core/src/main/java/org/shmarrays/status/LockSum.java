package org.shmarrays.status;

import org.shmarrays.internal.layout.HistogramDescriptor;
import org.shmarrays.internal.layout.PartitionTable;
import org.shmarrays.internal.segment.Segment;

/** Adds up the counters of locks without an object for each of them: there may be many. For one thread. */
final class LockSum {
    private final long[] waits = new long[HistogramDescriptor.BUCKETS];
    private final long[] holds = new long[HistogramDescriptor.BUCKETS];
    private long acquisitions;
    private long contended;
    private long recoveries;
    private long changes;
    private long waitNs;
    private long maxWaitNs;
    private long heldNs;
    private long maxHeldNs;

    /** Adds a partition's. */
    LockSum add(final Segment segment, final int partition) {
        final PartitionTable partitions = segment.partitions();
        if (partitions.contended(partition) != 0) {
            contended += partitions.contended(partition);
            waitNs += partitions.waitNs(partition);
            maxWaitNs = Math.max(maxWaitNs, partitions.maxWaitNs(partition));
            segment.lockTimes().addWaitsAcquire(partition, waits);
        }
        if (partitions.holds(partition) != 0) {
            heldNs += partitions.heldNs(partition);
            maxHeldNs = Math.max(maxHeldNs, partitions.maxHeldNs(partition));
            segment.lockTimes().addHoldsAcquire(partition, holds);
        }
        recoveries += partitions.recoveries(partition);
        changes += partitions.updates(partition);
        // Last: what was contended is among them.
        acquisitions += partitions.acquisitions(partition);
        return this;
    }

    LockStatus status() {
        return new LockStatus(
                acquisitions,
                contended,
                recoveries,
                changes,
                Log2Histogram.ofTimes(waits, waitNs, maxWaitNs),
                Log2Histogram.ofTimes(holds, heldNs, maxHeldNs));
    }
}
