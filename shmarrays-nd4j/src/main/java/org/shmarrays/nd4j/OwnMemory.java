package org.shmarrays.nd4j;

import java.lang.ref.Reference;
import java.nio.Buffer;
import java.util.HashMap;
import java.util.Map;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.javacpp.Pointer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The CPU's way: the core reads and writes the INDArrays' own memory outside the Java heap. An array of another type or
 * order than the shared one's goes through a copy, which is made once for each name and kept.
 */
final class OwnMemory implements Transfer {
    private final Map<String, INDArray> copies = new HashMap<>();

    @Override
    public boolean isZeroCopy() {
        return true;
    }

    @Override
    public Object source(final SharedArray shared, final INDArray array) {
        if (isAlike(shared, array)) {
            return elements(array);
        }
        final INDArray copy = copy(shared);
        copy.assign(array);
        return elements(copy);
    }

    @Override
    public Object destination(final SharedArray shared, final INDArray array) {
        return elements(isAlike(shared, array) ? array : copy(shared));
    }

    @Override
    public void arrive(final SharedArray shared, final Object destination, final INDArray array) {
        if (!isAlike(shared, array)) {
            array.assign(copy(shared));
        }
    }

    private static boolean isAlike(final SharedArray shared, final INDArray array) {
        return array.dataType() == shared.carried() && SharedArray.lies(array, shared.order());
    }

    private INDArray copy(final SharedArray shared) {
        return copies.computeIfAbsent(
                shared.name(),
                name -> Nd4j.createUninitializedDetached(shared.carried(), shared.order(), shared.shape()));
    }

    @Override
    public INDArray copyOf(final Object values, final int first, final char order, final long... shape) {
        final INDArray copy = Nd4j.createUninitialized(JavaArrays.type(values), shape, order);
        JavaArrays.copy(values, first, elements(copy), Math.toIntExact(copy.length()));
        Reference.reachabilityFence(copy);
        return copy;
    }

    /** The array's own memory; the caller keeps the array reachable as long as the buffer is used. */
    @Override
    public Buffer elements(final INDArray array) {
        final Pointer memory = array.data().pointer();
        final long first = array.offset();
        final long end = first + array.length();
        final DataType type = array.dataType();
        if (type == DataType.FLOAT) {
            return new FloatPointer(memory).position(first).limit(end).asBuffer();
        } else if (type == DataType.DOUBLE) {
            return new DoublePointer(memory).position(first).limit(end).asBuffer();
        } else if (type == DataType.INT32) {
            return new IntPointer(memory).position(first).limit(end).asBuffer();
        } else if (type == DataType.INT64) {
            return new LongPointer(memory).position(first).limit(end).asBuffer();
        }
        throw JavaArrays.notCarried(type);
    }
}
