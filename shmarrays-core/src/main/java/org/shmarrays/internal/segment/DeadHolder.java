package org.shmarrays.internal.segment;

import java.lang.invoke.VarHandle;
import org.shmarrays.internal.layout.EventKind;
import org.shmarrays.internal.layout.LockToken;
import org.shmarrays.internal.layout.PartitionTable;
import org.shmarrays.internal.layout.RunControlBlock;
import org.shmarrays.internal.layout.SegmentLayout;
import org.shmarrays.internal.layout.UndoArea;

/**
 * Repairs what the dead owners of a slot left: partitions whose locks they hold. Some of these are half changed. The
 * caller holds the slot's lock file, so only one process repairs at a time. That process may die at any instant. The
 * next one begins again, because each step leaves what the next repairer needs (steps of {@code
 * docs/format/recovery.md}):
 *
 * <ol>
 *   <li>The lock word keeps the dead owner's token until the partition is whole. So no other worker enters.
 *   <li>If the version is odd, the slot's undo area must name this partition and exactly this version. Its valid
 *       entries are put back. Then the version becomes the next even number; it never goes back.
 *   <li>If the version is even and the area names the partition, the area is disarmed: the change was published, or
 *       taken back.
 *   <li>The recovery is counted, once for each token, in the same store that notes the token.
 *   <li>The lock word becomes 0, by compare-and-set of the dead owner's token.
 * </ol>
 *
 * <p>If the undo area does not match, the version stays odd and the lock is freed. The partition is then damaged: each
 * worker that takes the lock gets a DamagedPartitionException.
 */
public final class DeadHolder {
    private final Segment segment;
    private final PartitionTable partitions;
    private final int slotId;
    private int repaired;
    private int damaged;
    private int firstDamaged;

    private DeadHolder(final Segment segment, final int slotId) {
        this.segment = segment;
        this.partitions = segment.partitions();
        this.slotId = slotId;
    }

    /**
     * Repairs all partitions whose locks hold a token of the slot up to a generation, frees these locks, and ends the
     * slot's pause. The caller holds the slot's lock file, and has made sure that the owners up to that generation are
     * dead or departed. This reads every lock of the segment, and waits for nothing.
     *
     * @return number of partitions freed, including damaged ones
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
        final RunControlBlock runControl = segment.runControl();
        final long token = runControl.pauseAcquire();
        if (token != 0 && LockToken.slotId(token) == slotId && LockToken.generation(token) <= upToGeneration) {
            Step.P6.reached();
            runControl.compareAndSetPause(token, 0);
        }
    }

    private void repair(final int partition) {
        final long version = partitions.versionAcquire(partition);
        final UndoArea area = UndoFile.openIfThere(segment, slotId);
        if ((version & 1) == 0) {
            Step.R1.reached();
            disarm(area, partition);
            return;
        }
        if (area != null
                && partitions.undoSlotAcquire(partition) == slotId
                && area.partitionAcquire() == partition
                && area.version() == version
                && UndoLog.isSound(segment, partition, area, area.validBytesAcquire())) {
            VarHandle.fullFence();
            UndoLog.putBack(segment, partition, area, area.validBytesAcquire(), Step.R2);
            Step.R3.reached();
            partitions.versionRelease(partition, version + 1);
            Step.R4.reached();
            disarm(area, partition);
            return;
        }
        // The version stays odd. So each worker that takes the lock or reads finds the partition damaged.
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

    private static void disarm(final UndoArea area, final int partition) {
        if (area != null && area.partitionAcquire() == partition) {
            area.partitionRelease(-1);
        }
    }
}
