package org.shmarrays.nd4j;

import java.nio.Buffer;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.nio.LongBuffer;
import java.nio.ShortBuffer;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.ShortPointer;
import org.nd4j.linalg.api.buffer.DataBuffer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * INDArrays over shared memory. Neither ND4J nor JavaCPP frees that memory, because neither allocated it; but the
 * INDArray refers to its data buffer, that to its pointer, and that to the Java buffer, which keeps the mapping.
 */
final class ArrayViews {
    private ArrayViews() {}

    static INDArray of(final SharedArray shared) {
        return of(
                shared.handle().typedView(),
                shared.stored(),
                shared.order(),
                shared.shape().clone());
    }

    /** Memory as an array of this type, order ('c' or 'f') and shape. */
    static INDArray of(final Buffer memory, final DataType type, final char order, final long... shape) {
        final DataBuffer data = Nd4j.createBuffer(pointer(memory), memory.capacity(), type);
        return Nd4j.create(data, shape, Nd4j.getStrides(shape, order), 0, order, type);
    }

    private static Pointer pointer(final Buffer memory) {
        if (memory instanceof FloatBuffer floats) {
            return new FloatPointer(floats);
        } else if (memory instanceof DoubleBuffer doubles) {
            return new DoublePointer(doubles);
        } else if (memory instanceof IntBuffer ints) {
            return new IntPointer(ints);
        } else if (memory instanceof LongBuffer longs) {
            return new LongPointer(longs);
        }
        return new ShortPointer((ShortBuffer) memory);
    }
}
