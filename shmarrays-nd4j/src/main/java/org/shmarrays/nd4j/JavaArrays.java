package org.shmarrays.nd4j;

import java.lang.ref.Reference;
import java.nio.Buffer;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.nio.LongBuffer;
import org.nd4j.linalg.api.buffer.DataBuffer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Java arrays from INDArrays and back: float[], double[], int[] or long[], whichever carries the type. */
final class JavaArrays {
    private JavaArrays() {}

    static Object allocate(final DataType type, final int length) {
        if (type == DataType.FLOAT) {
            return new float[length];
        } else if (type == DataType.DOUBLE) {
            return new double[length];
        } else if (type == DataType.INT32) {
            return new int[length];
        } else if (type == DataType.INT64) {
            return new long[length];
        }
        throw notCarried(type);
    }

    /** The type whose elements a Java array carries. */
    static DataType type(final Object values) {
        if (values instanceof float[]) {
            return DataType.FLOAT;
        } else if (values instanceof double[]) {
            return DataType.DOUBLE;
        }
        return values instanceof int[] ? DataType.INT32 : DataType.INT64;
    }

    /** A copy of the elements as they lie in memory; the array must own all of its memory. */
    static Object copyOf(final INDArray array) {
        final Object copy = copyOf(array.data(), array.dataType());
        Reference.reachabilityFence(array);
        return copy;
    }

    private static Object copyOf(final DataBuffer data, final DataType type) {
        if (type == DataType.FLOAT) {
            return data.asFloat();
        } else if (type == DataType.DOUBLE) {
            return data.asDouble();
        } else if (type == DataType.INT32) {
            return data.asInt();
        } else if (type == DataType.INT64) {
            return data.asLong();
        }
        throw notCarried(type);
    }

    /** An INDArray with a copy of a Java array's elements, which lie in the given order. */
    static INDArray toArray(final Object values, final char order, final long... shape) {
        final INDArray flat;
        if (values instanceof float[] floats) {
            flat = Nd4j.createFromArray(floats);
        } else if (values instanceof double[] doubles) {
            flat = Nd4j.createFromArray(doubles);
        } else if (values instanceof int[] ints) {
            flat = Nd4j.createFromArray(ints);
        } else {
            flat = Nd4j.createFromArray((long[]) values);
        }
        return flat.reshape(order, shape);
    }

    /** Copies a Java array's elements into an array of the same length, which must own all of its memory. */
    static void setData(final INDArray array, final Object values) {
        final DataBuffer data = array.data();
        if (values instanceof float[] floats) {
            data.setData(floats);
        } else if (values instanceof double[] doubles) {
            data.setData(doubles);
        } else if (values instanceof int[] ints) {
            data.setData(ints);
        } else {
            data.setData((long[]) values);
        }
        Reference.reachabilityFence(array);
    }

    /** Copies the first elements of a buffer into a run of a Java array's. */
    static void copy(final Buffer from, final Object into, final int first, final int count) {
        if (from instanceof FloatBuffer floats) {
            floats.get(0, (float[]) into, first, count);
        } else if (from instanceof DoubleBuffer doubles) {
            doubles.get(0, (double[]) into, first, count);
        } else if (from instanceof IntBuffer ints) {
            ints.get(0, (int[]) into, first, count);
        } else {
            ((LongBuffer) from).get(0, (long[]) into, first, count);
        }
    }

    /** Copies a run of a Java array's elements to the beginning of a buffer. */
    static void copy(final Object from, final int first, final Buffer into, final int count) {
        if (into instanceof FloatBuffer floats) {
            floats.put(0, (float[]) from, first, count);
        } else if (into instanceof DoubleBuffer doubles) {
            doubles.put(0, (double[]) from, first, count);
        } else if (into instanceof IntBuffer ints) {
            ints.put(0, (int[]) from, first, count);
        } else {
            ((LongBuffer) into).put(0, (long[]) from, first, count);
        }
    }

    static IllegalArgumentException notCarried(final DataType type) {
        return new IllegalArgumentException("values can't be passed in this type: " + type);
    }
}
