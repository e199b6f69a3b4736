package org.shmarrays.nd4j;

import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The way of values between INDArrays and the core, which takes Java arrays and buffers. For one thread; shapes and types
 * were checked before.
 */
interface Transfer {
    /** Values or gradients as the core takes them, in the shared array's order. Valid until the next call for that name. */
    Object source(SharedArray shared, INDArray array);

    /** What the core writes values to that are to go into the array; {@link #arrive} puts them there. */
    Object destination(SharedArray shared, INDArray array);

    /** Ends what {@link #destination} began. */
    void arrive(SharedArray shared, Object destination, INDArray array);

    /** The elements of an array of a carried type, which lie side by side: a Java array or buffer. */
    Object elements(INDArray array);

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
