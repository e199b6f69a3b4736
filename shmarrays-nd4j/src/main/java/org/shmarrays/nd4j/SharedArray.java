package org.shmarrays.nd4j;

import java.util.Arrays;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.shmarrays.ArrayHandle;
import org.shmarrays.layout.Names;

/** An array or alias of a segment in ND4J's terms. */
final class SharedArray {
    private final ArrayHandle handle;
    private final long[] shape;
    private final char order;
    private final DataType stored;
    private final DataType carried;

    SharedArray(final ArrayHandle handle) {
        this.handle = handle;
        this.shape = Arrays.stream(handle.shape()).asLongStream().toArray();
        this.order = handle.order().symbol();
        this.stored = ElementTypes.stored(handle.elementType());
        this.carried = ElementTypes.carried(handle.elementType());
    }

    ArrayHandle handle() {
        return handle;
    }

    String name() {
        return handle.name();
    }

    /** The shape itself: not to be changed. */
    long[] shape() {
        return shape;
    }

    /** 'c' or 'f'. */
    char order() {
        return order;
    }

    /** The type of the elements in shared memory. */
    DataType stored() {
        return stored;
    }

    /** The type in which they are read and calculated with. */
    DataType carried() {
        return carried;
    }

    /** An array of this shape, order and carried type, with any values. */
    INDArray allocate() {
        return Nd4j.createUninitialized(carried, shape, order);
    }

    /** {@link #allocate()} outside of workspaces. */
    INDArray allocateDetached() {
        return Nd4j.createUninitializedDetached(carried, order, shape);
    }

    /**
     * Throws unless the array can be taken as values or gradients of this one.
     *
     * @throws IllegalArgumentException if its shape is another one, or its type would lose something
     */
    void checkSource(final String what, final INDArray array) {
        checkShape(what, array, shape);
        checkSourceType(what, array);
    }

    /**
     * Throws unless the array's values can be taken as they are.
     *
     * @throws IllegalArgumentException if its type would lose something
     */
    void checkSourceType(final String what, final INDArray array) {
        if (!ElementTypes.isLossless(array.dataType(), carried)) {
            throw new IllegalArgumentException(what + " has the wrong type: name=" + Names.printable(name()) + ", type="
                    + stored + ", given=" + array.dataType() + "; cast it with castTo(DataType." + carried + ")");
        }
    }

    /**
     * Throws unless this one's values can be read into the array.
     *
     * @throws IllegalArgumentException if its shape is another one, or its type would lose something
     */
    void checkDestination(final INDArray array) {
        checkShape("the destination", array, shape);
        if (!ElementTypes.isLossless(stored, array.dataType())) {
            throw new IllegalArgumentException("the destination has the wrong type: name=" + Names.printable(name())
                    + ", type=" + stored + ", given=" + array.dataType() + "; give one of type " + carried);
        }
    }

    /**
     * Throws unless an array has a shape.
     *
     * @throws IllegalArgumentException if not
     */
    void checkShape(final String what, final INDArray array, final long[] expected) {
        if (array == null) {
            throw new IllegalArgumentException(what + " is null: name=" + Names.printable(name()));
        }
        if (!Arrays.equals(array.shape(), expected)) {
            throw new IllegalArgumentException(what + " has the wrong shape: name=" + Names.printable(name())
                    + ", expected=" + Arrays.toString(expected) + ", given=" + Arrays.toString(array.shape()));
        }
    }

    /** True if the array's elements lie side by side in this order. */
    static boolean lies(final INDArray array, final char order) {
        final long[] shape = array.shape();
        final long[] stride = array.stride();
        long expected = 1;
        for (int k = 0; k < shape.length; k++) {
            final int dimension = order == 'f' ? k : shape.length - 1 - k;
            if (shape[dimension] != 1 && stride[dimension] != expected) {
                return false;
            }
            expected *= shape[dimension];
        }
        return true;
    }
}
