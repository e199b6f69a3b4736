package org.shmarrays.internal.access;

import org.shmarrays.internal.segment.PartitionChange;

/**
 * What a {@link Push} changes: parts of arrays, which a plan lists, rows, which each call names, or chunks, by code of
 * others. They are counted from 0 on, each in one partition. For the handle's thread.
 */
interface PushSpans {
    /** The partition of the {@code k}-th, counted as the plan counts partitions. */
    int piece(int k);

    /**
     * Changes all at once, where there is neither a lock nor anything that could fail.
     *
     * @return false if it is to be done partition by partition
     */
    boolean updateAtOnce();

    /**
     * Changes all of those that are changed together with the {@code k}-th, under the locks of all of them.
     *
     * @param mayWait whether it may wait for locks; if not, perhaps nothing is changed
     * @return false if the {@code k}-th is changed alone
     */
    boolean updateTogether(int k, boolean mayWait);

    /** The {@code k}-th is about to be tried: no lock is held yet. */
    void approach(int k);

    /** Begins the {@code k}-th; not called where a lock-free one goes on. */
    void enter(int k);

    /**
     * Changes the {@code k}-th, or what is left of it.
     *
     * @param change where old bytes are saved before they are overwritten, or null in the lock-free family
     */
    void update(int k, PartitionChange change);

    /** Counts the push when all is done. */
    void count(AccessCounters counters);

    /**
     * Finds what is pushed once more, before the push is resumed.
     *
     * @throws RuntimeException if it is no longer what was checked before
     */
    void reopen();
}
