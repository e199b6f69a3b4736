package org.shmarrays.internal.kernel;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodType;

/** What {@link ProductSums} needs, by {@link FloatProductLoops}. */
final class FloatProducts implements ProductLoops {
    private static final MethodHandle[] PRODUCTS = LoopHandles.of(
            FloatProductLoops.class,
            "addProducts",
            MethodType.methodType(
                    void.class,
                    float[].class,
                    int.class,
                    int.class,
                    float[].class,
                    int[].class,
                    int.class,
                    float[].class,
                    int.class));

    private static final MethodHandle[] ADDITIONS = LoopHandles.of(
            FloatProductLoops.class,
            "addElements",
            MethodType.methodType(void.class, float[].class, int.class, int.class, float[].class, int.class));

    @Override
    public int lanes() {
        return FloatVectors.LANES;
    }

    @Override
    public void addProducts(
            final float[] left,
            final int leftIndex,
            final int n,
            final float[] right,
            final int[] rightIndexes,
            final int from,
            final float[] sums,
            final int index) {
        try {
            PRODUCTS[0].invokeExact(left, leftIndex, n, right, rightIndexes, from, sums, index);
        } catch (final Throwable e) {
            throw LoopHandles.thrown(e);
        }
    }

    @Override
    public void addElements(final float[] elements, final int first, final int n, final float[] sums, final int index) {
        try {
            ADDITIONS[0].invokeExact(elements, first, n, sums, index);
        } catch (final Throwable e) {
            throw LoopHandles.thrown(e);
        }
    }
}
