package org.shmarrays.internal.kernel;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;

/** Vectors from and to memory segments: Java 25 and newer. */
final class SegmentVectorMemory extends VectorMemory {
    private static final ByteOrder NATIVE = ByteOrder.nativeOrder();

    SegmentVectorMemory() {}

    @Override
    Object of(final ByteBuffer bytes) {
        return MemorySegment.ofBuffer(bytes);
    }

    @Override
    long position(final Object memory, final int offset, final long lengthBytes) {
        return offset;
    }

    @Override
    FloatVector floats(final Object memory, final long position, final int at) {
        return FloatVector.fromMemorySegment(
                FloatVector.SPECIES_PREFERRED, (MemorySegment) memory, (int) position + at, NATIVE);
    }

    @Override
    DoubleVector doubles(final Object memory, final long position, final int at) {
        return DoubleVector.fromMemorySegment(
                DoubleVector.SPECIES_PREFERRED, (MemorySegment) memory, (int) position + at, NATIVE);
    }

    @Override
    void store(final FloatVector vector, final Object memory, final long position, final int at) {
        vector.intoMemorySegment((MemorySegment) memory, (int) position + at, NATIVE);
    }

    @Override
    void store(final DoubleVector vector, final Object memory, final long position, final int at) {
        vector.intoMemorySegment((MemorySegment) memory, (int) position + at, NATIVE);
    }
}
