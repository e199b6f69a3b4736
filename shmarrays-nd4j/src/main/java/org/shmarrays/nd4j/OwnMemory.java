package org.shmarrays.nd4j;

import java.lang.ref.Reference;
import java.nio.Buffer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.javacpp.Pointer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.shmarrays.internal.kernel.KernelOperands;
import org.shmarrays.update.OwnedValues;

/**
 * The CPU's way: the core reads and writes the INDArrays' own memory outside the Java heap. An array of another type or
 * order than the shared one's goes through a copy, which is kept for the next call when one is done; a push that fails
 * keeps its copy to itself.
 */
final class OwnMemory implements Transfer {
    private final Map<String, INDArray> sourceCopies = new HashMap<>();
    private final Map<String, INDArray> destinationCopies = new HashMap<>();

    @Override
    public boolean isZeroCopy() {
        return true;
    }

    @Override
    public OwnedValues source(final SharedArray shared, final INDArray array) {
        return isAlike(array, shared.carried(), shared.order())
                ? new OwnSource(shared.name(), array)
                : new CopiedSource(shared.name(), array, shared.carried(), shared.order());
    }

    @Override
    public OwnedValues sourceOfRows(final SharedArray shared, final INDArray rows) {
        return isAlike(rows, shared.carried(), 'c')
                ? new OwnSource(shared.name(), rows)
                : new CopiedSource(shared.name(), rows, shared.carried(), 'c');
    }

    @Override
    public OwnedValues destination(final SharedArray shared, final INDArray array) {
        return isAlike(array, shared.carried(), shared.order())
                ? new OwnDestination(shared.name(), array)
                : new CopiedDestination(shared.name(), array, shared.carried(), shared.order());
    }

    private static boolean isAlike(final INDArray array, final DataType type, final char order) {
        return array.dataType() == type && SharedArray.lies(array, order);
    }

    /** An array that the core reads itself. */
    private static final class OwnSource extends GivenArray.Source {
        OwnSource(final String name, final INDArray array) {
            super(name, array);
        }

        @Override
        public Object values() {
            return elements(array());
        }
    }

    /** An array that the core reads a copy of. */
    private final class CopiedSource extends GivenArray.Source {
        private final DataType type;
        private final char order;
        private INDArray copy;

        CopiedSource(final String name, final INDArray array, final DataType type, final char order) {
            super(name, array);
            this.type = type;
            this.order = order;
        }

        @Override
        public Object values() {
            if (copy == null) {
                copy = take(sourceCopies, name(), type, order, array().shape());
            }
            copy.assign(array());
            return elements(copy);
        }

        @Override
        public void done() {
            sourceCopies.put(name(), copy);
            copy = null;
        }
    }

    /** An array that the core writes itself. */
    private static final class OwnDestination extends GivenArray.Destination {
        OwnDestination(final String name, final INDArray array) {
            super(name, array);
        }

        @Override
        Object memory() {
            return elements(array());
        }
    }

    /** An array that gets a copy of what the core writes. */
    private final class CopiedDestination extends GivenArray.Destination {
        private final DataType type;
        private final char order;
        private INDArray copy;

        CopiedDestination(final String name, final INDArray array, final DataType type, final char order) {
            super(name, array);
            this.type = type;
            this.order = order;
        }

        @Override
        Object memory() {
            if (copy == null) {
                copy = take(destinationCopies, name(), type, order, array().shape());
            }
            return elements(copy);
        }

        @Override
        public void done() {
            array().assign(copy);
            destinationCopies.put(name(), copy);
            copy = null;
        }
    }

    /** A copy's memory, outside of workspaces: one that is kept for the name if it fits. */
    private static INDArray take(
            final Map<String, INDArray> kept,
            final String name,
            final DataType type,
            final char order,
            final long[] shape) {
        final INDArray there = kept.remove(name);
        return there != null && there.ordering() == order && Arrays.equals(there.shape(), shape)
                ? there
                : Nd4j.createUninitializedDetached(type, order, shape);
    }

    @Override
    public void copy(final INDArray array, final Object into, final int first) {
        JavaArrays.copy(elements(array), into, first, Math.toIntExact(array.length()));
        Reference.reachabilityFence(array);
    }

    @Override
    public void copyInto(final Object values, final INDArray array) {
        JavaArrays.copy(values, 0, elements(array), Math.toIntExact(array.length()));
        Reference.reachabilityFence(array);
    }

    @Override
    public INDArray copyOf(final Object values, final int first, final char order, final long... shape) {
        final INDArray copy = Nd4j.createUninitialized(JavaArrays.type(values), shape, order);
        JavaArrays.copy(values, first, elements(copy), Math.toIntExact(copy.length()));
        Reference.reachabilityFence(copy);
        return copy;
    }

    /** Operands of kernels: the memory of vectors of FLOAT or DOUBLE, whose elements lie side by side. */
    static KernelOperands operands(final List<INDArray> vectors) {
        return KernelOperands.of(
                ElementTypes.elementType("operand", vectors.get(0).dataType()),
                vectors.stream().map(OwnMemory::bytes).toArray(ByteBuffer[]::new));
    }

    /**
     * The memory of an array of FLOAT in c order without gaps.
     *
     * @throws IllegalArgumentException if it is another one, or has 2 GiB and more
     */
    static ByteBuffer floats(final INDArray array) {
        if (!isAlike(array, DataType.FLOAT, 'c') || array.length() > Integer.MAX_VALUE / Float.BYTES) {
            throw new IllegalArgumentException(
                    "not an array of FLOAT in c order without gaps, of less than 2 GiB: type="
                            + array.dataType() + ", order=" + array.ordering() + ", shape="
                            + Arrays.toString(array.shape())
                            + ", stride=" + Arrays.toString(array.stride()));
        }
        return bytes(array).order(ByteOrder.nativeOrder());
    }

    /** The memory of a vector whose elements lie side by side; see {@link #elements}. */
    static ByteBuffer bytes(final INDArray array) {
        final int width = array.dataType().width();
        return new BytePointer(array.data().pointer())
                .getPointer(array.offset() * width)
                .capacity(array.length() * width)
                .asByteBuffer();
    }

    /** The array's own memory, which goes when the array goes: whoever uses the buffer keeps the array reachable. */
    private static Buffer elements(final INDArray array) {
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
