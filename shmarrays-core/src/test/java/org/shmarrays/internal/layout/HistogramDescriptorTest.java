package org.shmarrays.internal.layout;

import static org.assertj.core.api.Assertions.assertThat;

import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

class HistogramDescriptorTest {
    private static final int OFFSET = HistogramDescriptor.LENGTH;

    private final UnsafeBuffer buffer = new UnsafeBuffer(new byte[3 * HistogramDescriptor.LENGTH]);

    @Test
    void shouldCountInItsOwnBytesAlone() {
        for (final long ns : new long[] {0, 63, 64, 127, 128, Long.MAX_VALUE, -1}) {
            HistogramDescriptor.count(buffer, OFFSET, ns, HistogramDescriptor.TIME_SHIFT);
        }

        final long[] expected = new long[HistogramDescriptor.BUCKETS];
        expected[0] = 3;
        expected[1] = 2;
        expected[2] = 1;
        expected[HistogramDescriptor.BUCKETS - 1] = 1;
        assertThat(HistogramDescriptor.countsAcquire(buffer, OFFSET)).isEqualTo(expected);
        assertThat(HistogramDescriptor.countsAcquire(buffer, 0)).containsOnly(0);
        assertThat(HistogramDescriptor.countsAcquire(buffer, 2 * OFFSET)).containsOnly(0);
    }

    @Test
    void shouldTakeACorruptCountFor0() {
        buffer.putLong(OFFSET, -5);

        assertThat(HistogramDescriptor.countsAcquire(buffer, OFFSET)[0]).isZero();
    }
}
