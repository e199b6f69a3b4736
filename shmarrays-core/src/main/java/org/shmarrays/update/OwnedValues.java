package org.shmarrays.update;

/**
 * Memory that another library owns, such as an ND4J array's. Pass it instead of a Java array or buffer: the call keeps
 * this object reachable until it is done, so the owner must be reachable from it. A push that has failed keeps it
 * reachable as long as the push may be resumed.
 *
 * <p>The methods are called in the middle of a call, some of them under locks, so the rules for an update function
 * apply: calls on the same segment throw IllegalStateException, and no method may wait for another worker.
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
