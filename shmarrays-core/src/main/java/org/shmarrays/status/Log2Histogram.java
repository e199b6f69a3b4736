package org.shmarrays.status;

import java.util.Arrays;
import org.shmarrays.internal.layout.HistogramDescriptor;

/**
 * A histogram by powers of two, as the shared memory has it: how many values were counted, in buckets each of which goes up to
 * twice the one before. So a percentile is known to a factor of two: what is told is the greatest value of its bucket, and at
 * most {@link #max()}. Immutable.
 */
public final class Log2Histogram {
    private final long[] counts;
    private final int shift;
    private final long sum;
    private final long max;

    private Log2Histogram(final long[] counts, final int shift, final long sum, final long max) {
        this.counts = counts;
        this.shift = shift;
        this.sum = Math.max(0, sum);
        this.max = Math.max(0, max);
    }

    /** Of times in ns, none. */
    static Log2Histogram ofTimes() {
        return ofTimes(new long[HistogramDescriptor.BUCKETS], 0, 0);
    }

    /**
     * Of times in ns.
     *
     * @param counts for each bucket
     * @param sum of the values
     * @param max the greatest one
     */
    public static Log2Histogram ofTimes(final long[] counts, final long sum, final long max) {
        return new Log2Histogram(counts.clone(), HistogramDescriptor.TIME_SHIFT, sum, max);
    }

    /** Of numbers, none. */
    static Log2Histogram ofNumbers() {
        return ofNumbers(new long[HistogramDescriptor.BUCKETS], 0, 0);
    }

    /**
     * Of numbers.
     *
     * @param counts for each bucket
     * @param sum of the values
     * @param max the greatest one
     */
    public static Log2Histogram ofNumbers(final long[] counts, final long sum, final long max) {
        return new Log2Histogram(counts.clone(), HistogramDescriptor.COUNT_SHIFT, sum, max);
    }

    /** True if nothing was counted: then there is neither a percentile, nor a mean, nor a greatest value. */
    public boolean isEmpty() {
        return count() == 0;
    }

    /** Number of values. */
    public long count() {
        return Arrays.stream(counts).sum();
    }

    /** Their sum. */
    public long sum() {
        return sum;
    }

    /** The greatest one; of a {@linkplain #since difference} no more than a bound. */
    public long max() {
        return max;
    }

    /** Their mean, or 0 of none. */
    public double mean() {
        final long count = count();
        return count == 0 ? 0 : (double) sum / count;
    }

    /** Number of buckets. */
    public int buckets() {
        return counts.length;
    }

    /** How many values fell into a bucket. */
    public long count(final int bucket) {
        return counts[bucket];
    }

    /** How many values fell into a bucket or one before it. */
    public long countUpTo(final int bucket) {
        return Arrays.stream(counts, 0, bucket + 1).sum();
    }

    /** The greatest value that falls into a bucket; of the last one Long.MAX_VALUE. */
    public long greatest(final int bucket) {
        return bucket == counts.length - 1 ? Long.MAX_VALUE : (1L << bucket + shift) - 1;
    }

    /**
     * A value that at least so many of a hundred values don't exceed, less than twice the least such value; 0 of none.
     *
     * @throws IllegalArgumentException if it is not in 0 to 100
     */
    public long percentile(final double percent) {
        if (!(percent >= 0 && percent <= 100)) {
            throw new IllegalArgumentException("the percentile must be 0 to 100: " + percent);
        }
        final long needed = Math.max(1, (long) Math.ceil(count() * percent / 100));
        long seen = 0;
        for (int bucket = 0; bucket < counts.length; bucket++) {
            seen += counts[bucket];
            if (seen >= needed) {
                return Math.min(greatest(bucket), max);
            }
        }
        return 0;
    }

    /** Both together. */
    public Log2Histogram plus(final Log2Histogram other) {
        checkSameBuckets(other);
        final long[] sums = new long[counts.length];
        for (int bucket = 0; bucket < sums.length; bucket++) {
            sums[bucket] = counts[bucket] + other.counts[bucket];
        }
        return new Log2Histogram(sums, shift, sum + other.sum, Math.max(max, other.max));
    }

    /** What was counted since an earlier state of this histogram. */
    public Log2Histogram since(final Log2Histogram earlier) {
        checkSameBuckets(earlier);
        final long[] differences = new long[counts.length];
        long bound = 0;
        for (int bucket = 0; bucket < differences.length; bucket++) {
            differences[bucket] = Math.max(0, counts[bucket] - earlier.counts[bucket]);
            bound = differences[bucket] > 0 ? greatest(bucket) : bound;
        }
        return new Log2Histogram(differences, shift, sum - earlier.sum, Math.min(bound, max));
    }

    private void checkSameBuckets(final Log2Histogram other) {
        if (shift != other.shift) {
            throw new IllegalArgumentException("one histogram is of times and the other of numbers");
        }
    }

    @Override
    public boolean equals(final Object object) {
        return object instanceof Log2Histogram other
                && shift == other.shift
                && sum == other.sum
                && max == other.max
                && Arrays.equals(counts, other.counts);
    }

    @Override
    public int hashCode() {
        return 31 * Arrays.hashCode(counts) + Long.hashCode(sum);
    }

    @Override
    public String toString() {
        return "Log2Histogram[count=" + count() + ", mean=" + mean() + ", p50=" + percentile(50) + ", p99="
                + percentile(99) + ", max=" + max + "]";
    }
}
