package org.shmarrays.internal.segment;

import java.lang.invoke.VarHandle;
import org.shmarrays.errors.InsufficientSpaceException;
import org.shmarrays.internal.layout.PartitionTable;
import org.shmarrays.internal.layout.RegionLayout;
import org.shmarrays.internal.layout.UndoArea;
import org.shmarrays.internal.layout.UndoSizes;

/**
 * A worker's change of a partition whose lock it holds: announced by an odd version, its old bytes saved in the
 * worker's undo area before each block is overwritten, so that it can be taken back as a whole. For one thread; one
 * change at a time, from {@link #begin} to {@link #commit} or {@link #rollback}, and the lock is held for all of it.
 *
 * <p>Order of the stores, which a crash leaves visible up to some point (steps of {@code docs/format/undo.md}):
 *
 * <ol>
 *   <li>{@code undoSlot} = this slot;
 *   <li>the area's record: version v + 1, 0 bytes valid, then the partition, which arms it;
 *   <li>version = v + 1;
 *   <li>for each block, or for several small pieces at once: the entry, then the bytes valid, then the change itself;
 *   <li>version = v + 2, which publishes the change;
 *   <li>the area is disarmed.
 * </ol>
 *
 * <p>The last store of each step is a release, so it is not seen before those of its step and of the steps before.
 * Behind the third, and behind the bytes valid, a store-store fence follows, because a release lets later plain stores,
 * those of the values, come before it. The first two may be seen in either order; a repairer looks at them when it has
 * seen the third.
 */
public final class PartitionChange {
    private final Segment segment;
    private final PartitionTable partitions;
    private final int slotId;
    private final UndoArea area;
    private int partition = -1;
    private RegionLayout region;
    private int window;
    private long version;
    private long validBytes;

    private PartitionChange(final Segment segment, final int slotId, final UndoArea area) {
        this.segment = segment;
        this.partitions = segment.partitions();
        this.slotId = slotId;
        this.area = area;
    }

    /**
     * Changes on behalf of a slot, whose undo area is made if it is not there.
     *
     * @throws InsufficientSpaceException if there is no room for the undo area
     */
    public static PartitionChange ofSlot(final Segment segment, final int slotId) {
        final MappedFile area = UndoFile.openOrCreate(segment, slotId);
        segment.presence().watch(segment.files().undo(slotId), area.identity());
        return new PartitionChange(segment, slotId, new UndoArea(area.atomic(), segment.layout()));
    }

    /** Begins to change a partition; its lock must be held, its version even, and no other change under way. */
    public void begin(final int changedPartition) {
        region = segment.layout()
                .regions()
                .get(segment.layout().partitions().get(changedPartition).region());
        window = segment.layout().undoWindow(changedPartition);
        Step.U1.reached();
        version = partitions.versionPlain(changedPartition) + 1;
        validBytes = 0;
        partition = changedPartition; // from here on there is something to take back
        Step.U2.reached();
        partitions.undoSlotRelease(partition, slotId);
        Step.U3.reached();
        area.versionRelease(version);
        Step.U4.reached();
        area.validBytesRelease(0);
        Step.U5.reached();
        area.partitionRelease(partition);
        Step.U6.reached();
        partitions.versionRelease(partition, version);
        VarHandle.storeStoreFence();
    }

    /**
     * Saves bytes that are about to be overwritten; each byte at most once in a change, because the second time it
     * would be a new one. When this returns, plain stores to them may follow.
     *
     * @param file 0 for the values, k + 1 for state array k
     * @param offset in that file
     */
    public void save(final int file, final int offset, final int lengthBytes) {
        for (int done = 0; done < lengthBytes; done += UndoSizes.BLOCK_LENGTH) {
            saveBlock(file, offset + done, Math.min(UndoSizes.BLOCK_LENGTH, lengthBytes - done));
        }
    }

    private void saveBlock(final int file, final int offset, final int lengthBytes) {
        final int entry = (int) validBytes;
        Step.U7.reached();
        area.entry(window, entry, file, offset, lengthBytes);
        Step.U8.reached();
        area.save(window, entry, segment.file(region.index(), file).atomic(), offset, lengthBytes);
        validate(lengthBytes);
    }

    /** {@link #save Saves} bytes of the values, and those of so many state arrays that belong to the same elements. */
    public void saveFiles(final int stateCount, final int offset, final int lengthBytes) {
        save(0, offset, lengthBytes);
        final int scale = region.stateScale();
        for (int k = 0; k < stateCount; k++) {
            Step.U10.reached();
            save(1 + k, scale * offset, scale * lengthBytes);
        }
    }

    /** Bytes that are saved for each byte of the values, with so many state arrays. */
    public long scale(final int stateCount) {
        return 1 + (long) region.stateScale() * stateCount;
    }

    /**
     * Bytes that the entries of what is still to be saved may take. Nothing checks that they do: {@code SegmentLayout}
     * has seen to it.
     */
    public long room() {
        return segment.layout().undoWindowLength() - validBytes;
    }

    /**
     * Counts a step of the optimizer on a piece of an array of the partition, once in a change; returns its number,
     * from 1 on.
     */
    public long countStep(final int piece) {
        final long steps = segment.steps().stepsPlain(piece);
        final int entry = (int) validBytes;
        Step.U7.reached();
        area.entry(window, entry, UndoArea.STEP_FILE, piece, Long.BYTES);
        Step.U8.reached();
        area.saveSteps(window, entry, steps);
        validate(Long.BYTES);
        Step.U11.reached();
        segment.steps().stepsRelease(piece, steps + 1);
        return steps + 1;
    }

    private void validate(final int lengthBytes) {
        validBytes += UndoSizes.entryLength(lengthBytes);
        Step.U9.reached();
        area.validBytesRelease(validBytes);
        VarHandle.storeStoreFence();
    }

    /** Ends the change and publishes it to readers; {@link #rollback} does nothing then. */
    public void commit() {
        Step.U12.reached();
        if (Counting.ON) {
            partitions.countUpdate(partition);
        }
        end();
    }

    /**
     * Takes the change back: the partition is as it was before, or, if the change was published, as it is. Harmless if
     * no change is under way, and may be called again where it has thrown. What there is to do is told by the memory,
     * as to one who repairs, and not by how far this object came: an Error may come at any instant.
     */
    public void rollback() {
        if (partition < 0) {
            return;
        }
        if (partitions.versionPlain(partition) == version) {
            UndoLog.putBack(segment, partition, area, area.validBytesAcquire(), Step.U15);
            end();
        } else {
            disarm();
        }
    }

    private void end() {
        Step.U13.reached();
        partitions.versionRelease(partition, version + 1);
        disarm();
    }

    private void disarm() {
        Step.U14.reached();
        area.partitionRelease(-1);
        partition = -1;
    }
}
