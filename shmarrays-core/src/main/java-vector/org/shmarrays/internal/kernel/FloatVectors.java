package org.shmarrays.internal.kernel;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Vectors of float32, in mapped memory and in arrays: what the loops of the formulas share.
 *
 * <p>A formula has loops of its own, and the loops of two types share no method: C2 keeps vectors in registers only
 * where it knows their class, which it learns from what it has seen at this very call.
 */
final class FloatVectors {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;

    /** Elements of a vector. */
    static final int LANES = SPECIES.length();

    private static final VectorMemory MEMORY = VectorMemory.INSTANCE;

    private FloatVectors() {}

    static FloatVector constant(final double value) {
        return FloatVector.broadcast(SPECIES, (float) value);
    }

    static FloatVector load(final float[] g, final int index) {
        return FloatVector.fromArray(SPECIES, g, index);
    }

    /** The position of n elements, rounded up to whole vectors. */
    static long position(final Object memory, final int offset, final int n) {
        return MEMORY.position(memory, offset, ((long) n + LANES - 1 & -LANES) * Float.BYTES); // whole vectors
    }

    /** The position of byte 0, so that each of the runs lies at its offset from there. */
    static long origin(final Object memory, final long extent, final int n) {
        final int least = Kernel.least(extent);
        final int span = Kernel.greatest(extent) / Float.BYTES - least / Float.BYTES;
        return position(memory, least, span + n) - least;
    }

    static FloatVector load(final Object memory, final long position, final int at) {
        return MEMORY.floats(memory, position, at);
    }

    static void store(final FloatVector vector, final Object memory, final long position, final int at) {
        MEMORY.store(vector, memory, position, at);
    }

    static FloatVector root(final FloatVector x) {
        return x.lanewise(VectorOperators.SQRT);
    }

    /** Copies rows, as {@link Kernel#gather} says. */
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
