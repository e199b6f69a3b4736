package org.shmarrays.internal.layout;

/**
 * Where the parts of the control file stand after its header. Its offsets are for the tables of this package alone.
 * Immutable.
 */
public final class ControlLayout {
    /** Offset of the catalog, the same in each segment. */
    static final int CATALOG_OFFSET = ControlHeader.HEADER_LENGTH + RunControlBlock.LENGTH;

    private final int partitionsOffset;
    private final int slotsOffset;
    private final int slotArraysOffset;
    private final int slotArraysStride;
    private final int stepsOffset;
    private final int lockTimesOffset;
    private final int eventsOffset;
    private final int lengthBytes;

    /**
     * Lays the control file out.
     *
     * @throws IllegalArgumentException if it would have 2 GiB or more
     */
    public ControlLayout(final int catalogLength, final SegmentLayout layout) {
        final int partitionCount = layout.partitions().size();
        final int arrayCount = layout.arrays().size();
        final int slotCount = layout.slotCount();
        final long partitions = alignUp((long) CATALOG_OFFSET + catalogLength);
        final long slots = partitions + (long) partitionCount * PartitionTable.LENGTH;
        final long slotArrays = slots + (long) slotCount * SlotTable.LENGTH;
        final long stride = alignUp((long) arrayCount * SlotArrayTable.LENGTH);
        final long steps = slotArrays + slotCount * stride;
        final long lockTimes = alignUp(steps + (long) layout.pieceCount() * Long.BYTES);
        final long events = lockTimes + (long) partitionCount * LockTimesTable.LENGTH;
        final long length = events + EventRing.LENGTH;
        if (length > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("the control file would have 2 GiB or more: partitions=" + partitionCount
                    + ", arrays=" + arrayCount + ", slots=" + slotCount + ", bytes=" + length
                    + "; ask for fewer slots or larger partitions");
        }
        partitionsOffset = (int) partitions;
        slotsOffset = (int) slots;
        slotArraysOffset = (int) slotArrays;
        slotArraysStride = (int) stride;
        stepsOffset = (int) steps;
        lockTimesOffset = (int) lockTimes;
        eventsOffset = (int) events;
        lengthBytes = (int) length;
    }

    private static long alignUp(final long value) {
        return (value + ControlHeader.LINE_PAIR - 1) & -ControlHeader.LINE_PAIR;
    }

    /** Of the first partition block. */
    int partitionsOffset() {
        return partitionsOffset;
    }

    /** Of the first slot. */
    int slotsOffset() {
        return slotsOffset;
    }

    /** Of the first slot's counters of the first array. */
    int slotArraysOffset() {
        return slotArraysOffset;
    }

    /** Bytes from one slot's counters of arrays to the next one's. */
    int slotArraysStride() {
        return slotArraysStride;
    }

    /** Of the first piece's step count of the optimizer, a long for each piece of an array. */
    int stepsOffset() {
        return stepsOffset;
    }

    /** Of the first partition's histograms. */
    int lockTimesOffset() {
        return lockTimesOffset;
    }

    int eventsOffset() {
        return eventsOffset;
    }

    /** Length of the whole file. */
    public int lengthBytes() {
        return lengthBytes;
    }
}
