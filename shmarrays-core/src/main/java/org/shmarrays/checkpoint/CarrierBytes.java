package org.shmarrays.checkpoint;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.shmarrays.layout.ArraySpec;

/** A Java array of values as bytes in native order. */
final class CarrierBytes {
    private CarrierBytes() {}

    static byte[] of(final ArraySpec spec, final Object values) {
        final ByteBuffer bytes = ByteBuffer.allocate(spec.lengthBytes()).order(ByteOrder.nativeOrder());
        if (!spec.elementType().carrier().isInstance(values)
                || java.lang.reflect.Array.getLength(values) != spec.elementCount()) {
            throw new IllegalArgumentException("the values don't match the specification: " + spec);
        }
        switch (spec.elementType()) {
            case FLOAT32 -> bytes.asFloatBuffer().put((float[]) values);
            case FLOAT64 -> bytes.asDoubleBuffer().put((double[]) values);
            case INT32 -> bytes.asIntBuffer().put((int[]) values);
            case INT64 -> bytes.asLongBuffer().put((long[]) values);
            case FLOAT16, BFLOAT16 -> throw new IllegalArgumentException("16-bit types can't be exported: " + spec);
        }
        return bytes.array();
    }
}
