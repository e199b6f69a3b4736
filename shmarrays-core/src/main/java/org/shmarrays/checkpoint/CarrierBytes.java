package org.shmarrays.checkpoint;

import java.lang.reflect.Array;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.shmarrays.internal.kernel.ElementAccess;
import org.shmarrays.internal.kernel.ElementAccesses;
import org.shmarrays.layout.ArraySpec;

/** A Java array of values as bytes in native order. */
final class CarrierBytes {
    private CarrierBytes() {}

    static byte[] of(final ArraySpec spec, final Object values) {
        check(spec, values);
        if (!ElementAccesses.of(spec.elementType()).isStoredAsCarried()) {
            throw new IllegalArgumentException("16-bit types can't be exported: " + spec);
        }
        return of(values);
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

    /** Copies bytes of a type's elements into its carrier, from an index of it on. */
    static <A> void copy(
            final ElementAccess<A> access,
            final byte[] bytes,
            final int offset,
            final int length,
            final Object into,
            final int index) {
        final ByteBuffer from = ByteBuffer.wrap(bytes, offset, length).order(ByteOrder.nativeOrder());
        access.decode(from, access.carrier(into), index);
    }

    private static ByteBuffer allocate(final int count, final int elementBytes) {
        return ByteBuffer.allocate(Math.multiplyExact(count, elementBytes)).order(ByteOrder.nativeOrder());
    }
}
