package org.shmarrays.status;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.shmarrays.internal.layout.HistogramDescriptor;

class Log2HistogramTest {
    private final long[] counts = new long[HistogramDescriptor.BUCKETS];
    private long sum;
    private long max;

    private void count(final int shift, final long... values) {
        for (final long value : values) {
            counts[HistogramDescriptor.bucket(value, shift)]++;
            sum += value;
            max = Math.max(max, value);
        }
    }

    private Log2Histogram read(final int shift) {
        return shift == HistogramDescriptor.TIME_SHIFT
                ? Log2Histogram.ofTimes(counts, sum, max)
                : Log2Histogram.ofNumbers(counts, sum, max);
    }

    @Test
    void shouldCountNumbersByPowersOfTwo() {
        count(HistogramDescriptor.COUNT_SHIFT, 0, 0, 1, 2, 3, 4, 7, 8);

        final Log2Histogram histogram = read(HistogramDescriptor.COUNT_SHIFT);

        assertThat(histogram.count(0)).isEqualTo(2);
        assertThat(histogram.count(1)).isEqualTo(1);
        assertThat(histogram.count(2)).isEqualTo(2);
        assertThat(histogram.count(3)).isEqualTo(2);
        assertThat(histogram.count(4)).isEqualTo(1);
        assertThat(histogram.count()).isEqualTo(8);
        assertThat(histogram.sum()).isEqualTo(25);
        assertThat(histogram.mean()).isEqualTo(25 / 8.0);
        assertThat(histogram.greatest(0)).isZero();
        assertThat(histogram.greatest(3)).isEqualTo(7);
    }

    @Test
    void shouldCountTimesFromSixtyFourNanosecondsOn() {
        count(HistogramDescriptor.TIME_SHIFT, 63, 64, 127, 128, 1_000_000);

        final Log2Histogram histogram = read(HistogramDescriptor.TIME_SHIFT);

        assertThat(histogram.count(0)).isEqualTo(1);
        assertThat(histogram.count(1)).isEqualTo(2);
        assertThat(histogram.count(2)).isEqualTo(1);
        // 2^19 <= 1,000,000 < 2^20 = 2^(14 + 6)
        assertThat(histogram.count(14)).isEqualTo(1);
        assertThat(histogram.greatest(14)).isEqualTo((1 << 20) - 1);
    }

    @Test
    void shouldTakeWhatIsTooGreatInTheLastBucketAndNegativeNumbersInTheFirst() {
        count(HistogramDescriptor.TIME_SHIFT, Long.MAX_VALUE, -1);

        final Log2Histogram histogram = read(HistogramDescriptor.TIME_SHIFT);

        assertThat(histogram.count(HistogramDescriptor.BUCKETS - 1)).isEqualTo(1);
        assertThat(histogram.count(0)).isEqualTo(1);
        assertThat(histogram.greatest(HistogramDescriptor.BUCKETS - 1)).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void shouldTellPercentilesAsTheGreatestValueOfTheirBucket() {
        // Ten values: five of 0, four in 4 to 7, one of 100.
        count(HistogramDescriptor.COUNT_SHIFT, 0, 0, 0, 0, 0, 4, 5, 6, 7, 100);

        final Log2Histogram histogram = read(HistogramDescriptor.COUNT_SHIFT);

        assertThat(histogram.percentile(0)).isZero();
        assertThat(histogram.percentile(50)).isZero();
        assertThat(histogram.percentile(51)).isEqualTo(7);
        assertThat(histogram.percentile(90)).isEqualTo(7);
        assertThat(histogram.percentile(91)).isEqualTo(100); // not 127: nothing was greater
        assertThat(histogram.percentile(100)).isEqualTo(100);
        assertThatThrownBy(() -> histogram.percentile(101)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void shouldTellNothingOfNothing() {
        assertThat(Log2Histogram.ofTimes().percentile(99)).isZero();
        assertThat(Log2Histogram.ofTimes().mean()).isZero();
        assertThat(Log2Histogram.ofTimes().max()).isZero();
    }

    @Test
    void shouldAddAndSubtract() {
        count(HistogramDescriptor.COUNT_SHIFT, 3, 40);
        final Log2Histogram earlier = read(HistogramDescriptor.COUNT_SHIFT);
        count(HistogramDescriptor.COUNT_SHIFT, 3, 5);
        final Log2Histogram later = read(HistogramDescriptor.COUNT_SHIFT);

        final Log2Histogram between = later.since(earlier);

        assertThat(between.count()).isEqualTo(2);
        assertThat(between.sum()).isEqualTo(8);
        assertThat(between.count(2)).isEqualTo(1);
        assertThat(between.max()).isEqualTo(7); // the greatest of its bucket, not the 40 of before
        assertThat(earlier.plus(between).count()).isEqualTo(later.count());
        assertThat(earlier.plus(between)).isEqualTo(later);
        assertThatThrownBy(() -> later.plus(Log2Histogram.ofTimes())).isInstanceOf(IllegalArgumentException.class);
    }
}
