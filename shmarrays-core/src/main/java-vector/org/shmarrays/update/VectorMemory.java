package org.shmarrays.update;

import java.nio.ByteBuffer;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;

/**
 * How vectors come from mapped memory and go there: the one thing in which the Vector API of Java 17 and that of 25 differ.
 * One of the two is loaded in a JVM, so that calls are inlined.
 */
abstract class VectorMemory {
    private static final String[] NAMES = {
        "org.shmarrays.update.SegmentVectorMemory", "org.shmarrays.update.BufferVectorMemory"
    };

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

    abstract Object of(ByteBuffer bytes);

    abstract FloatVector floats(Object memory, int offset);

    abstract DoubleVector doubles(Object memory, int offset);

    abstract void store(FloatVector vector, Object memory, int offset);

    abstract void store(DoubleVector vector, Object memory, int offset);
}
