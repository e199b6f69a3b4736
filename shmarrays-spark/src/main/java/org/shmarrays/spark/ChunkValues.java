package org.shmarrays.spark;

import com.esotericsoftware.kryo.DefaultSerializer;
import com.esotericsoftware.kryo.serializers.JavaSerializer;
import java.io.Serializable;
import java.util.Arrays;

/** Values of a chunk as they travel: in float, or in double for float64 arrays. */
sealed interface ChunkValues extends Serializable {
    int count();

    /** Length of the values. */
    long lengthBytes();

    /** The values themselves: float[] or double[]. */
    Object carrier();

    /** Adds some of these, each multiplied by a weight. */
    void addTo(double[] sums, int index, int from, int count, double weight);

    /** A copy of these. */
    double[] toDoubles();

    /** Such values, rounded from double. */
    ChunkValues rounded(double[] values);

    /**
     * Copies them into an array of the carrier's type.
     *
     * @param into float[] or double[]
     */
    default void copyInto(final Object into, final int index) {
        copyInto(0, into, index, count());
    }

    /** {@link #copyInto(Object, int)} for some of them. */
    default void copyInto(final int from, final Object into, final int index, final int count) {
        System.arraycopy(carrier(), from, into, index, count);
    }

    /** A copy of the carrier. */
    Object copy();

    /** A new array of the carrier's type. */
    Object zeros(int count);

    /** Index of the first value that is not finite, or -1. */
    int firstNonFinite();

    /**
     * The values of an array, which is not copied.
     *
     * @param carrier float[] or double[]
     */
    static ChunkValues of(final Object carrier) {
        return carrier instanceof float[] floats ? new Floats(floats) : new Doubles((double[]) carrier);
    }

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

    /**
     * A copy of rows of an array.
     *
     * @param from float[] or double[]
     * @param first where row 0 begins
     */
    static ChunkValues copyOfRows(final Object from, final int first, final int[] rows, final int rowLength) {
        final int count = rows.length * rowLength;
        final Object copy = from instanceof float[] ? new float[count] : new double[count];
        for (int i = 0; i < rows.length; i++) {
            System.arraycopy(from, first + rows[i] * rowLength, copy, i * rowLength, rowLength);
        }
        return of(copy);
    }

    /** Values in float. */
    @DefaultSerializer(JavaSerializer.class)
    record Floats(float[] values) implements ChunkValues {
        @Override
        public int count() {
            return values.length;
        }

        @Override
        public long lengthBytes() {
            return (long) Float.BYTES * values.length;
        }

        @Override
        public Object carrier() {
            return values;
        }

        @Override
        public void addTo(final double[] sums, final int index, final int from, final int count, final double weight) {
            for (int i = 0; i < count; i++) {
                sums[index + i] += weight * values[from + i];
            }
        }

        @Override
        public double[] toDoubles() {
            final double[] doubles = new double[values.length];
            for (int i = 0; i < doubles.length; i++) {
                doubles[i] = values[i];
            }
            return doubles;
        }

        @Override
        public Object copy() {
            return values.clone();
        }

        @Override
        public Object zeros(final int count) {
            return new float[count];
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
    @DefaultSerializer(JavaSerializer.class)
    record Doubles(double[] values) implements ChunkValues {
        @Override
        public int count() {
            return values.length;
        }

        @Override
        public long lengthBytes() {
            return (long) Double.BYTES * values.length;
        }

        @Override
        public Object carrier() {
            return values;
        }

        @Override
        public void addTo(final double[] sums, final int index, final int from, final int count, final double weight) {
            for (int i = 0; i < count; i++) {
                sums[index + i] += weight * values[from + i];
            }
        }

        @Override
        public double[] toDoubles() {
            return values.clone();
        }

        @Override
        public Object copy() {
            return values.clone();
        }

        @Override
        public Object zeros(final int count) {
            return new double[count];
        }

        @Override
        public ChunkValues rounded(final double[] from) {
            return new Doubles(from.clone());
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
