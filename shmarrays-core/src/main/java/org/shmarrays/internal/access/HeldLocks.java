package org.shmarrays.internal.access;

import org.agrona.collections.IntArrayList;
import org.shmarrays.errors.LockLostException;
import org.shmarrays.internal.segment.PartitionLock;

/**
 * The locks of several partitions that one call holds at the same time. The caller takes them in ascending order of
 * their partitions, so that no deadlock can form. For one thread.
 */
final class HeldLocks {
    private final PartitionLock lock;
    private final IntArrayList partitions = new IntArrayList();

    HeldLocks(final PartitionLock lock) {
        this.lock = lock;
    }

    /** Takes a lock; see {@link PartitionLock#acquire}. */
    void acquire(final int partition) {
        partitions.ensureCapacity(partitions.size() + 1); // after the acquisition, there might be no memory for it
        lock.acquire(partition);
        partitions.addInt(partition);
    }

    /** Takes a lock if it is free and not reserved; see {@link PartitionLock#acquireIfFree}. */
    boolean acquireIfFree(final int partition) {
        partitions.ensureCapacity(partitions.size() + 1);
        if (!lock.acquireIfFree(partition)) {
            return false;
        }
        partitions.addInt(partition);
        return true;
    }

    /** Takes a lock, even of a damaged partition; see {@link PartitionLock#acquireAlsoDamaged}. */
    void acquireAlsoDamaged(final int partition) {
        partitions.ensureCapacity(partitions.size() + 1);
        lock.acquireAlsoDamaged(partition);
        partitions.addInt(partition);
    }

    /** The partitions whose locks are held, in the order in which they were taken. */
    IntArrayList partitions() {
        return partitions;
    }

    /**
     * Frees all of them, the last one first.
     *
     * @throws LockLostException if one of the locks was lost. The others are free
     */
    void release() {
        LockLostException lost = null;
        while (!partitions.isEmpty()) {
            try {
                lock.release(partitions.popInt());
            } catch (final LockLostException e) {
                lost = e;
            }
        }
        if (lost != null) {
            throw lost;
        }
    }
}
