package org.shmarrays.update;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.nio.ByteBuffer;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;
import org.shmarrays.layout.ElementType;

/**
 * The formulas on float64 in mapped memory: each lane is computed as {@link DoubleLoops} computes an element, operation by
 * operation, so that it comes out the same to the bit.
 *
 * <p>Each formula has a loop of its own, and shares no method with {@link FloatKernel}: C2 keeps vectors in registers only
 * where it knows their class, which it learns from what it has seen at this very call. And loops are called by handles that
 * are no constants, so that C2 compiles each on its own: inlined into its callers, two of them together exceed what C2 is
 * ready to inline, and vectors are boxed.
 */
final class DoubleKernel extends Kernel<double[]> {
    private static final VectorSpecies<Double> SPECIES = DoubleVector.SPECIES_PREFERRED;
    private static final int LANES = SPECIES.length();
    private static final VectorMemory MEMORY = VectorMemory.INSTANCE;

    private static final MethodType LOOP = MethodType.methodType(
            void.class, double[].class, Object[].class, int.class, double[].class, int.class, int.class);
    private static final MethodType ROW_LOOP = MethodType.methodType(
            void.class, double[].class, Object[].class, int[].class, double[].class, int[].class, int.class, int.class);
    private static final MethodType GATHER = MethodType.methodType(
            void.class,
            Object.class,
            int.class,
            int[].class,
            int.class,
            int.class,
            int.class,
            double[].class,
            int.class);

    /** By ordinal of the formula. */
    private static final MethodHandle[] LOOPS = loops("", LOOP);

    private static final MethodHandle[] ROW_LOOPS = loops("Rows", ROW_LOOP);

    /** Not a constant for the compiler, either. */
    private static final MethodHandle[] GATHERS = {loop("gatherRows", GATHER)};

    DoubleKernel() {
        super(ElementType.FLOAT64);
    }

    @Override
    Object memory(final ByteBuffer bytes) {
        return MEMORY.of(bytes);
    }

    @Override
    int lanes() {
        return LANES;
    }

    @Override
    void apply(
            final Formula formula,
            final double[] c,
            final Object[] memory,
            final int offset,
            final double[] g,
            final int gOffset,
            final int n) {
        try {
            LOOPS[formula.ordinal()].invokeExact(c, memory, offset, g, gOffset, n);
        } catch (final RuntimeException | Error e) {
            throw e;
        } catch (final Throwable e) {
            throw new AssertionError(e); // loops declare none
        }
    }

    @Override
    void applyToRows(
            final Formula formula,
            final double[] c,
            final Object[] memory,
            final int[] offsets,
            final double[] g,
            final int[] gOffsets,
            final int rows,
            final int n) {
        try {
            ROW_LOOPS[formula.ordinal()].invokeExact(c, memory, offsets, g, gOffsets, rows, n);
        } catch (final RuntimeException | Error e) {
            throw e;
        } catch (final Throwable e) {
            throw new AssertionError(e); // loops declare none
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
            final double[] into,
            final int index) {
        try {
            GATHERS[0].invokeExact(memory, offset, rows, from, to, n, into, index);
        } catch (final RuntimeException | Error e) {
            throw e;
        } catch (final Throwable e) {
            throw new AssertionError(e); // loops declare none
        }
    }

    @Override
    void applyToTail(
            final Formula formula,
            final double[] c,
            final Object[] memory,
            final int offset,
            final double[] g,
            final int gOffset,
            final int n,
            final double[] scratch) {
        for (int i = 0; i < LANES; i++) {
            scratch[i] = i < n ? g[gOffset + i] : 0;
        }
        apply(formula, c, memory, offset, scratch, 0, LANES);
    }

    private static MethodHandle[] loops(final String suffix, final MethodType type) {
        final MethodHandle[] loops = new MethodHandle[Formula.values().length];
        for (final Formula formula : Formula.values()) {
            final String name = switch (formula) {
                case ADD_SCALED -> "addScaled";
                case EMA -> "ema";
                case MOMENTUM -> "momentum";
                case NESTEROV -> "nesterov";
                case ROOT_SCALED -> "rootScaled";
                case ADAM -> "adam";
            };
            loops[formula.ordinal()] = loop(name + suffix, type);
        }
        return loops;
    }

    private static MethodHandle loop(final String name, final MethodType type) {
        try {
            return MethodHandles.lookup().findStatic(DoubleKernel.class, name, type);
        } catch (final ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private static DoubleVector constant(final double value) {
        return DoubleVector.broadcast(SPECIES, value);
    }

    private static DoubleVector load(final double[] g, final int index) {
        return DoubleVector.fromArray(SPECIES, g, index);
    }

    private static long position(final Object memory, final int offset, final int n) {
        return MEMORY.position(memory, offset, ((long) n + LANES - 1 & -LANES) * Double.BYTES); // whole vectors
    }

    private static DoubleVector load(final Object memory, final long position, final int at) {
        return MEMORY.doubles(memory, position, at);
    }

    private static void store(final DoubleVector vector, final Object memory, final long position, final int at) {
        MEMORY.store(vector, memory, position, at);
    }

    private static DoubleVector root(final DoubleVector x) {
        return x.lanewise(VectorOperators.SQRT);
    }

    private static void addScaled(
            final double[] c,
            final Object[] memory,
            final int offset,
            final double[] g,
            final int gOffset,
            final int n) {
        final Object w = memory[0];
        final long w0 = position(w, offset, n);
        final DoubleVector a = constant(c[0]);
        for (int i = 0; i < n; i += LANES) {
            final int at = i * Double.BYTES;
            store(load(w, w0, at).add(a.mul(load(g, gOffset + i))), w, w0, at);
        }
    }

    private static void ema(
            final double[] c,
            final Object[] memory,
            final int offset,
            final double[] g,
            final int gOffset,
            final int n) {
        final Object w = memory[0];
        final long w0 = position(w, offset, n);
        final DoubleVector a = constant(c[0]);
        final DoubleVector b = constant(c[1]);
        for (int i = 0; i < n; i += LANES) {
            final int at = i * Double.BYTES;
            store(a.mul(load(g, gOffset + i)).add(b.mul(load(w, w0, at))), w, w0, at);
        }
    }

    private static void momentum(
            final double[] c,
            final Object[] memory,
            final int offset,
            final double[] g,
            final int gOffset,
            final int n) {
        final Object w = memory[0];
        final long w0 = position(w, offset, n);
        final Object m = memory[1];
        final long m0 = position(m, offset, n);
        final DoubleVector a = constant(c[0]);
        final DoubleVector mu = constant(c[1]);
        for (int i = 0; i < n; i += LANES) {
            final int at = i * Double.BYTES;
            final DoubleVector velocity = mu.mul(load(m, m0, at)).add(load(g, gOffset + i));
            store(velocity, m, m0, at);
            store(load(w, w0, at).add(a.mul(velocity)), w, w0, at);
        }
    }

    private static void nesterov(
            final double[] c,
            final Object[] memory,
            final int offset,
            final double[] g,
            final int gOffset,
            final int n) {
        final Object w = memory[0];
        final long w0 = position(w, offset, n);
        final Object m = memory[1];
        final long m0 = position(m, offset, n);
        final DoubleVector a = constant(c[0]);
        final DoubleVector mu = constant(c[1]);
        for (int i = 0; i < n; i += LANES) {
            final int at = i * Double.BYTES;
            final DoubleVector gradient = load(g, gOffset + i);
            final DoubleVector velocity = mu.mul(load(m, m0, at)).add(gradient);
            store(velocity, m, m0, at);
            store(load(w, w0, at).add(a.mul(mu.mul(velocity).add(gradient))), w, w0, at);
        }
    }

    private static void rootScaled(
            final double[] c,
            final Object[] memory,
            final int offset,
            final double[] g,
            final int gOffset,
            final int n) {
        final Object w = memory[0];
        final long w0 = position(w, offset, n);
        final Object v = memory[1];
        final long v0 = position(v, offset, n);
        final DoubleVector a = constant(c[0]);
        final DoubleVector b = constant(c[1]);
        final DoubleVector c1 = constant(c[2]);
        final DoubleVector epsilon = constant(c[3]);
        for (int i = 0; i < n; i += LANES) {
            final int at = i * Double.BYTES;
            final DoubleVector gradient = load(g, gOffset + i);
            final DoubleVector v1 = b.mul(load(v, v0, at)).add(c1.mul(gradient).mul(gradient));
            store(v1, v, v0, at);
            store(load(w, w0, at).sub(a.mul(gradient).div(root(v1).add(epsilon))), w, w0, at);
        }
    }

    private static void adam(
            final double[] c,
            final Object[] memory,
            final int offset,
            final double[] g,
            final int gOffset,
            final int n) {
        final Object w = memory[0];
        final long w0 = position(w, offset, n);
        final Object m = memory[1];
        final long m0 = position(m, offset, n);
        final Object v = memory[2];
        final long v0 = position(v, offset, n);
        final DoubleVector a = constant(c[0]);
        final DoubleVector b1 = constant(c[1]);
        final DoubleVector c1 = constant(c[2]);
        final DoubleVector b2 = constant(c[3]);
        final DoubleVector c2 = constant(c[4]);
        final DoubleVector r = constant(c[5]);
        final DoubleVector epsilon = constant(c[6]);
        final DoubleVector kept = constant(c[7]);
        for (int i = 0; i < n; i += LANES) {
            final int at = i * Double.BYTES;
            final DoubleVector gradient = load(g, gOffset + i);
            final DoubleVector m1 = b1.mul(load(m, m0, at)).add(c1.mul(gradient));
            final DoubleVector v1 = b2.mul(load(v, v0, at)).add(c2.mul(gradient).mul(gradient));
            store(m1, m, m0, at);
            store(v1, v, v0, at);
            store(kept.mul(load(w, w0, at)).sub(a.mul(m1).div(root(r.mul(v1)).add(epsilon))), w, w0, at);
        }
    }

    private static void addScaledRows(
            final double[] c,
            final Object[] memory,
            final int[] offsets,
            final double[] g,
            final int[] gOffsets,
            final int rows,
            final int n) {
        for (int r = 0; r < rows; r++) {
            addScaled(c, memory, offsets[r], g, gOffsets[r], n);
        }
    }

    private static void emaRows(
            final double[] c,
            final Object[] memory,
            final int[] offsets,
            final double[] g,
            final int[] gOffsets,
            final int rows,
            final int n) {
        for (int r = 0; r < rows; r++) {
            ema(c, memory, offsets[r], g, gOffsets[r], n);
        }
    }

    private static void momentumRows(
            final double[] c,
            final Object[] memory,
            final int[] offsets,
            final double[] g,
            final int[] gOffsets,
            final int rows,
            final int n) {
        for (int r = 0; r < rows; r++) {
            momentum(c, memory, offsets[r], g, gOffsets[r], n);
        }
    }

    private static void nesterovRows(
            final double[] c,
            final Object[] memory,
            final int[] offsets,
            final double[] g,
            final int[] gOffsets,
            final int rows,
            final int n) {
        for (int r = 0; r < rows; r++) {
            nesterov(c, memory, offsets[r], g, gOffsets[r], n);
        }
    }

    private static void rootScaledRows(
            final double[] c,
            final Object[] memory,
            final int[] offsets,
            final double[] g,
            final int[] gOffsets,
            final int rows,
            final int n) {
        for (int r = 0; r < rows; r++) {
            rootScaled(c, memory, offsets[r], g, gOffsets[r], n);
        }
    }

    private static void adamRows(
            final double[] c,
            final Object[] memory,
            final int[] offsets,
            final double[] g,
            final int[] gOffsets,
            final int rows,
            final int n) {
        for (int r = 0; r < rows; r++) {
            adam(c, memory, offsets[r], g, gOffsets[r], n);
        }
    }

    private static void gatherRows(
            final Object memory,
            final int offset,
            final int[] rows,
            final int from,
            final int to,
            final int n,
            final double[] into,
            final int index) {
        int next = index;
        for (int r = from; r < to; r++) {
            final long row = position(memory, offset + rows[r] * n * Double.BYTES, n);
            for (int i = 0; i < n; i += LANES) {
                load(memory, row, i * Double.BYTES).intoArray(into, next + i);
            }
            next += n;
        }
    }
}
