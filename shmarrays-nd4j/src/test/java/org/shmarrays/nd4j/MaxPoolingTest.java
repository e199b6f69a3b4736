package org.shmarrays.nd4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.DynamicCustomOp;
import org.nd4j.linalg.factory.Nd4j;

/** The gradient of a max pooling is that of ND4J's operation. */
class MaxPoolingTest {
    private static final long SEED = 20261201;
    private static final float TOLERANCE = 1e-5f;

    private final MaxPooling pooling = new MaxPooling();

    /** Also of other sizes after each other, and where rows and columns are left over. */
    @ParameterizedTest
    @CsvSource({"1, 1", "1, 2", "2, 1", "2, 2", "3, 2", "2, 4"})
    void shouldComputeGradientOfNd4j(final int down, final int right) {
        final Random random = new Random(SEED);
        for (final int[] shape : new int[][] {{2, 3, 8, 8}, {3, 1, 7, 9}, {1, 17, 12, 5}, {2, 2, 2, 3}}) {
            final INDArray input = equalValues(random, shape);
            assertEqual(input, slopes(random, input, down, right), down, right);
        }
    }

    /** Whole numbers from -3 to 2 and negative zeros, so that most windows have several maxima. */
    private static INDArray equalValues(final Random random, final int... shape) {
        final float[] values = new float[shape[0] * shape[1] * shape[2] * shape[3]];
        for (int i = 0; i < values.length; i++) {
            final float value = random.nextInt(6) - 3;
            values[i] = value == 0 && random.nextBoolean() ? -0f : value;
        }
        return Nd4j.createFromArray(values).reshape(shape);
    }

    private static INDArray slopes(final Random random, final INDArray input, final int down, final int right) {
        final long rows = (input.size(2) - 2) / down + 1;
        final long columns = (input.size(3) - 2) / right + 1;
        final float[] values = new float[Math.toIntExact(input.size(0) * input.size(1) * rows * columns)];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return Nd4j.createFromArray(values).reshape(input.size(0), input.size(1), rows, columns);
    }

    private void assertEqual(final INDArray input, final INDArray slopes, final int... stride) {
        final INDArray expected = input.ulike();
        Nd4j.exec(DynamicCustomOp.builder("maxpool2d_bp")
                .addInputs(input, slopes)
                .addOutputs(expected)
                .addIntegerArguments(2, 2, stride[0], stride[1], 0, 0, 1, 1, 0, 0, 0)
                .build());
        final INDArray actual = input.ulike().assign(Float.NaN);

        pooling.gradient(input, slopes, stride, actual);

        assertThat(actual.data().asFloat()).containsExactly(expected.data().asFloat(), Offset.offset(TOLERANCE));
    }

    static Stream<float[]> strangeWindows() {
        final float nan = Float.NaN;
        final float negativeNan = Float.intBitsToFloat(0xffc00000);
        final float infinite = Float.POSITIVE_INFINITY;
        return Stream.of(
                new float[] {1, 2, 3, nan},
                new float[] {nan, -3, -2, -1},
                new float[] {1, nan, 2, 0},
                new float[] {negativeNan, 1, nan, 0},
                new float[] {nan, nan, nan, nan},
                new float[] {nan, -infinite, -infinite, -infinite},
                new float[] {-infinite, -infinite, -Float.MAX_VALUE, nan},
                new float[] {-infinite, -infinite, -infinite, -1},
                new float[] {1, infinite, Float.MAX_VALUE, infinite},
                new float[] {-Float.MIN_VALUE, -0f, 0, -1});
    }

    @ParameterizedTest
    @MethodSource("strangeWindows")
    void shouldTakeNanAndInfinityAsNd4jDoes(final float... window) {
        final INDArray slopes = Nd4j.createFromArray(7f).reshape(1, 1, 1, 1);

        assertEqual(Nd4j.createFromArray(window).reshape(1, 1, 2, 2), slopes, 1, 1);
    }

    @Test
    void shouldRefuseWhatItCannotRead() {
        final INDArray input = Nd4j.create(DataType.FLOAT, 1, 1, 2, 3);
        final INDArray slopes = Nd4j.create(DataType.FLOAT, 1, 1, 1, 1);
        final INDArray two = Nd4j.create(DataType.FLOAT, 1, 1, 1, 2);
        final int[] stride = {2, 2};

        assertThatThrownBy(() -> pooling.gradient(input.dup('f'), slopes, stride, input.ulike()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("order=f");
        assertThatThrownBy(() -> pooling.gradient(input.castTo(DataType.DOUBLE), slopes, stride, input.ulike()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("type=DOUBLE");
        assertThatThrownBy(() -> pooling.gradient(input, two, stride, input.ulike()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("output=[1, 1, 1, 2]");
    }

    /** Else a part of the gradient would be what the memory held before. */
    @Test
    void shouldRefuseShapesThatDoNotBelongTogether() {
        final INDArray input = Nd4j.create(DataType.FLOAT, 2, 3, 4, 4);
        final INDArray slopes = Nd4j.create(DataType.FLOAT, 2, 3, 2, 2);
        final int[] stride = {2, 2};

        for (final long[] other : new long[][] {{1, 3, 2, 2}, {2, 2, 2, 2}}) {
            assertThatThrownBy(() -> pooling.gradient(input, Nd4j.create(DataType.FLOAT, other), stride, input.ulike()))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("output=" + Arrays.toString(other));
        }
        assertThatThrownBy(() -> pooling.gradient(input, slopes, stride, Nd4j.create(DataType.FLOAT, 3, 3, 4, 4)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("its gradient=[3, 3, 4, 4]");
    }
}
