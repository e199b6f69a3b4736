package org.shmarrays.internal.segment;

import java.lang.invoke.VarHandle;
import org.agrona.concurrent.AtomicBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.shmarrays.internal.layout.ControlLayout;
import org.shmarrays.internal.layout.LockToken;
import org.shmarrays.internal.layout.PartitionTable;
import org.shmarrays.internal.layout.RunControlDescriptor;
import org.shmarrays.internal.layout.SegmentLayout;
import org.shmarrays.internal.layout.UndoDescriptor;
import org.shmarrays.layout.EventKind;

/**
 * Repairs what the dead owners of a slot left: partitions whose locks they hold, some of them half changed. Whoever
 * does it holds the slot's lock file, so there is one at a time; it may die at any instant, and the next one begins
 * again, because each step leaves what the next repairer needs (steps of {@code docs/format/recovery.md}):
 *
 * <ol>
 *   <li>the lock word keeps the dead owner's token until the partition is whole, so no other worker enters;
 *   <li>if the version is odd, the slot's undo area must name this partition and exactly this version: its valid entries
 *       are put back, then the version becomes even; it never goes back;
 *   <li>an area that names a partition of even version is disarmed: the change was published, or taken back;
 *   <li>the recovery is counted, once for each token, in the same store that notes the token;
 *   <li>the lock word becomes 0 by compare-and-set of the dead owner's token.
 * </ol>
 *
 * <p>A partition whose undo area does not match stays odd, and its lock is freed: it is damaged, and says so to
 * whoever takes the lock.
 */
public final class DeadHolder {
    private final Segment segment;
    private final AtomicBuffer control;
    private final ControlLayout offsets;
    private final PartitionTable partitions;
    private final int slotId;
    private int repaired;
    private int damaged;
    private int firstDamaged;

    private DeadHolder(final Segment segment, final int slotId) {
        this.segment = segment;
        this.control = segment.control();
        this.offsets = segment.controlLayout();
        this.partitions = segment.partitions();
        this.slotId = slotId;
    }

    /**
     * Frees all locks that hold a token of the slot up to a generation, after repairing their partitions, and ends
     * its pause. The caller holds the slot's lock file, and the owners up to that generation are dead or departed:
     * neither is looked at here. It looks at every lock of the segment, and waits for nothing.
     *
     * @return number of partitions freed, damaged ones included
     */
    public static int recover(final Segment segment, final int slotId, final long upToGeneration) {
        return new DeadHolder(segment, slotId).recover(upToGeneration);
    }

    private int recover(final long upToGeneration) {
        final SegmentLayout layout = segment.layout();
        for (int partition = 0; partition < layout.partitions().size(); partition++) {
            final long token = partitions.lockAcquire(partition);
            if (token != 0 && LockToken.slotId(token) == slotId && LockToken.generation(token) <= upToGeneration) {
                repair(partition);
                Step.R5.reached();
                partitions.countRecovery(partition, token);
                Step.R6.reached();
                partitions.compareAndSetLock(partition, token, 0);
                repaired++;
            }
        }
        endPause(upToGeneration);
        tellDamage();
        return repaired;
    }

    private void endPause(final long upToGeneration) {
        final int runControl = offsets.runControlOffset();
        final long token = RunControlDescriptor.pauseAcquire(control, runControl);
        if (token != 0 && LockToken.slotId(token) == slotId && LockToken.generation(token) <= upToGeneration) {
            Step.P6.reached();
            RunControlDescriptor.compareAndSetPause(control, runControl, token, 0);
        }
    }

    private void repair(final int partition) {
        final long version = partitions.versionAcquire(partition);
        final UnsafeBuffer area = UndoFile.openIfThere(segment, slotId);
        if ((version & 1) == 0) {
            Step.R1.reached();
            disarm(area, partition);
            return;
        }
        if (area != null
                && partitions.undoSlotAcquire(partition) == slotId
                && UndoDescriptor.partitionAcquire(area) == partition
                && UndoDescriptor.version(area) == version
                && UndoLog.isSound(segment, partition, area, UndoDescriptor.validBytesAcquire(area))) {
            VarHandle.fullFence();
            UndoLog.putBack(segment, partition, area, UndoDescriptor.validBytesAcquire(area), Step.R2);
            Step.R3.reached();
            partitions.versionRelease(partition, version + 1);
            Step.R4.reached();
            disarm(area, partition);
            return;
        }
        // The version stays odd: whoever takes the lock, or reads, is told that the partition is damaged.
        firstDamaged = damaged == 0 ? partition : firstDamaged;
        damaged++;
    }

    private void tellDamage() {
        if (damaged > 0) {
            EventWriter.write(
                    segment,
                    EventWriter.ownerOf(segment, slotId),
                    EventKind.DAMAGED,
                    damaged,
                    firstDamaged,
                    PartitionNames.of(segment.layout(), firstDamaged));
        }
    }

    private static void disarm(final UnsafeBuffer area, final int partition) {
        if (area != null && UndoDescriptor.partitionAcquire(area) == partition) {
            UndoDescriptor.partitionRelease(area, -1);
        }
    }
}
