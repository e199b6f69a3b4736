package org.shmarrays.checkpoint;

import java.lang.reflect.Array;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.shmarrays.internal.kernel.HalfPrecision;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.ElementType;

/** A Java array of values as bytes in native order. */
final class CarrierBytes {
    private CarrierBytes() {}

    static byte[] of(final ArraySpec spec, final Object values) {
        check(spec, values);
        return switch (spec.elementType()) {
            case FLOAT32, FLOAT64, INT32, INT64 -> of(values);
            case FLOAT16, BFLOAT16 -> throw new IllegalArgumentException("16-bit types can't be exported: " + spec);
        };
    }

    /** Throws unless the values can be those of an array. */
    static void check(final ArraySpec spec, final Object values) {
        if (!spec.elementType().carrier().isInstance(values) || Array.getLength(values) != spec.elementCount()) {
            throw new IllegalArgumentException("the values don't match the specification: " + spec);
        }
    }

    /** Of a float[], double[], int[] or long[]. */
    static byte[] of(final Object values) {
        final int count = Array.getLength(values);
        if (values instanceof float[] floats) {
            final ByteBuffer bytes = allocate(count, Float.BYTES);
            bytes.asFloatBuffer().put(floats);
            return bytes.array();
        }
        if (values instanceof double[] doubles) {
            final ByteBuffer bytes = allocate(count, Double.BYTES);
            bytes.asDoubleBuffer().put(doubles);
            return bytes.array();
        }
        if (values instanceof int[] ints) {
            final ByteBuffer bytes = allocate(count, Integer.BYTES);
            bytes.asIntBuffer().put(ints);
            return bytes.array();
        }
        final ByteBuffer bytes = allocate(count, Long.BYTES);
        bytes.asLongBuffer().put((long[]) values);
        return bytes.array();
    }

    /**
     * Copies bytes into a float[], double[], int[] or long[], from an index of it on.
     *
     * @param type of the bytes' elements; 16-bit ones become floats
     */
    static void copy(
            final ElementType type,
            final byte[] bytes,
            final int offset,
            final int length,
            final Object into,
            final int index) {
        final ByteBuffer from = ByteBuffer.wrap(bytes, offset, length).order(ByteOrder.nativeOrder());
        switch (type) {
            case FLOAT32 -> from.asFloatBuffer().get((float[]) into, index, length / Float.BYTES);
            case FLOAT64 -> from.asDoubleBuffer().get((double[]) into, index, length / Double.BYTES);
            case INT32 -> from.asIntBuffer().get((int[]) into, index, length / Integer.BYTES);
            case INT64 -> from.asLongBuffer().get((long[]) into, index, length / Long.BYTES);
            case FLOAT16, BFLOAT16 -> {
                final float[] floats = (float[]) into;
                for (int i = index; from.hasRemaining(); i++) {
                    final short bits = from.getShort();
                    floats[i] =
                            type == ElementType.FLOAT16 ? HalfPrecision.fromHalf(bits) : HalfPrecision.fromBfloat(bits);
                }
            }
        }
    }

    private static ByteBuffer allocate(final int count, final int elementBytes) {
        return ByteBuffer.allocate(Math.multiplyExact(count, elementBytes)).order(ByteOrder.nativeOrder());
    }
}
