package org.shmarrays.internal.access;

/**
 * What a {@link Pull} copies: parts of arrays, which a plan lists, or rows, which each call names. They come batch by
 * batch. For the handle's thread.
 */
interface PullSpans {
    /** There is no further batch. */
    int NONE = -1;

    /**
     * Whether the handle's pushes know the values that are copied, so that their staleness counts from here. False for
     * checkpoints.
     */
    default boolean areKnown() {
        return true;
    }

    /** Begins with the first batch. */
    void begin();

    /**
     * Goes on to the next batch.
     *
     * @param partitions takes those in which it lies, in any order
     * @return their number; 0 if the batch is copied as it is, because each element alone is to be consistent;
     *     {@link #NONE}
     */
    int next(int[] partitions);

    /** Copies all of the batch. */
    void copy();

    /** Copies what the batch has of the {@code i}-th of its partitions. */
    void copy(int i);

    /** What messages call the array that is copied. */
    String name();

    /** Ordinals of the arrays of the lock-free family that are read. */
    int[] lockFreeArrays();

    /** Bytes of the values that are read. */
    long lengthBytes();
}
