package org.shmarrays.status;

import java.util.function.Supplier;

/**
 * A histogram of the whole segment, as registries get it: with fewer buckets than in shared memory, the last of which
 * takes all greater values.
 *
 * @param name of the meter
 * @param description of a value
 * @param buckets how many there are
 * @param isOfTimes whether the values are ns; registries get seconds
 * @param values the counters, read when a registry wants them
 */
record SegmentHistogram(
        String name, String description, int buckets, boolean isOfTimes, Supplier<Log2Histogram> values) {
    private static final double NS_PER_SECOND = 1e9;

    /** Of times in ns. */
    static SegmentHistogram ofTimes(
            final String name, final String description, final int buckets, final Supplier<Log2Histogram> values) {
        return new SegmentHistogram(name, description, buckets, true, values);
    }

    /** Of numbers. */
    static SegmentHistogram ofNumbers(
            final String name, final String description, final int buckets, final Supplier<Log2Histogram> values) {
        return new SegmentHistogram(name, description, buckets, false, values);
    }

    /** The greatest value of a bucket; of the last one infinity. */
    double upperBound(final int bucket) {
        final Log2Histogram kind = isOfTimes ? Log2Histogram.ofTimes() : Log2Histogram.ofNumbers();
        return bucket == buckets - 1 ? Double.POSITIVE_INFINITY : scaled(kind.greatest(bucket));
    }

    /** How many values fell into a bucket or one before it. */
    long countUpTo(final int bucket) {
        final Log2Histogram now = values.get();
        return now.countUpTo(lastOf(now, bucket));
    }

    /** How many values fell into each bucket, at one moment. */
    long[] counts(final Log2Histogram now) {
        final long[] counts = new long[buckets];
        long before = 0;
        for (int bucket = 0; bucket < buckets; bucket++) {
            final long upTo = now.countUpTo(lastOf(now, bucket));
            counts[bucket] = upTo - before;
            before = upTo;
        }
        return counts;
    }

    /** A sum or a bound in the unit of the registries. */
    double scaled(final long value) {
        return isOfTimes ? value / NS_PER_SECOND : value;
    }

    private int lastOf(final Log2Histogram now, final int bucket) {
        return bucket == buckets - 1 ? now.buckets() - 1 : bucket;
    }
}
