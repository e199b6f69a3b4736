package org.shmarrays;

import org.shmarrays.errors.LockLostException;
import org.shmarrays.internal.layout.SegmentLayout;
import org.shmarrays.internal.segment.PartitionOverwrite;
import org.shmarrays.internal.segment.Segment;
import org.shmarrays.internal.segment.Step;
import org.shmarrays.layout.Mode;

/**
 * A handle's way to whole partitions: values, state arrays and step counts together, as the caller finds them in {@link
 * #segment()}. For the handle's thread; it needs a slot.
 */
public final class PartitionAccess {
    private static final int TRIES_WITHOUT_LOCK = 3;

    private final Attachment attachment;
    private final Segment segment;

    PartitionAccess(final Attachment attachment) {
        attachment.checkCallable();
        if (!attachment.hasSlot()) {
            throw new IllegalStateException("attached read-only: segment="
                    + attachment.segment().name() + "; attach with ShmArrays.attach, which takes a slot");
        }
        this.attachment = attachment;
        this.segment = attachment.segment();
    }

    /** The memory. */
    public Segment segment() {
        return segment;
    }

    /**
     * Copies a partition at one instant; in the lock-free modes the instants of its elements differ.
     *
     * @param copy reads it; called again when the partition changed meanwhile, and then under its lock
     * @throws org.shmarrays.errors.LockTimeoutException if the lock is not free in time
     * @throws org.shmarrays.errors.DamagedPartitionException if the partition is damaged
     */
    public void read(final int partition, final Runnable copy) {
        attachment.call(() -> readConsistently(partition, copy));
    }

    private void readConsistently(final int partition, final Runnable copy) {
        for (int attempt = 0; attempt < TRIES_WITHOUT_LOCK; attempt++) {
            final long version = attachment.reader().begin(partition);
            if ((version & 1) == 0) {
                attachment.scope().run(copy);
                if (attachment.reader().isConsistent(partition, version)) {
                    return;
                }
            }
            Thread.onSpinWait();
        }
        attachment.lock().acquire(partition);
        try {
            attachment.scope().run(copy);
        } finally {
            attachment.lock().release(partition);
        }
    }

    /**
     * Does something while no push to the segment, of whatever worker, is under way. Pushes wait meanwhile; views and
     * reads do not. What is done must not push.
     *
     * @throws org.shmarrays.errors.WaitTimeoutException if a push under way does not end in time
     * @throws LockLostException if pushes may have begun before it was done
     */
    public void whilePaused(final Runnable work) {
        attachment.checkCallable();
        try {
            attachment.gate().pause();
            work.run();
            attachment.gate().resume();
        } catch (final Throwable e) {
            attachment.endPause(e);
            throw e;
        }
    }

    /**
     * Makes a short change through views while no snapshot is under way, as a part of this handle's push, or as a push
     * of its own: so a snapshot of the whole segment has the change wholly or not at all, though it does not hold back
     * views. It waits where the segment is paused.
     *
     * @throws org.shmarrays.errors.WaitTimeoutException as a push does, if a pause takes longer than two minutes
     */
    public void changeBetweenPauses(final Runnable change) {
        if (attachment.gate().isInside()) {
            change.run();
        } else {
            attachment.call(() -> attachment.gate().pass(change));
        }
    }

    /**
     * Overwrites the whole segment while no push is under way, and under the locks of all partitions of the locked
     * family, so that who reads one of them waits. Damaged partitions are whole again afterwards.
     *
     * @param store writes every value, state array and step count; if it throws, or the process is killed, all
     *     partitions of the locked family are damaged until they are overwritten again
     */
    public void overwrite(final Runnable store) {
        segment.presence().check();
        whilePaused(() -> attachment.call(() -> overwriteUnderLocks(store)));
    }

    private void overwriteUnderLocks(final Runnable store) {
        final HeldLocks locks = new HeldLocks(attachment.lock());
        try {
            Step.O1.reached();
            for (int partition = 0; partition < segment.layout().partitions().size(); partition++) {
                if (isLocked(partition)) {
                    locks.acquireAlsoDamaged(partition);
                }
            }
            locks.partitions().forEachInt(partition -> {
                Step.O2.reached();
                PartitionOverwrite.begin(segment, partition);
            });
            Step.O3.reached();
            attachment.scope().run(store);
            locks.partitions().forEachInt(partition -> {
                Step.O4.reached();
                PartitionOverwrite.end(segment, partition);
            });
        } finally {
            locks.release();
        }
    }

    private boolean isLocked(final int partition) {
        final SegmentLayout layout = segment.layout();
        final Mode mode =
                layout.arrays().get(layout.arraysOf(partition)[0]).spec().mode();
        return mode.isLocked();
    }
}
