package org.shmarrays.status;

/**
 * The counters of a partition since the segment's creation, and how it is at this moment.
 *
 * @param index ordinal among the segment's partitions
 * @param lengthBytes bytes of values, not counting the state arrays
 * @param lock the counters of its lock; all 0 in the lock-free family
 * @param version odd while it is being changed; 0 in the lock-free family
 * @param holder slot whose owner holds the lock, or -1
 * @param waiters workers that wait for the lock
 */
public record PartitionStatus(int index, int lengthBytes, LockStatus lock, long version, int holder, int waiters) {

    /** What was counted since an earlier state of the same partition. */
    public PartitionStatus since(final PartitionStatus earlier) {
        return new PartitionStatus(index, lengthBytes, lock.since(earlier.lock), version, holder, waiters);
    }
}
