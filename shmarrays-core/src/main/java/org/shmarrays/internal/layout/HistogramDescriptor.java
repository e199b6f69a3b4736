package org.shmarrays.internal.layout;

import org.agrona.concurrent.AtomicBuffer;

/**
 * A histogram by powers of two, with one writer: 32 counts side by side. The k-th, from 0 on, is for values less than
 * 2<sup>k + shift</sup> that no count before it took; the last one takes all that are greater, too. Counting is a load, an
 * addition and a release store.
 */
public final class HistogramDescriptor {
    /** Number of counts. */
    public static final int BUCKETS = 32;

    /** Length of a histogram. */
    static final int LENGTH = BUCKETS * Long.BYTES;

    /** Of histograms of times in ns: the counts are for less than 64 ns, 128 ns, and so on to 69 s, and for more. */
    public static final int TIME_SHIFT = 6;

    /** Of histograms of numbers: the counts are for 0, 1, 2 to 3, 4 to 7, and so on. */
    public static final int COUNT_SHIFT = 0;

    private HistogramDescriptor() {}

    /** Which count a value belongs to. */
    public static int bucket(final long value, final int shift) {
        return value < 0 ? 0 : Math.min(Long.SIZE - Long.numberOfLeadingZeros(value >>> shift), BUCKETS - 1);
    }

    static void count(final AtomicBuffer buffer, final int histogram, final long value, final int shift) {
        OwnedCounter.addRelease(buffer, histogram + bucket(value, shift) * Long.BYTES, 1);
    }

    /** A copy of the counts; one that a crashed writer or foreign code made negative is 0. */
    static long[] countsAcquire(final AtomicBuffer buffer, final int histogram) {
        final long[] counts = new long[BUCKETS];
        addCountsAcquire(buffer, histogram, counts);
        return counts;
    }

    /** Adds the counts to {@code sums}, which has {@link #BUCKETS} elements; a negative count is 0, as in a copy. */
    static void addCountsAcquire(final AtomicBuffer buffer, final int histogram, final long[] sums) {
        for (int bucket = 0; bucket < BUCKETS; bucket++) {
            sums[bucket] += Math.max(0, buffer.getLongAcquire(histogram + bucket * Long.BYTES));
        }
    }
}
