package org.shmarrays;

/**
 * Values in memory that another library owns, such as an array of ND4J, in place of a Java array or buffer: so that the
 * owner lives as long as its memory is used. A call refers to this object until it is done, and this object must refer
 * to the owner. A push that has failed refers to it as long as it may be resumed.
 */
public interface OwnedValues {
    /**
     * The memory as it is now. It is asked for when a call begins, and again when a push is resumed, each time before
     * the first access.
     *
     * @return a Java array or a buffer, as calls take them
     * @throws IllegalStateException if the memory was freed
     */
    Object values();

    /**
     * The call is done: what it read stands in the memory, which it no longer uses. Not called for a call that fails.
     */
    default void done() {}

    /**
     * The push has failed, and may be resumed later. Memory that is freed or used for something else when the caller
     * leaves a scope must be copied now, or refused by {@link #values}.
     */
    default void suspended() {}
}
