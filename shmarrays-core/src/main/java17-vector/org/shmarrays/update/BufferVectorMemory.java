package org.shmarrays.update;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;

/** Vectors from and to byte buffers: Java 17 to 20. */
final class BufferVectorMemory extends VectorMemory {
    private static final ByteOrder NATIVE = ByteOrder.nativeOrder();

    BufferVectorMemory() {}

    @Override
    Object of(final ByteBuffer bytes) {
        return bytes;
    }

    @Override
    FloatVector floats(final Object memory, final int offset) {
        return FloatVector.fromByteBuffer(FloatVector.SPECIES_PREFERRED, (ByteBuffer) memory, offset, NATIVE);
    }

    @Override
    DoubleVector doubles(final Object memory, final int offset) {
        return DoubleVector.fromByteBuffer(DoubleVector.SPECIES_PREFERRED, (ByteBuffer) memory, offset, NATIVE);
    }

    @Override
    void store(final FloatVector vector, final Object memory, final int offset) {
        vector.intoByteBuffer((ByteBuffer) memory, offset, NATIVE);
    }

    @Override
    void store(final DoubleVector vector, final Object memory, final int offset) {
        vector.intoByteBuffer((ByteBuffer) memory, offset, NATIVE);
    }
}
