package org.shmarrays.nd4j;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.shmarrays.update.OwnedValues;

/**
 * The way of values between INDArrays and the core, which takes Java arrays and buffers. No buffer over an INDArray's
 * memory leaves it without the INDArray. For one thread; shapes and types were checked before.
 */
interface Transfer {
    /** Values or gradients for the core, in the shared array's order. */
    OwnedValues source(SharedArray shared, INDArray array);

    /** Rows of values or gradients for the core, one after the other. */
    OwnedValues sourceOfRows(SharedArray shared, INDArray rows);

    /** What the core writes values to that are to go into the array, which has them when the call is done. */
    OwnedValues destination(SharedArray shared, INDArray array);

    /**
     * Copies the elements of an array of a carried type and order 'c', which lie side by side, into a Java array's from
     * {@code first} on.
     */
    void copy(INDArray array, Object into, int first);

    /**
     * Copies all elements of a Java array into an array of the type that it carries, which has as many, side by side,
     * and all of its memory to itself.
     */
    void copyInto(Object values, INDArray array);

    /**
     * A new array with a copy of elements that lie side by side in a Java array.
     *
     * @param first where they begin
     * @param order in which they lie
     */
    INDArray copyOf(Object values, int first, char order, long... shape);

    /** Whether the INDArrays' own memory is used. */
    boolean isZeroCopy();
}
