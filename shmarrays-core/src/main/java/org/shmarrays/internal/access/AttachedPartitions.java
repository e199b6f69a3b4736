package org.shmarrays.internal.access;

import org.shmarrays.internal.layout.SegmentLayout;
import org.shmarrays.internal.segment.PartitionAccess;
import org.shmarrays.internal.segment.PartitionOverwrite;
import org.shmarrays.internal.segment.Segment;
import org.shmarrays.internal.segment.Step;
import org.shmarrays.layout.ArraySpec;

/** The partitions of an attachment, for its thread. */
public final class AttachedPartitions implements PartitionAccess {
    private final Attachment attachment;
    private final Segment segment;

    public AttachedPartitions(final Attachment attachment) {
        attachment.checkCallable();
        if (!attachment.hasSlot()) {
            throw new IllegalStateException("attached read-only: segment="
                    + attachment.segment().name() + "; attach with ShmArrays.attach, which takes a slot");
        }
        this.attachment = attachment;
        this.segment = attachment.segment();
    }

    @Override
    public Segment segment() {
        return segment;
    }

    @Override
    public void read(final int partition, final Runnable copy) {
        attachment.call(() -> new Pull(attachment.reading(), new WholePartition(partition, copy), 1).copyAll());
    }

    /** A partition that a checkpoint copies. */
    private final class WholePartition extends PartitionSpan {
        private final Runnable copy;

        WholePartition(final int partition, final Runnable copy) {
            super(array(partition).name(), partition);
            this.copy = copy;
        }

        @Override
        public boolean areKnown() {
            return false;
        }

        @Override
        public void copy() {
            attachment.scope().run(copy);
        }
    }

    @Override
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

    @Override
    public void changeBetweenPauses(final Runnable change) {
        if (attachment.gate().isInside()) {
            change.run();
        } else {
            attachment.call(() -> attachment.gate().pass(change));
        }
    }

    @Override
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
        return array(partition).mode().isLocked();
    }

    /** The first array in a partition. All of them have the same mode. */
    private ArraySpec array(final int partition) {
        final SegmentLayout layout = segment.layout();
        return layout.arrays().get(layout.arraysOf(partition)[0]).spec();
    }
}
