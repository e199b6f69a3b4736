package org.shmarrays.examples.mnist;

import java.lang.ref.Reference;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.Map;
import org.bytedeco.javacpp.FloatPointer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.shmarrays.update.OwnedValues;

/**
 * The memory of an {@link INDArray} of floats, to copy to and from Java arrays in bulk: HotSpot vectorises loops over
 * Java arrays, not those over buffers, and an ND4J operation costs microseconds before its first element. Pushes and
 * reads take it as it is.
 */
final class FloatMemory implements OwnedValues {
    private final INDArray array; // keeps the memory alive: the buffer does not
    private final FloatPointer pointer;
    private final FloatBuffer buffer;

    private FloatMemory(final INDArray array) {
        this.array = array;
        pointer = new FloatPointer(array.data().addressPointer()).capacity(array.length());
        buffer = pointer.asBuffer();
    }

    /** The memory of an array that is row-major and contiguous. */
    static FloatMemory of(final INDArray array) {
        return new FloatMemory(array);
    }

    /** New memory of zeros. */
    static FloatMemory zeros(final long... shape) {
        return new FloatMemory(Nd4j.create(DataType.FLOAT, shape, 'c'));
    }

    /** The memory of a parameter's array, or of its gradient's. */
    static FloatMemory of(final Map<String, INDArray> arrays, final ParameterSpec parameter) {
        final INDArray array = arrays.get(parameter.name());
        if (array == null) {
            throw new IllegalArgumentException(
                    "array is missing: name=" + parameter.name() + ", given=" + arrays.keySet());
        }
        final long[] shape = parameter.dimensions();
        if (array.dataType() != DataType.FLOAT
                || !Arrays.equals(array.shape(), shape)
                || !Arrays.equals(array.stride(), rowMajorStrides(shape))) {
            throw new IllegalArgumentException("array must be row-major float32 of the parameter's shape: name="
                    + parameter.name() + ", type=" + array.dataType() + ", shape=" + Arrays.toString(array.shape())
                    + ", strides=" + Arrays.toString(array.stride()) + ", expected shape=" + parameter.shape());
        }
        return new FloatMemory(array);
    }

    private static long[] rowMajorStrides(final long[] shape) {
        final long[] strides = new long[shape.length];
        long stride = 1;
        for (int i = shape.length - 1; i >= 0; i--) {
            strides[i] = stride;
            stride *= shape[i];
        }
        return strides;
    }

    /** Rows {@code first} to {@code end - 1} of a matrix: a view of the same memory. */
    FloatMemory rows(final int first, final int end) {
        final FloatMemory rows = new FloatMemory(array.get(NDArrayIndex.interval(first, end), NDArrayIndex.all()));
        final long expected = pointer.address() + first * array.size(1) * Float.BYTES;
        if (rows.pointer.address() != expected) { // ND4J copies where it sees no view
            throw new IllegalStateException("rows of an array were copied: shape=" + Arrays.toString(array.shape())
                    + ", first=" + first + ", end=" + end + "; make it row-major and contiguous");
        }
        return rows;
    }

    INDArray array() {
        return array;
    }

    @Override
    public FloatBuffer values() {
        return buffer;
    }

    void read(final float[] into) {
        read(0, into, 0, into.length);
    }

    void read(final int index, final float[] into, final int offset, final int length) {
        buffer.get(index, into, offset, length);
        Reference.reachabilityFence(array);
    }

    void write(final float[] from) {
        write(0, from, 0, from.length);
    }

    void write(final int index, final float[] from, final int offset, final int length) {
        buffer.put(index, from, offset, length);
        Reference.reachabilityFence(array);
    }
}
