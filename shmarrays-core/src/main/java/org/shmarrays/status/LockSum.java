package org.shmarrays.status;

import org.agrona.concurrent.AtomicBuffer;
import org.shmarrays.internal.layout.ControlLayout;
import org.shmarrays.internal.layout.HistogramDescriptor;
import org.shmarrays.internal.layout.LockTimesDescriptor;
import org.shmarrays.internal.layout.PartitionDescriptor;

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
    LockSum add(final AtomicBuffer control, final ControlLayout offsets, final int partition) {
        final int block = offsets.partition(partition);
        final int times = offsets.lockTimes(partition);
        if (PartitionDescriptor.contended(control, block) != 0) {
            contended += PartitionDescriptor.contended(control, block);
            waitNs += PartitionDescriptor.waitNs(control, block);
            maxWaitNs = Math.max(maxWaitNs, PartitionDescriptor.maxWaitNs(control, block));
            add(waits, control, LockTimesDescriptor.waits(times));
        }
        if (PartitionDescriptor.holds(control, block) != 0) {
            heldNs += PartitionDescriptor.heldNs(control, block);
            maxHeldNs = Math.max(maxHeldNs, PartitionDescriptor.maxHeldNs(control, block));
            add(holds, control, LockTimesDescriptor.holds(times));
        }
        recoveries += PartitionDescriptor.recoveries(control, block);
        changes += PartitionDescriptor.updates(control, block);
        // Last: what was contended is among them.
        acquisitions += PartitionDescriptor.acquisitions(control, block);
        return this;
    }

    private static void add(final long[] sums, final AtomicBuffer control, final int histogram) {
        for (int bucket = 0; bucket < sums.length; bucket++) {
            sums[bucket] += Math.max(0, HistogramDescriptor.countAcquire(control, histogram, bucket));
        }
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
