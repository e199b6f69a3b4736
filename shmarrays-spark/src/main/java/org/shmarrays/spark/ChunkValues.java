package org.shmarrays.spark;

import java.io.Serializable;
import java.util.Arrays;

/** Values of a chunk as they travel: in float, or in double for float64 arrays. */
sealed interface ChunkValues extends Serializable {
    int count();

    /** The values themselves: float[] or double[]. */
    Object carrier();

    /** Adds these, each multiplied by a weight. */
    void addTo(double[] sums, double weight);

    /** Sums of one addition are these values. */
    default double[] toDoubles() {
        final double[] values = new double[count()];
        addTo(values, 1);
        return values;
    }

    /** Such values, rounded from double. */
    ChunkValues rounded(double[] values);

    /**
     * Copies them into an array of the carrier's type.
     *
     * @param into float[] or double[]
     */
    void copyInto(Object into, int index);

    /** Index of the first value that is not finite, or -1. */
    int firstNonFinite();

    /**
     * A copy of a part of an array.
     *
     * @param from float[] or double[]
     */
    static ChunkValues copyOf(final Object from, final int first, final int count) {
        return from instanceof float[] floats
                ? new Floats(Arrays.copyOfRange(floats, first, first + count))
                : new Doubles(Arrays.copyOfRange((double[]) from, first, first + count));
    }

    /** Values in float. */
    record Floats(float[] values) implements ChunkValues {
        @Override
        public int count() {
            return values.length;
        }

        @Override
        public Object carrier() {
            return values;
        }

        @Override
        public void addTo(final double[] sums, final double weight) {
            for (int i = 0; i < sums.length; i++) {
                sums[i] += weight * values[i];
            }
        }

        @Override
        public ChunkValues rounded(final double[] from) {
            final float[] floats = new float[from.length];
            for (int i = 0; i < floats.length; i++) {
                floats[i] = (float) from[i];
            }
            return new Floats(floats);
        }

        @Override
        public void copyInto(final Object into, final int index) {
            System.arraycopy(values, 0, into, index, values.length);
        }

        @Override
        public int firstNonFinite() {
            for (int i = 0; i < values.length; i++) {
                if (!Float.isFinite(values[i])) {
                    return i;
                }
            }
            return -1;
        }
    }

    /** Values in double. */
    record Doubles(double[] values) implements ChunkValues {
        @Override
        public int count() {
            return values.length;
        }

        @Override
        public Object carrier() {
            return values;
        }

        @Override
        public void addTo(final double[] sums, final double weight) {
            for (int i = 0; i < sums.length; i++) {
                sums[i] += weight * values[i];
            }
        }

        @Override
        public ChunkValues rounded(final double[] from) {
            return new Doubles(from.clone());
        }

        @Override
        public void copyInto(final Object into, final int index) {
            System.arraycopy(values, 0, into, index, values.length);
        }

        @Override
        public int firstNonFinite() {
            for (int i = 0; i < values.length; i++) {
                if (!Double.isFinite(values[i])) {
                    return i;
                }
            }
            return -1;
        }
    }
}
