package org.shmarrays.internal.segment;

/** Looks at the processes that a waiter waits for. For the thread that waits. */
public interface HolderWatch {
    /**
     * Called from time to time with the token of a lock, or of a pause, that has been seen for long. If its owner is
     * dead, the lock is freed, or the pause ended. What it throws ends the wait.
     *
     * @return true if the owner is stopped, so that the time does not count
     */
    boolean isStopped(long token);

    /** The wait has ended, after some time in which {@link #isStopped}. */
    default void ended() {}

    /** The wait has lasted for longer than it should, and goes on. */
    default void isLate(final String message) {}
}
