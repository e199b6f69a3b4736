package org.shmarrays.internal.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.shmarrays.testing.NeedsKernels;

/** Expected sums are computed in double precision, one product after the other. */
class ProductSumsTest {
    private static final long SEED = 31_415;
    private static final int VECTORS = 3;
    private static final int FIRST = 5;
    private static final double TOLERANCE = 1e-4;

    private final Random random = new Random(SEED);

    private float[] values(final int n) {
        final float[] values = new float[n];
        for (int i = 0; i < n; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    private static double sum(final float[] partial, final int ordinal) {
        final int lanes = ProductSums.lanes();
        double sum = 0;
        for (int i = ordinal * lanes; i < (ordinal + 1) * lanes; i++) {
            sum += partial[i];
        }
        return sum;
    }

    @Test
    @NeedsKernels
    void shouldAddProductsOfEachPairOfRuns() {
        final int n = VECTORS * ProductSums.lanes();
        final float[] left = values(FIRST + ProductSums.LEFT * n);
        final float[] right = values(2 * n);
        final int[] indexes = {-1, 0, 1, 7, n, 3};
        final float[] sums = new float[ProductSums.LEFT * ProductSums.RIGHT * ProductSums.lanes()];

        ProductSums.add(left, FIRST, n, right, indexes, 1, sums, 0);
        ProductSums.add(left, FIRST, n, right, indexes, 1, sums, 0);

        for (int a = 0; a < ProductSums.LEFT; a++) {
            for (int b = 0; b < ProductSums.RIGHT; b++) {
                double expected = 0;
                for (int i = 0; i < n; i++) {
                    expected += 2.0 * left[FIRST + a * n + i] * right[indexes[1 + b] + i];
                }
                assertThat(sum(sums, a * ProductSums.RIGHT + b)).isCloseTo(expected, within(TOLERANCE));
            }
        }
    }

    @Test
    @NeedsKernels
    void shouldAddElements() {
        final int n = VECTORS * ProductSums.lanes();
        final float[] elements = values(FIRST + n);
        final float[] sums = new float[2 * ProductSums.lanes()];
        double expected = 0;
        for (int i = 0; i < n; i++) {
            expected += elements[FIRST + i];
        }

        ProductSums.addElements(elements, FIRST, n, sums, ProductSums.lanes());

        assertThat(sum(sums, 0)).isZero();
        assertThat(sum(sums, 1)).isCloseTo(expected, within(TOLERANCE));
    }
}
