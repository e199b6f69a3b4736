package org.shmarrays.internal.segment;

import org.shmarrays.errors.LockLostException;

/**
 * A handle's way to whole partitions: values, state arrays and step counts together, as the caller finds them in {@link
 * #segment()}. For the handle's thread; it needs a slot.
 */
public interface PartitionAccess {
    /** The memory. */
    Segment segment();

    /**
     * Copies a partition at one instant; in the lock-free modes the instants of its elements differ.
     *
     * @param copy reads it; called again when the partition changed meanwhile, and then under its lock
     * @throws org.shmarrays.errors.LockTimeoutException if the lock is not free in time
     * @throws org.shmarrays.errors.DamagedPartitionException if the partition is damaged
     */
    void read(int partition, Runnable copy);

    /**
     * Does something while no push to the segment, of whatever worker, is under way. Pushes wait meanwhile; views and
     * reads do not. What is done must not push.
     *
     * @throws org.shmarrays.errors.WaitTimeoutException if a push under way does not end in time
     * @throws LockLostException if pushes may have begun before it was done
     */
    void whilePaused(Runnable work);

    /**
     * Makes a short change through views while no snapshot is under way, as a part of this handle's push, or as a push
     * of its own: so a snapshot of the whole segment has the change wholly or not at all, though it does not hold back
     * views. It waits where the segment is paused.
     *
     * @throws org.shmarrays.errors.WaitTimeoutException as a push does, if a pause takes longer than two minutes
     */
    void changeBetweenPauses(Runnable change);

    /**
     * Overwrites the whole segment while no push is under way, and under the locks of all partitions of the locked
     * family, so that who reads one of them waits. Damaged partitions are whole again afterwards.
     *
     * @param store writes every value, state array and step count; if it throws, or the process is killed, all
     *     partitions of the locked family are damaged until they are overwritten again
     */
    void overwrite(Runnable store);
}
