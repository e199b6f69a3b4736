package org.shmarrays.internal.layout;

import org.agrona.concurrent.AtomicBuffer;

/**
 * How long the lock of each partition was waited for and held, as histograms ({@link HistogramDescriptor}). A partition
 * is named by its ordinal; offsets do not leave this class. Only the holder of the lock counts; any thread and process
 * reads. Sums and maxima are in the partition's block ({@link PartitionTable}).
 *
 * <pre>
 *     0  histogram of the waits
 *   256  histogram of the sampled holds, to 512 bytes
 * </pre>
 */
public final class LockTimesTable {
    private static final int WAITS_OFFSET = 0;
    private static final int HOLDS_OFFSET = WAITS_OFFSET + HistogramDescriptor.LENGTH;

    /** Length of the histograms of a partition. */
    static final int LENGTH = HOLDS_OFFSET + HistogramDescriptor.LENGTH;

    private final AtomicBuffer buffer;
    private final int tableOffset;

    /** The histograms in the control file {@code buffer}. */
    public LockTimesTable(final AtomicBuffer buffer, final ControlLayout layout) {
        this.buffer = buffer;
        this.tableOffset = layout.lockTimesOffset();
    }

    private int at(final int partition) {
        return tableOffset + partition * LENGTH;
    }

    /** Adds the counts of the histogram of the waits to {@code sums}. */
    public void addWaitsAcquire(final int partition, final long[] sums) {
        HistogramDescriptor.addCountsAcquire(buffer, at(partition) + WAITS_OFFSET, sums);
    }

    /** Adds the counts of the histogram of the sampled holds to {@code sums}. */
    public void addHoldsAcquire(final int partition, final long[] sums) {
        HistogramDescriptor.addCountsAcquire(buffer, at(partition) + HOLDS_OFFSET, sums);
    }

    public void countWait(final int partition, final long waitNs) {
        HistogramDescriptor.count(buffer, at(partition) + WAITS_OFFSET, waitNs, HistogramDescriptor.TIME_SHIFT);
    }

    public void countHold(final int partition, final long heldNs) {
        HistogramDescriptor.count(buffer, at(partition) + HOLDS_OFFSET, heldNs, HistogramDescriptor.TIME_SHIFT);
    }
}
