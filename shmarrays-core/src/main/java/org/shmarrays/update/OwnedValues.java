package org.shmarrays.update;

/**
 * Memory that another library owns, such as that of an ND4J array. Pass it instead of a Java array or buffer. The call
 * keeps this object reachable until it ends. So the owner of the memory must be reachable from this object. A push that
 * has failed keeps it reachable as long as the push may be resumed.
 *
 * <p>The methods are called in the middle of a call, some of them while locks are held. So the rules for an update
 * function apply: calls on the same segment throw IllegalStateException, and no method may wait for another worker.
 */
public interface OwnedValues {
    /**
     * The memory as it is now. Called when a call begins, and again when a push is resumed, each time before the first
     * access.
     *
     * @return a Java array or a buffer, as calls take them
     * @throws IllegalStateException if the memory was freed
     */
    Object values();

    /**
     * The call has succeeded. If it was a read, its result is in the memory. The call no longer uses the memory. Not
     * called if the call fails.
     */
    default void done() {}

    /**
     * The push has failed, and may be resumed later. If the memory is freed or reused when the caller leaves a scope,
     * copy it now, or let {@link #values} throw from then on.
     */
    default void suspended() {}
}
