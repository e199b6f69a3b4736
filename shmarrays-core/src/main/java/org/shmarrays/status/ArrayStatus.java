package org.shmarrays.status;

import org.shmarrays.layout.ArraySpec;

/**
 * The counters of an array since the segment's creation. Arrays that share a partition share its lock: what is counted for
 * the lock then stands for all of them.
 *
 * @param spec the array
 * @param partitionCount number of partitions over which it spans
 * @param lock the counters of these partitions' locks
 * @param updates pushes to this array
 * @param updateBytes bytes of values updated
 * @param reads of this array
 * @param readBytes bytes of values read
 */
public record ArrayStatus(
        ArraySpec spec,
        int partitionCount,
        LockStatus lock,
        long updates,
        long updateBytes,
        long reads,
        long readBytes) {

    public String name() {
        return spec.name();
    }

    /** Of the partitions' locks. */
    public long acquisitions() {
        return lock.acquisitions();
    }

    /** Acquisitions that had to wait. */
    public long contended() {
        return lock.contended();
    }

    /** Total of the waits, ns. */
    public long waitNs() {
        return lock.waits().sum();
    }

    /** Longest wait, ns. */
    public long maxWaitNs() {
        return lock.waits().max();
    }

    /** Of partitions whose holder had died. */
    public long recoveries() {
        return lock.recoveries();
    }

    /** What was counted since an earlier state of the same array. */
    public ArrayStatus since(final ArrayStatus earlier) {
        return new ArrayStatus(
                spec,
                partitionCount,
                lock.since(earlier.lock),
                updates - earlier.updates,
                updateBytes - earlier.updateBytes,
                reads - earlier.reads,
                readBytes - earlier.readBytes);
    }
}
