package org.shmarrays.internal.layout;

/**
 * Where the parts of the control file lie behind its header.
 *
 * @param catalogOffset of the catalog
 * @param partitionsOffset of the first partition block
 * @param slotsOffset of the first slot
 * @param slotArraysOffset of the first slot's first array counters
 * @param slotArraysStride bytes from one slot's array counters to the next one's
 * @param stepsOffset of the first piece's step count of the optimizer, a long for each piece of an array
 * @param lockTimesOffset of the first partition's histograms
 * @param eventsOffset of the ring of events
 * @param lengthBytes of the whole file
 */
public record ControlLayout(
        int catalogOffset,
        int partitionsOffset,
        int slotsOffset,
        int slotArraysOffset,
        int slotArraysStride,
        int stepsOffset,
        int lockTimesOffset,
        int eventsOffset,
        int lengthBytes) {

    /** Offset of the catalog, the same in each segment. */
    public static final int CATALOG_OFFSET = ControlHeader.HEADER_LENGTH + RunControlBlock.LENGTH;

    /**
     * Lays the control file out.
     *
     * @throws IllegalArgumentException if it would have 2 GiB or more
     */
    public static ControlLayout of(final int catalogLength, final SegmentLayout layout) {
        final int partitionCount = layout.partitions().size();
        final int arrayCount = layout.arrays().size();
        final int slotCount = layout.slotCount();
        final long catalog = CATALOG_OFFSET;
        final long partitions = alignUp(catalog + catalogLength);
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
        return new ControlLayout(
                (int) catalog,
                (int) partitions,
                (int) slots,
                (int) slotArrays,
                (int) stride,
                (int) steps,
                (int) lockTimes,
                (int) events,
                (int) length);
    }

    private static long alignUp(final long value) {
        return (value + ControlHeader.LINE_PAIR - 1) & -ControlHeader.LINE_PAIR;
    }
}
