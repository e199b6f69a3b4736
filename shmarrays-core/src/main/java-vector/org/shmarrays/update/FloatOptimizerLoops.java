package org.shmarrays.update;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * The formulas of {@link OptimizerFormula} on vectors of float32, operation by operation and in that order. Parameters
 * are those of {@link Kernel#compute}. Each formula has a loop of its own, as in {@link FloatVectorLoops}.
 */
final class FloatOptimizerLoops {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final int LANES = SPECIES.length();
    private static final VectorMemory MEMORY = VectorMemory.INSTANCE;

    private FloatOptimizerLoops() {}

    private static FloatVector constant(final double value) {
        return FloatVector.broadcast(SPECIES, (float) value);
    }

    private static long position(final Object memory, final int offset, final int n) {
        return MEMORY.position(memory, offset, (long) n * Float.BYTES);
    }

    private static FloatVector load(final Object memory, final long position, final int at) {
        return MEMORY.floats(memory, position, at);
    }

    private static void store(final FloatVector vector, final Object memory, final long position, final int at) {
        MEMORY.store(vector, memory, position, at);
    }

    private static FloatVector root(final FloatVector x) {
        return x.lanewise(VectorOperators.SQRT);
    }

    static void addScaled(final double[] c, final Object[] memory, final int offset, final int n) {
        final Object x = memory[0];
        final long x0 = position(x, offset, n);
        final Object y = memory[1];
        final long y0 = position(y, offset, n);
        final FloatVector a = constant(c[0]);
        for (int i = 0; i < n; i += LANES) {
            final int at = i * Float.BYTES;
            store(load(x, x0, at).add(a.mul(load(y, y0, at))), x, x0, at);
        }
    }

    static void scaled(final double[] c, final Object[] memory, final int offset, final int n) {
        final Object g = memory[0];
        final long g0 = position(g, offset, n);
        final FloatVector a = constant(c[0]);
        for (int i = 0; i < n; i += LANES) {
            final int at = i * Float.BYTES;
            store(load(g, g0, at).mul(a), g, g0, at);
        }
    }

    static void nesterovs(final double[] c, final Object[] memory, final int offset, final int n) {
        final Object g = memory[0];
        final long g0 = position(g, offset, n);
        final Object v = memory[1];
        final long v0 = position(v, offset, n);
        final FloatVector a = constant(c[0]);
        final FloatVector mu = constant(c[1]);
        final FloatVector k = constant(c[2]);
        for (int i = 0; i < n; i += LANES) {
            final int at = i * Float.BYTES;
            final FloatVector previous = mu.mul(load(v, v0, at));
            final FloatVector velocity = previous.sub(a.mul(load(g, g0, at)));
            store(velocity, v, v0, at);
            store(previous.add(k.mul(velocity)), g, g0, at);
        }
    }

    static void rootScaled(final double[] c, final Object[] memory, final int offset, final int n) {
        final Object g = memory[0];
        final long g0 = position(g, offset, n);
        final Object v = memory[1];
        final long v0 = position(v, offset, n);
        final FloatVector a = constant(c[0]);
        final FloatVector b = constant(c[1]);
        final FloatVector c1 = constant(c[2]);
        final FloatVector epsilon = constant(c[3]);
        for (int i = 0; i < n; i += LANES) {
            final int at = i * Float.BYTES;
            final FloatVector gradient = load(g, g0, at);
            final FloatVector v1 =
                    load(v, v0, at).mul(b).add(gradient.mul(gradient).mul(c1));
            store(v1, v, v0, at);
            store(a.mul(gradient).div(root(v1).add(epsilon)), g, g0, at);
        }
    }

    static void adam(final double[] c, final Object[] memory, final int offset, final int n) {
        final Object g = memory[0];
        final long g0 = position(g, offset, n);
        final Object m = memory[1];
        final long m0 = position(m, offset, n);
        final Object v = memory[2];
        final long v0 = position(v, offset, n);
        final FloatVector a = constant(c[0]);
        final FloatVector b1 = constant(c[1]);
        final FloatVector c1 = constant(c[2]);
        final FloatVector b2 = constant(c[3]);
        final FloatVector c2 = constant(c[4]);
        final FloatVector epsilon = constant(c[5]);
        for (int i = 0; i < n; i += LANES) {
            final int at = i * Float.BYTES;
            final FloatVector gradient = load(g, g0, at);
            final FloatVector m1 = b1.mul(load(m, m0, at)).add(gradient.mul(c1));
            final FloatVector v1 =
                    b2.mul(load(v, v0, at)).add(gradient.mul(gradient).mul(c2));
            store(m1, m, m0, at);
            store(v1, v, v0, at);
            store(m1.mul(a).div(root(v1).add(epsilon)), g, g0, at);
        }
    }
}
