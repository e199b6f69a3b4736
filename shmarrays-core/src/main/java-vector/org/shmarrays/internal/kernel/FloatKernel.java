package org.shmarrays.internal.kernel;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodType;
import java.nio.ByteBuffer;
import org.shmarrays.layout.ElementType;

/** The formulas on float32 in mapped memory, by {@link FloatFormulaLoops} and {@link FloatOptimizerLoops}. */
final class FloatKernel extends Kernel<float[]> {
    private static final MethodType LOOP = MethodType.methodType(
            void.class, double[].class, Object[].class, int.class, float[].class, int.class, int.class);
    private static final MethodType RUN_LOOP = MethodType.methodType(
            void.class, double[].class, Object[].class, int[].class, float[].class, int[].class, int.class, int.class);
    private static final MethodType OPTIMIZER_LOOP =
            MethodType.methodType(void.class, double[].class, Object[].class, int.class, int.class);
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

    private static final MethodHandle[] LOOPS = LoopHandles.of(Formula.values(), FloatFormulaLoops.class, "", LOOP);

    private static final MethodHandle[] RUN_LOOPS =
            LoopHandles.of(Formula.values(), FloatFormulaLoops.class, "Runs", RUN_LOOP);

    private static final MethodHandle[] GATHERS = LoopHandles.of(FloatVectors.class, "gatherRows", GATHER);

    private static final MethodHandle[] OPTIMIZER_LOOPS =
            LoopHandles.of(OptimizerFormula.values(), FloatOptimizerLoops.class, "", OPTIMIZER_LOOP);

    FloatKernel() {
        super(ElementType.FLOAT32);
    }

    @Override
    Object memory(final ByteBuffer bytes) {
        return VectorMemory.INSTANCE.of(bytes);
    }

    @Override
    int lanes() {
        return FloatVectors.LANES;
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
