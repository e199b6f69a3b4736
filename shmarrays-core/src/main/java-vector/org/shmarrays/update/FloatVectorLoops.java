package org.shmarrays.update;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * The formulas on vectors of float32: each lane is computed as {@link FloatLoops} computes an element, operation by
 * operation, so that it comes out the same to the bit. Parameters are those of {@link Kernel}.
 *
 * <p>Each formula has a loop of its own, and shares no method with {@link DoubleVectorLoops}: C2 keeps vectors in registers only where it knows their
 * class, which it learns from what it has seen at this very call.
 */
final class FloatVectorLoops {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;

    /** Elements of a vector. */
    static final int LANES = SPECIES.length();

    private static final VectorMemory MEMORY = VectorMemory.INSTANCE;

    private FloatVectorLoops() {}

    private static FloatVector constant(final double value) {
        return FloatVector.broadcast(SPECIES, (float) value);
    }

    private static FloatVector load(final float[] g, final int index) {
        return FloatVector.fromArray(SPECIES, g, index);
    }

    private static long position(final Object memory, final int offset, final int n) {
        return MEMORY.position(memory, offset, ((long) n + LANES - 1 & -LANES) * Float.BYTES); // whole vectors
    }

    /** The position of byte 0, behind which each of the runs lies in the memory. */
    private static long origin(final Object memory, final long extent, final int n) {
        final int least = Kernel.least(extent);
        final int span = Kernel.greatest(extent) / Float.BYTES - least / Float.BYTES;
        return position(memory, least, span + n) - least;
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

    static void addScaled(
            final double[] c,
            final Object[] memory,
            final int offset,
            final float[] g,
            final int gOffset,
            final int n) {
        final Object w = memory[0];
        final long w0 = position(w, offset, n);
        final FloatVector a = constant(c[0]);
        for (int i = 0; i < n; i += LANES) {
            final int at = i * Float.BYTES;
            store(load(w, w0, at).add(a.mul(load(g, gOffset + i))), w, w0, at);
        }
    }

    static void addScaledRuns(
            final double[] c,
            final Object[] memory,
            final int[] offsets,
            final float[] g,
            final int[] gOffsets,
            final int runs,
            final int n) {
        final Object w = memory[0];
        final long extent = Kernel.extent(offsets, runs);
        final long w0 = origin(w, extent, n);
        final FloatVector a = constant(c[0]);
        for (int run = 0; run < runs; run++) {
            final int from = offsets[run];
            final int first = gOffsets[run];
            for (int i = 0; i < n; i += LANES) {
                final int at = from + i * Float.BYTES;
                store(load(w, w0, at).add(a.mul(load(g, first + i))), w, w0, at);
            }
        }
    }

    static void ema(
            final double[] c,
            final Object[] memory,
            final int offset,
            final float[] g,
            final int gOffset,
            final int n) {
        final Object w = memory[0];
        final long w0 = position(w, offset, n);
        final FloatVector a = constant(c[0]);
        final FloatVector b = constant(c[1]);
        for (int i = 0; i < n; i += LANES) {
            final int at = i * Float.BYTES;
            store(a.mul(load(g, gOffset + i)).add(b.mul(load(w, w0, at))), w, w0, at);
        }
    }

    static void emaRuns(
            final double[] c,
            final Object[] memory,
            final int[] offsets,
            final float[] g,
            final int[] gOffsets,
            final int runs,
            final int n) {
        final Object w = memory[0];
        final long extent = Kernel.extent(offsets, runs);
        final long w0 = origin(w, extent, n);
        final FloatVector a = constant(c[0]);
        final FloatVector b = constant(c[1]);
        for (int run = 0; run < runs; run++) {
            final int from = offsets[run];
            final int first = gOffsets[run];
            for (int i = 0; i < n; i += LANES) {
                final int at = from + i * Float.BYTES;
                store(a.mul(load(g, first + i)).add(b.mul(load(w, w0, at))), w, w0, at);
            }
        }
    }

    static void momentum(
            final double[] c,
            final Object[] memory,
            final int offset,
            final float[] g,
            final int gOffset,
            final int n) {
        final Object w = memory[0];
        final long w0 = position(w, offset, n);
        final Object m = memory[1];
        final long m0 = position(m, offset, n);
        final FloatVector a = constant(c[0]);
        final FloatVector mu = constant(c[1]);
        for (int i = 0; i < n; i += LANES) {
            final int at = i * Float.BYTES;
            final FloatVector velocity = mu.mul(load(m, m0, at)).add(load(g, gOffset + i));
            store(velocity, m, m0, at);
            store(load(w, w0, at).add(a.mul(velocity)), w, w0, at);
        }
    }

    static void momentumRuns(
            final double[] c,
            final Object[] memory,
            final int[] offsets,
            final float[] g,
            final int[] gOffsets,
            final int runs,
            final int n) {
        final Object w = memory[0];
        final long extent = Kernel.extent(offsets, runs);
        final long w0 = origin(w, extent, n);
        final Object m = memory[1];
        final long m0 = origin(m, extent, n);
        final FloatVector a = constant(c[0]);
        final FloatVector mu = constant(c[1]);
        for (int run = 0; run < runs; run++) {
            final int from = offsets[run];
            final int first = gOffsets[run];
            for (int i = 0; i < n; i += LANES) {
                final int at = from + i * Float.BYTES;
                final FloatVector velocity = mu.mul(load(m, m0, at)).add(load(g, first + i));
                store(velocity, m, m0, at);
                store(load(w, w0, at).add(a.mul(velocity)), w, w0, at);
            }
        }
    }

    static void nesterov(
            final double[] c,
            final Object[] memory,
            final int offset,
            final float[] g,
            final int gOffset,
            final int n) {
        final Object w = memory[0];
        final long w0 = position(w, offset, n);
        final Object m = memory[1];
        final long m0 = position(m, offset, n);
        final FloatVector a = constant(c[0]);
        final FloatVector mu = constant(c[1]);
        for (int i = 0; i < n; i += LANES) {
            final int at = i * Float.BYTES;
            final FloatVector gradient = load(g, gOffset + i);
            final FloatVector velocity = mu.mul(load(m, m0, at)).add(gradient);
            store(velocity, m, m0, at);
            store(load(w, w0, at).add(a.mul(mu.mul(velocity).add(gradient))), w, w0, at);
        }
    }

    static void nesterovRuns(
            final double[] c,
            final Object[] memory,
            final int[] offsets,
            final float[] g,
            final int[] gOffsets,
            final int runs,
            final int n) {
        final Object w = memory[0];
        final long extent = Kernel.extent(offsets, runs);
        final long w0 = origin(w, extent, n);
        final Object m = memory[1];
        final long m0 = origin(m, extent, n);
        final FloatVector a = constant(c[0]);
        final FloatVector mu = constant(c[1]);
        for (int run = 0; run < runs; run++) {
            final int from = offsets[run];
            final int first = gOffsets[run];
            for (int i = 0; i < n; i += LANES) {
                final int at = from + i * Float.BYTES;
                final FloatVector gradient = load(g, first + i);
                final FloatVector velocity = mu.mul(load(m, m0, at)).add(gradient);
                store(velocity, m, m0, at);
                store(load(w, w0, at).add(a.mul(mu.mul(velocity).add(gradient))), w, w0, at);
            }
        }
    }

    static void rootScaled(
            final double[] c,
            final Object[] memory,
            final int offset,
            final float[] g,
            final int gOffset,
            final int n) {
        final Object w = memory[0];
        final long w0 = position(w, offset, n);
        final Object v = memory[1];
        final long v0 = position(v, offset, n);
        final FloatVector a = constant(c[0]);
        final FloatVector b = constant(c[1]);
        final FloatVector c1 = constant(c[2]);
        final FloatVector epsilon = constant(c[3]);
        for (int i = 0; i < n; i += LANES) {
            final int at = i * Float.BYTES;
            final FloatVector gradient = load(g, gOffset + i);
            final FloatVector v1 = b.mul(load(v, v0, at)).add(c1.mul(gradient).mul(gradient));
            store(v1, v, v0, at);
            store(load(w, w0, at).sub(a.mul(gradient).div(root(v1).add(epsilon))), w, w0, at);
        }
    }

    static void rootScaledRuns(
            final double[] c,
            final Object[] memory,
            final int[] offsets,
            final float[] g,
            final int[] gOffsets,
            final int runs,
            final int n) {
        final Object w = memory[0];
        final long extent = Kernel.extent(offsets, runs);
        final long w0 = origin(w, extent, n);
        final Object v = memory[1];
        final long v0 = origin(v, extent, n);
        final FloatVector a = constant(c[0]);
        final FloatVector b = constant(c[1]);
        final FloatVector c1 = constant(c[2]);
        final FloatVector epsilon = constant(c[3]);
        for (int run = 0; run < runs; run++) {
            final int from = offsets[run];
            final int first = gOffsets[run];
            for (int i = 0; i < n; i += LANES) {
                final int at = from + i * Float.BYTES;
                final FloatVector gradient = load(g, first + i);
                final FloatVector v1 =
                        b.mul(load(v, v0, at)).add(c1.mul(gradient).mul(gradient));
                store(v1, v, v0, at);
                store(load(w, w0, at).sub(a.mul(gradient).div(root(v1).add(epsilon))), w, w0, at);
            }
        }
    }

    static void adam(
            final double[] c,
            final Object[] memory,
            final int offset,
            final float[] g,
            final int gOffset,
            final int n) {
        final Object w = memory[0];
        final long w0 = position(w, offset, n);
        final Object m = memory[1];
        final long m0 = position(m, offset, n);
        final Object v = memory[2];
        final long v0 = position(v, offset, n);
        final FloatVector a = constant(c[0]);
        final FloatVector b1 = constant(c[1]);
        final FloatVector c1 = constant(c[2]);
        final FloatVector b2 = constant(c[3]);
        final FloatVector c2 = constant(c[4]);
        final FloatVector r = constant(c[5]);
        final FloatVector epsilon = constant(c[6]);
        final FloatVector kept = constant(c[7]);
        for (int i = 0; i < n; i += LANES) {
            final int at = i * Float.BYTES;
            final FloatVector gradient = load(g, gOffset + i);
            final FloatVector m1 = b1.mul(load(m, m0, at)).add(c1.mul(gradient));
            final FloatVector v1 = b2.mul(load(v, v0, at)).add(c2.mul(gradient).mul(gradient));
            store(m1, m, m0, at);
            store(v1, v, v0, at);
            store(kept.mul(load(w, w0, at)).sub(a.mul(m1).div(root(r.mul(v1)).add(epsilon))), w, w0, at);
        }
    }

    static void adamRuns(
            final double[] c,
            final Object[] memory,
            final int[] offsets,
            final float[] g,
            final int[] gOffsets,
            final int runs,
            final int n) {
        final Object w = memory[0];
        final long extent = Kernel.extent(offsets, runs);
        final long w0 = origin(w, extent, n);
        final Object m = memory[1];
        final long m0 = origin(m, extent, n);
        final Object v = memory[2];
        final long v0 = origin(v, extent, n);
        final FloatVector a = constant(c[0]);
        final FloatVector b1 = constant(c[1]);
        final FloatVector c1 = constant(c[2]);
        final FloatVector b2 = constant(c[3]);
        final FloatVector c2 = constant(c[4]);
        final FloatVector r = constant(c[5]);
        final FloatVector epsilon = constant(c[6]);
        final FloatVector kept = constant(c[7]);
        for (int run = 0; run < runs; run++) {
            final int from = offsets[run];
            final int first = gOffsets[run];
            for (int i = 0; i < n; i += LANES) {
                final int at = from + i * Float.BYTES;
                final FloatVector gradient = load(g, first + i);
                final FloatVector m1 = b1.mul(load(m, m0, at)).add(c1.mul(gradient));
                final FloatVector v1 =
                        b2.mul(load(v, v0, at)).add(c2.mul(gradient).mul(gradient));
                store(m1, m, m0, at);
                store(v1, v, v0, at);
                store(
                        kept.mul(load(w, w0, at))
                                .sub(a.mul(m1).div(root(r.mul(v1)).add(epsilon))),
                        w,
                        w0,
                        at);
            }
        }
    }

    static void gatherRows(
            final Object memory,
            final int offset,
            final int[] rows,
            final int from,
            final int to,
            final int n,
            final float[] into,
            final int index) {
        int next = index;
        for (int r = from; r < to; r++) {
            final long row = position(memory, offset + rows[r] * n * Float.BYTES, n);
            for (int i = 0; i < n; i += LANES) {
                load(memory, row, i * Float.BYTES).intoArray(into, next + i);
            }
            next += n;
        }
    }
}
