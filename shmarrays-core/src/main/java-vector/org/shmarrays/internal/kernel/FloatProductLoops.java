package org.shmarrays.internal.kernel;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/** The loops of {@link ProductSums}, whose parameters they have. The partial sums stay in registers. */
final class FloatProductLoops {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final int LANES = SPECIES.length();

    private FloatProductLoops() {}

    private static FloatVector load(final float[] elements, final int index) {
        return FloatVector.fromArray(SPECIES, elements, index);
    }

    static void addProducts(
            final float[] left,
            final int leftIndex,
            final int n,
            final float[] right,
            final int[] rightIndexes,
            final int from,
            final float[] sums,
            final int index) {
        final int r0 = rightIndexes[from];
        final int r1 = rightIndexes[from + 1];
        final int r2 = rightIndexes[from + 2];
        final int r3 = rightIndexes[from + 3];
        final int r4 = rightIndexes[from + 4];
        FloatVector a0 = load(sums, index);
        FloatVector a1 = load(sums, index + LANES);
        FloatVector a2 = load(sums, index + 2 * LANES);
        FloatVector a3 = load(sums, index + 3 * LANES);
        FloatVector a4 = load(sums, index + 4 * LANES);
        FloatVector b0 = load(sums, index + 5 * LANES);
        FloatVector b1 = load(sums, index + 6 * LANES);
        FloatVector b2 = load(sums, index + 7 * LANES);
        FloatVector b3 = load(sums, index + 8 * LANES);
        FloatVector b4 = load(sums, index + 9 * LANES);
        for (int i = 0; i < n; i += LANES) {
            final FloatVector a = load(left, leftIndex + i);
            final FloatVector b = load(left, leftIndex + n + i);
            FloatVector x = load(right, r0 + i);
            a0 = x.fma(a, a0);
            b0 = x.fma(b, b0);
            x = load(right, r1 + i);
            a1 = x.fma(a, a1);
            b1 = x.fma(b, b1);
            x = load(right, r2 + i);
            a2 = x.fma(a, a2);
            b2 = x.fma(b, b2);
            x = load(right, r3 + i);
            a3 = x.fma(a, a3);
            b3 = x.fma(b, b3);
            x = load(right, r4 + i);
            a4 = x.fma(a, a4);
            b4 = x.fma(b, b4);
        }
        a0.intoArray(sums, index);
        a1.intoArray(sums, index + LANES);
        a2.intoArray(sums, index + 2 * LANES);
        a3.intoArray(sums, index + 3 * LANES);
        a4.intoArray(sums, index + 4 * LANES);
        b0.intoArray(sums, index + 5 * LANES);
        b1.intoArray(sums, index + 6 * LANES);
        b2.intoArray(sums, index + 7 * LANES);
        b3.intoArray(sums, index + 8 * LANES);
        b4.intoArray(sums, index + 9 * LANES);
    }

    static void addElements(final float[] elements, final int first, final int n, final float[] sums, final int index) {
        FloatVector sum = load(sums, index);
        for (int i = 0; i < n; i += LANES) {
            sum = sum.add(load(elements, first + i));
        }
        sum.intoArray(sums, index);
    }
}
