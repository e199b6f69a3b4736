package org.shmarrays.internal.kernel;

import java.nio.ByteBuffer;
import java.util.List;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;

/**
 * How vectors come from mapped memory and go there: the one thing in which the kernels of Java 17 and those of 25 differ. One
 * kind is loaded in a JVM, so that calls are inlined.
 *
 * <p>A run of bytes has a {@link #position}, and vectors of it are {@code at} bytes behind that. What lies outside the run must
 * not be touched: whether that is noticed depends on the kind.
 */
abstract class VectorMemory {
    private static final List<String> NAMES = List.of(
            "org.shmarrays.internal.kernel.SegmentVectorMemory", "org.shmarrays.internal.kernel.AddressVectorMemory");

    /** Of this JVM. */
    static final VectorMemory INSTANCE = find();

    private static VectorMemory find() {
        ClassNotFoundException missing = null;
        for (final String name : NAMES) {
            try {
                return (VectorMemory)
                        Class.forName(name).getDeclaredConstructor().newInstance();
            } catch (final ClassNotFoundException | UnsupportedClassVersionError e) {
                missing = new ClassNotFoundException(name, e); // the other one may do
            } catch (final ReflectiveOperationException e) {
                throw new ExceptionInInitializerError(e);
            }
        }
        throw new ExceptionInInitializerError(missing);
    }

    /** Why it does not work in this JVM, or null. */
    String obstacle() {
        return null;
    }

    /**
     * What the other methods take for a mapped file.
     *
     * @throws java.nio.ReadOnlyBufferException if it can't be written; a kind that looks at each access may leave it to that
     */
    abstract Object of(ByteBuffer bytes);

    /**
     * The position of the first of {@code lengthBytes} bytes.
     *
     * @throws IndexOutOfBoundsException if some are not in the memory; a kind that looks at each access may leave it to that
     */
    abstract long position(Object memory, int offset, long lengthBytes);

    abstract FloatVector floats(Object memory, long position, int at);

    abstract DoubleVector doubles(Object memory, long position, int at);

    abstract void store(FloatVector vector, Object memory, long position, int at);

    abstract void store(DoubleVector vector, Object memory, long position, int at);
}
