package org.shmarrays.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;
import org.shmarrays.internal.kernel.HalfPrecision;
import org.shmarrays.layout.ElementType;

class ValueStatisticsTest {
    private static ValueStatistics of(final double[]... pieces) {
        final ValueStatistics statistics = new ValueStatistics(ElementType.FLOAT64);
        for (final double[] piece : pieces) {
            final ByteBuffer bytes =
                    ByteBuffer.allocate(piece.length * Double.BYTES).order(ByteOrder.nativeOrder());
            bytes.asDoubleBuffer().put(piece);
            statistics.add(bytes.array(), bytes.capacity());
        }
        return statistics;
    }

    private static double[] piece(final double... values) {
        return values;
    }

    @Test
    void shouldTakeTheFiguresOverAllPieces() {
        final ValueStatistics found = of(piece(1, 2), piece(-4, 0, 2));

        assertThat(found.count()).isEqualTo(5);
        assertThat(found.min()).isEqualTo(-4.0);
        assertThat(found.max()).isEqualTo(2.0);
        assertThat(found.mean()).isEqualTo(0.2, within(1e-15)); // 1 / 5
        assertThat(found.norm()).isEqualTo(5, within(1e-14)); // 1 + 4 + 16 + 0 + 4 = 25
        assertThat(found.zeroCount()).isEqualTo(1);
    }

    @Test
    void shouldCountWhatIsNotFiniteAndLeaveItOut() {
        final ValueStatistics found = of(
                piece(Double.NaN, 3, Double.POSITIVE_INFINITY, -4, Double.NEGATIVE_INFINITY, Double.NaN, Double.NaN));

        assertThat(found.nanCount()).isEqualTo(3);
        assertThat(found.infinityCount()).isEqualTo(2);
        assertThat(found.finiteCount()).isEqualTo(2);
        assertThat(found.min()).isEqualTo(-4.0);
        assertThat(found.max()).isEqualTo(3.0);
        assertThat(found.mean()).isEqualTo(-0.5);
        assertThat(found.norm()).isEqualTo(5);
        assertThat(found.histogram().bins().stream()
                        .mapToLong(ValueHistogram.Bin::count)
                        .sum())
                .isEqualTo(2);
    }

    @Test
    void shouldHaveNoFiguresWhereNothingIsFinite() {
        final ValueStatistics found = of(piece(Double.NaN));

        assertThat(found.min()).isEqualTo(Double.NaN);
        assertThat(found.mean()).isNaN();
        assertThat(found.norm()).isZero();
    }

    @Test
    void shouldNotOverflow() {
        final double most = Double.MAX_VALUE;

        assertThat(of(piece(most, most), piece(most)).mean()).isEqualTo(most, within(most * 1e-15));
        assertThat(of(piece(most, -most)).mean()).isZero();
        assertThat(of(piece(most), piece(-most)).mean()).isZero();
        assertThat(of(piece(3e200, 4e200)).norm()).isEqualTo(5e200, within(5e186));
        assertThat(of(piece(3e200), piece(4e200)).norm()).isEqualTo(5e200, within(5e186));
    }

    @Test
    void shouldNotVanish() {
        assertThat(of(piece(3e-200, 4e-200)).norm()).isEqualTo(5e-200, within(5e-214));
        assertThat(of(piece(3e-320, 4e-320)).norm()).isEqualTo(5e-320, within(1e-322));
        assertThat(of(piece(1e-300, 3e-300)).mean()).isEqualTo(2e-300, within(1e-314));
    }

    @Test
    void shouldKeepTheMeanOfMany() {
        final double[] piece = new double[1 << 15];
        final ValueStatistics found = new ValueStatistics(ElementType.FLOAT32);
        final ByteBuffer bytes = ByteBuffer.allocate(piece.length * Float.BYTES).order(ByteOrder.nativeOrder());
        while (bytes.hasRemaining()) {
            bytes.putFloat(0.1f);
        }
        for (int i = 0; i < 300; i++) { // 10 million: a sum in float would end at 1,087,937
            found.add(bytes.array(), bytes.capacity());
        }

        assertThat(found.mean()).isEqualTo(0.1f, within(1e-12));
        assertThat(found.norm()).isEqualTo(0.1f * Math.sqrt(300.0 * piece.length), within(1e-8));
    }

    @Test
    void shouldTellTheExtremesOfIntegersExactly() {
        final ValueStatistics longs = new ValueStatistics(ElementType.INT64);
        final ByteBuffer bytes = ByteBuffer.allocate(3 * Long.BYTES).order(ByteOrder.nativeOrder());
        bytes.putLong(Long.MAX_VALUE).putLong((1L << 53) + 1).putLong(0);
        longs.add(bytes.array(), bytes.capacity());
        assertThat(longs.max()).isEqualTo(Long.MAX_VALUE);
        assertThat(longs.min()).isEqualTo(0L);

        final ValueStatistics ints = new ValueStatistics(ElementType.INT32);
        final ByteBuffer few = ByteBuffer.allocate(2 * Integer.BYTES).order(ByteOrder.nativeOrder());
        few.putInt(Integer.MIN_VALUE).putInt(2);
        ints.add(few.array(), few.capacity());
        assertThat(ints.min()).isEqualTo((long) Integer.MIN_VALUE);
        assertThat(ints.mean()).isEqualTo((Integer.MIN_VALUE + 2.0) / 2);
    }

    @Test
    void shouldReadHalves() {
        for (final ElementType type : new ElementType[] {ElementType.FLOAT16, ElementType.BFLOAT16}) {
            final ByteBuffer bytes = ByteBuffer.allocate(4 * Short.BYTES).order(ByteOrder.nativeOrder());
            for (final float value : new float[] {1.5f, -2, Float.NaN, Float.POSITIVE_INFINITY}) {
                bytes.putShort(
                        type == ElementType.FLOAT16 ? HalfPrecision.toHalf(value) : HalfPrecision.toBfloat(value));
            }
            final ValueStatistics found = new ValueStatistics(type);
            found.add(bytes.array(), bytes.capacity());

            assertThat(found.min()).isEqualTo(-2.0);
            assertThat(found.max()).isEqualTo(1.5);
            assertThat(found.norm()).isEqualTo(2.5);
            assertThat(found.nanCount()).isEqualTo(1);
            assertThat(found.infinityCount()).isEqualTo(1);
        }
    }
}
