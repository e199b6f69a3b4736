package org.shmarrays.nd4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Random;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.common.util.ArrayUtil;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.DynamicCustomOp;
import org.nd4j.linalg.api.shape.Shape;
import org.nd4j.linalg.factory.Nd4j;

/** The gradients of the weights and the bias of a convolution are those of ND4J's operation. */
@DisabledForJreRange(min = JRE.JAVA_18, max = JRE.JAVA_24, disabledReason = "kernels are built by Java 17 and 25")
class ConvolutionGradientTest {
    private static final long SEED = 20261201;
    private static final double TOLERANCE = 1e-5;

    private final ConvolutionGradient gradient = new ConvolutionGradient();
    private final Random random = new Random(SEED);

    @ParameterizedTest
    @CsvSource({
        "1, 10, 28, 28, 5, 5, 0, 0",
        "1, 1, 3, 3, 3, 3, 0, 0",
        "3, 4, 9, 7, 3, 3, 0, 0",
        "3, 5, 9, 7, 1, 1, 0, 0",
        "2, 3, 8, 5, 5, 2, 0, 0",
        "2, 7, 4, 33, 2, 5, 0, 0",
        "3, 4, 9, 7, 3, 3, 1, 1",
        "1, 2, 6, 6, 3, 5, 2, 1",
        "17, 2, 5, 5, 2, 2, 0, 1"
    })
    void shouldComputeGradientsOfNd4j(
            final int channels,
            final int maps,
            final int height,
            final int width,
            final int kernelHeight,
            final int kernelWidth,
            final int top,
            final int left) {
        final int rows = height + 2 * top - kernelHeight + 1;
        final int columns = width + 2 * left - kernelWidth + 1;
        for (final int samples : new int[] {3, 1, 5, 3}) {
            assertEqual(
                    values(samples, channels, height, width),
                    values(samples, maps, rows, columns),
                    values(maps, channels, kernelHeight, kernelWidth),
                    false,
                    top,
                    left);
        }
    }

    /** The rows and columns of padding are fewer above and left, where their number is odd. */
    @Test
    void shouldPadToSameSize() {
        assertEqual(values(2, 2, 7, 6), values(2, 3, 7, 6), values(3, 2, 2, 4), true, 0, 1);
    }

    /** Nothing of the shapes before is left in the memory that is kept. */
    @Test
    void shouldComputeOneShapeAfterAnother() {
        assertEqual(values(2, 3, 9, 9), values(2, 5, 7, 7), values(5, 3, 3, 3), false, 0, 0);
        assertEqual(values(2, 3, 9, 9), values(2, 5, 9, 9), values(5, 3, 3, 3), false, 1, 1);
        assertEqual(values(2, 3, 9, 9), values(2, 5, 7, 9), values(5, 3, 3, 3), false, 0, 1);
        assertEqual(values(2, 3, 9, 9), values(2, 5, 9, 7), values(5, 3, 3, 3), false, 1, 0);
    }

    /** With padding above and left alone, the image may be as large as what the kernel reaches. */
    @ParameterizedTest
    @CsvSource({"3, 3, 1, 1", "4, 3, 1, 1", "3, 3, 0, 1", "2, 3, 1, 0", "5, 5, 1, 1"})
    void shouldComputeGradientsOfPartsOfTheImage(final int rows, final int columns, final int top, final int left) {
        final INDArray input = values(2, 3, 5, 5);
        final INDArray slopes = values(2, 4, rows, columns);
        final INDArray actual = values(4, 3, 3, 3);

        gradient.compute(input, slopes, new int[] {top, left}, actual, null);

        assertClose(actual, sumsOfProducts(input, slopes, actual.ulike(), top, left));
    }

    /** The formula of {@link ConvolutionGradient}, element by element, where there is an image. */
    private static INDArray sumsOfProducts(
            final INDArray input, final INDArray slopes, final INDArray weights, final int top, final int left) {
        for (int weight = 0; weight < weights.length(); weight++) {
            final long[] at = Shape.ind2subC(weights.shape(), weight);
            double sum = 0;
            for (int slope = 0; slope < slopes.length(); slope++) {
                final long[] from = Shape.ind2subC(slopes.shape(), slope);
                final long row = from[2] + at[2] - top;
                final long column = from[3] + at[3] - left;
                if (from[1] == at[0] && row >= 0 && row < input.size(2) && column >= 0 && column < input.size(3)) {
                    sum += slopes.getDouble(from) * input.getDouble(from[0], at[1], row, column);
                }
            }
            weights.putScalar(at, sum);
        }
        return weights;
    }

    /** Else a sum would lack samples, or have those of another batch. */
    @Test
    void shouldRefuseShapesThatDoNotBelongTogether() {
        final INDArray input = values(2, 3, 5, 5);
        final INDArray slopes = values(2, 4, 3, 3);
        final INDArray weights = values(4, 3, 3, 3);
        final int[] padding = {0, 0};

        assertRefused(() -> gradient.compute(values(3, 3, 5, 5), slopes, padding, weights, null), "input=[3, 3, 5, 5]");
        assertRefused(() -> gradient.compute(values(2, 2, 5, 5), slopes, padding, weights, null), "input=[2, 2, 5, 5]");
        assertRefused(() -> gradient.compute(input, values(2, 5, 3, 3), padding, weights, null), "output=[2, 5, 3, 3]");
        assertRefused(() -> gradient.compute(input, slopes, padding, weights, values(5)), "bias=[5]");
        assertRefused(() -> gradient.compute(input, slopes, padding, values(4, 27), null), "weights=[4, 27]");
    }

    private static void assertRefused(final ThrowingCallable call, final String named) {
        assertThatThrownBy(call).isInstanceOf(IllegalArgumentException.class).hasMessageContaining(named);
    }

    private INDArray values(final int... shape) {
        final float[] values = new float[ArrayUtil.prod(shape)];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return Nd4j.createFromArray(values).reshape(shape);
    }

    private void assertEqual(
            final INDArray input,
            final INDArray slopes,
            final INDArray weights,
            final boolean isSame,
            final int... padding) {
        final INDArray bias = values((int) weights.size(0));
        final INDArray expected = weights.ulike();
        final INDArray expectedBias = bias.ulike();
        Nd4j.exec(DynamicCustomOp.builder("conv2d_bp")
                .addInputs(input, weights, bias, slopes)
                .addOutputs(input.ulike(), expected, expectedBias)
                .addIntegerArguments(
                        (int) weights.size(2),
                        (int) weights.size(3),
                        1,
                        1,
                        padding[0],
                        padding[1],
                        1,
                        1,
                        isSame ? 1 : 0,
                        0,
                        1)
                .build());
        final INDArray actual = weights.ulike().assign(Float.NaN);
        final INDArray actualBias = bias.ulike().assign(Float.NaN);

        gradient.compute(input, slopes, padding, actual, actualBias);

        assertClose(actual, expected);
        assertClose(actualBias, expectedBias);
        gradient.compute(input, slopes, padding, actual.assign(Float.NaN), null);
        assertClose(actual, expected);
    }

    private static void assertClose(final INDArray actual, final INDArray expected) {
        assertThat(actual.sub(expected).amaxNumber().doubleValue())
                .isLessThanOrEqualTo(TOLERANCE * expected.amaxNumber().doubleValue());
    }
}
