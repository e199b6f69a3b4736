package org.shmarrays.internal.kernel;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.ReadOnlyBufferException;
import java.util.Objects;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.internal.vm.vector.VectorSupport;
import org.agrona.BufferUtil;

/**
 * Vectors from and to addresses: Java 17. They are loaded and stored by what the Vector API itself is made of. Its
 * methods over byte buffers go there too, behind checks of the buffer's limit, scope and address that C2 repeats at
 * each access where a loop stores; here a run's bounds are checked once.
 *
 * <p>What is passed besides the address, the buffer, offset and operation, is for the interpreter and C1; C2 leaves
 * it out.
 */
final class AddressVectorMemory extends VectorMemory {
    private static final int FEATURE_VERSION = 17;
    private static final String PACKAGE = "jdk.internal.vm.vector";
    private static final ByteOrder NATIVE = ByteOrder.nativeOrder();
    private static final Class<? extends FloatVector> FLOAT_VECTOR =
            FloatVector.SPECIES_PREFERRED.vectorType().asSubclass(FloatVector.class);
    private static final Class<? extends DoubleVector> DOUBLE_VECTOR =
            DoubleVector.SPECIES_PREFERRED.vectorType().asSubclass(DoubleVector.class);
    private static final int FLOATS = FloatVector.SPECIES_PREFERRED.length();
    private static final int DOUBLES = DoubleVector.SPECIES_PREFERRED.length();

    /**
     * A mapped file. It stays mapped as long as it is referred to, as a loop does from its first vector to its last.
     */
    private static final class Mapped {
        private final ByteBuffer bytes;
        private final long address;

        Mapped(final ByteBuffer bytes) {
            this.bytes = bytes;
            this.address = BufferUtil.address(bytes);
        }

        int offset(final long position) {
            return (int) (position - address);
        }
    }

    AddressVectorMemory() {}

    @Override
    String obstacle() {
        if (Runtime.version().feature() != FEATURE_VERSION) {
            return "the jar's kernels are for Java " + FEATURE_VERSION;
        }
        final Module own = AddressVectorMemory.class.getModule();
        if (!Object.class.getModule().isExported(PACKAGE, own)) {
            return "the JVM was started without --add-exports java.base/" + PACKAGE + "="
                    + (own.isNamed() ? own.getName() : "ALL-UNNAMED");
        }
        return null;
    }

    @Override
    Object of(final ByteBuffer bytes) {
        if (bytes.isReadOnly()) {
            throw new ReadOnlyBufferException();
        }
        return new Mapped(bytes);
    }

    @Override
    long position(final Object memory, final int offset, final long lengthBytes) {
        final Mapped mapped = (Mapped) memory;
        return mapped.address + Objects.checkFromIndexSize(offset, lengthBytes, (long) mapped.bytes.capacity());
    }

    @Override
    FloatVector floats(final Object memory, final long position, final int at) {
        final Mapped mapped = (Mapped) memory;
        return VectorSupport.load(
                FLOAT_VECTOR,
                float.class,
                FLOATS,
                null,
                position + at,
                mapped.bytes,
                mapped.offset(position) + at,
                null,
                (bytes, offset, species) ->
                        FloatVector.fromByteBuffer(FloatVector.SPECIES_PREFERRED, bytes, offset, NATIVE));
    }

    @Override
    DoubleVector doubles(final Object memory, final long position, final int at) {
        final Mapped mapped = (Mapped) memory;
        return VectorSupport.load(
                DOUBLE_VECTOR,
                double.class,
                DOUBLES,
                null,
                position + at,
                mapped.bytes,
                mapped.offset(position) + at,
                null,
                (bytes, offset, species) ->
                        DoubleVector.fromByteBuffer(DoubleVector.SPECIES_PREFERRED, bytes, offset, NATIVE));
    }

    @Override
    void store(final FloatVector vector, final Object memory, final long position, final int at) {
        final Mapped mapped = (Mapped) memory;
        VectorSupport.store(
                FLOAT_VECTOR,
                float.class,
                FLOATS,
                null,
                position + at,
                vector,
                mapped.bytes,
                mapped.offset(position) + at,
                (bytes, offset, stored) -> stored.intoByteBuffer(bytes, offset, NATIVE));
    }

    @Override
    void store(final DoubleVector vector, final Object memory, final long position, final int at) {
        final Mapped mapped = (Mapped) memory;
        VectorSupport.store(
                DOUBLE_VECTOR,
                double.class,
                DOUBLES,
                null,
                position + at,
                vector,
                mapped.bytes,
                mapped.offset(position) + at,
                (bytes, offset, stored) -> stored.intoByteBuffer(bytes, offset, NATIVE));
    }
}
