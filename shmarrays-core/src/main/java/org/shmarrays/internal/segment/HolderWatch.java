package org.shmarrays.internal.segment;

/** Checks the processes that a waiter waits for. For the thread that waits. */
public interface HolderWatch {
    /**
     * Checks the owner of a lock or of a pause. Called from time to time while the waiter sees the same token. If the
     * owner is dead, this frees the lock or ends the pause. An exception ends the wait.
     *
     * @return true if the owner is stopped, so that the time does not count
     */
    boolean isStopped(long token);

    /** Called at the end of a wait in which {@link #isStopped} was true at least once. */
    default void ended() {}

    /** Called when a wait has exceeded its limit and continues. */
    default void isLate(final String message) {}
}
