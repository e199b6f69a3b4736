package org.shmarrays.internal.access;

import org.shmarrays.internal.segment.PartitionChange;
import org.shmarrays.internal.segment.Segment;

/**
 * What a {@link Push} changes: parts of arrays, which a plan lists, rows, which each call names, or chunks, by code of
 * others. They are counted from 0 on, each in one partition. For the handle's thread.
 */
interface PushSpans {
    /** Whether {@link #approach} is to be called. */
    default boolean approaches() {
        return false;
    }

    /** Whether {@link #updateTogether} is to be called. */
    default boolean hasGroups() {
        return false;
    }

    /**
     * Changes all at once, where there is neither a lock nor anything that could fail.
     *
     * @return false if it is to be done partition by partition
     */
    default boolean updateAtOnce() {
        return false;
    }

    /**
     * Changes all of those that are changed together with the {@code k}-th, under the locks of all of them.
     *
     * @param mayWait whether it may wait for locks; if not, perhaps nothing is changed
     * @return false if the {@code k}-th is changed alone
     */
    default boolean updateTogether(final int k, final boolean mayWait) {
        return false;
    }

    /** The {@code k}-th is about to be tried: no lock is held yet. */
    default void approach(final int k) {}

    /**
     * Changes the {@code k}-th, or what is left of it.
     *
     * @param change where old bytes are saved before they are overwritten, or null in the lock-free family
     * @param goesOn whether one of the lock-free family goes on where it stopped, and does not begin
     */
    void update(int k, PartitionChange change, boolean goesOn);

    /** Counts the push when all is done. */
    void count(AccessCounters counters);

    /**
     * Finds what is pushed once more, before the push is resumed.
     *
     * @throws RuntimeException if it is no longer what was checked before
     */
    void reopen();

    /** Counts a step of the optimizer on a piece of an array, and returns its number, counted from 1. */
    static long countStep(final Segment segment, final int piece, final PartitionChange change) {
        return change != null ? change.countStep(piece) : segment.steps().countStep(piece);
    }
}
