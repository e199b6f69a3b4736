package org.shmarrays.internal.access;

import org.agrona.concurrent.SystemNanoClock;
import org.shmarrays.internal.segment.CreationLock;
import org.shmarrays.internal.segment.JvmAccess;
import org.shmarrays.internal.segment.SegmentRoot;
import org.shmarrays.internal.segment.WaitLimit;

/**
 * What a handle is told of the settings of its user. Immutable.
 *
 * @param root the directory of the segments
 * @param lockLimit of a wait for a lock, a consistent read, or a push under way
 * @param attachLimit of a wait for a segment, or for its creator; it always ends
 * @param workerLimit of a wait for other workers
 * @param slotCount of a segment that is created
 * @param partitionBytes the largest partition of a segment that is created; 0 lets its size decide
 * @param leftover what becomes of a segment that no living process uses
 * @param rejectsNonFinite whether updates that would write NaN or infinity are refused
 */
public record AttachOptions(
        SegmentRoot root,
        WaitLimit lockLimit,
        WaitLimit attachLimit,
        WaitLimit workerLimit,
        int slotCount,
        int partitionBytes,
        Leftover leftover,
        boolean rejectsNonFinite) {
    /** What becomes of a segment that no living process uses, by the names of the settings. */
    public enum Leftover {
        REFUSE,
        REPLACE,
        ATTACH
    }

    /** Of a wait for a creator, who may take as long as the initializer does. */
    WaitLimit creatorLimit() {
        return attachLimit.withTimeout(workerLimit.timeoutNs());
    }

    /**
     * Takes the lock under which a segment of this name is created or removed.
     *
     * @throws org.shmarrays.errors.LockTimeoutException if another process holds it for longer than the limit
     */
    CreationLock lockCreation(final String name, final WaitLimit limit) {
        JvmAccess.check();
        return CreationLock.acquire(root, name, limit, SystemNanoClock.INSTANCE);
    }
}
