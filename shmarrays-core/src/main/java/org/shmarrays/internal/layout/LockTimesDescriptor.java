package org.shmarrays.internal.layout;

import org.agrona.concurrent.AtomicBuffer;

/**
 * The waits for a partition's lock and its holds, as histograms ({@link HistogramDescriptor}). Only the holder of the
 * lock writes them. Their sums and maxima are in the partition's block.
 *
 * <pre>
 *     0  histogram of the waits
 *   256  histogram of the sampled holds, to 512 bytes
 * </pre>
 */
public final class LockTimesDescriptor {
    private static final int WAITS_OFFSET = 0;
    private static final int HOLDS_OFFSET = WAITS_OFFSET + HistogramDescriptor.LENGTH;

    /** Length of a record. */
    public static final int LENGTH = HOLDS_OFFSET + HistogramDescriptor.LENGTH;

    private LockTimesDescriptor() {}

    /** Offset of the histogram of the waits. */
    public static int waits(final int record) {
        return record + WAITS_OFFSET;
    }

    /** Offset of the histogram of the sampled holds. */
    public static int holds(final int record) {
        return record + HOLDS_OFFSET;
    }

    public static void countWait(final AtomicBuffer buffer, final int record, final long waitNs) {
        HistogramDescriptor.count(buffer, waits(record), waitNs, HistogramDescriptor.TIME_SHIFT);
    }

    public static void countHold(final AtomicBuffer buffer, final int record, final long heldNs) {
        HistogramDescriptor.count(buffer, holds(record), heldNs, HistogramDescriptor.TIME_SHIFT);
    }
}
