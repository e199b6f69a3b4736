package org.shmarrays.update;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodType;
import java.nio.ByteBuffer;
import org.shmarrays.layout.ElementType;

/** The formulas on float32 in mapped memory, by {@link FloatVectorLoops}. */
final class FloatKernel extends Kernel<float[]> implements ProductSums.Loops {
    private static final MethodType LOOP = MethodType.methodType(
            void.class, double[].class, Object[].class, int.class, float[].class, int.class, int.class);
    private static final MethodType RUN_LOOP = MethodType.methodType(
            void.class, double[].class, Object[].class, int[].class, float[].class, int[].class, int.class, int.class);
    private static final MethodType GATHER = MethodType.methodType(
            void.class,
            Object.class,
            int.class,
            int[].class,
            int.class,
            int.class,
            int.class,
            float[].class,
            int.class);

    private static final MethodHandle[] LOOPS = LoopHandles.ofFormulas(FloatVectorLoops.class, "", LOOP);

    private static final MethodHandle[] RUN_LOOPS = LoopHandles.ofFormulas(FloatVectorLoops.class, "Runs", RUN_LOOP);

    private static final MethodHandle[] GATHERS = LoopHandles.of(FloatVectorLoops.class, "gatherRows", GATHER);

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

    private static final MethodHandle[] OPTIMIZER_LOOPS = LoopHandles.ofOptimizerFormulas(FloatOptimizerLoops.class);

    FloatKernel() {
        super(ElementType.FLOAT32);
    }

    @Override
    Object memory(final ByteBuffer bytes) {
        return VectorMemory.INSTANCE.of(bytes);
    }

    @Override
    public int lanes() {
        return FloatVectorLoops.LANES;
    }

    @Override
    void apply(
            final Formula formula,
            final double[] c,
            final Object[] memory,
            final int offset,
            final float[] g,
            final int gOffset,
            final int n) {
        try {
            LOOPS[formula.ordinal()].invokeExact(c, memory, offset, g, gOffset, n);
        } catch (final Throwable e) {
            throw LoopHandles.thrown(e);
        }
    }

    @Override
    void applyToRuns(
            final Formula formula,
            final double[] c,
            final Object[] memory,
            final int[] offsets,
            final float[] g,
            final int[] gOffsets,
            final int runs,
            final int n) {
        try {
            RUN_LOOPS[formula.ordinal()].invokeExact(c, memory, offsets, g, gOffsets, runs, n);
        } catch (final Throwable e) {
            throw LoopHandles.thrown(e);
        }
    }

    @Override
    void compute(
            final OptimizerFormula formula, final double[] c, final Object[] memory, final int offset, final int n) {
        try {
            OPTIMIZER_LOOPS[formula.ordinal()].invokeExact(c, memory, offset, n);
        } catch (final Throwable e) {
            throw LoopHandles.thrown(e);
        }
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

    @Override
    void gather(
            final Object memory,
            final int offset,
            final int[] rows,
            final int from,
            final int to,
            final int n,
            final float[] into,
            final int index) {
        try {
            GATHERS[0].invokeExact(memory, offset, rows, from, to, n, into, index);
        } catch (final Throwable e) {
            throw LoopHandles.thrown(e);
        }
    }

    @Override
    void applyToTail(
            final Formula formula,
            final double[] c,
            final Object[] memory,
            final int offset,
            final float[] g,
            final int gOffset,
            final int n,
            final float[] scratch) {
        for (int i = 0; i < lanes(); i++) {
            scratch[i] = i < n ? g[gOffset + i] : 0;
        }
        apply(formula, c, memory, offset, scratch, 0, lanes());
    }
}
