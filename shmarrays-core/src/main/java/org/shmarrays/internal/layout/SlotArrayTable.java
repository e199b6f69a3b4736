package org.shmarrays.internal.layout;

import org.agrona.concurrent.AtomicBuffer;

/**
 * What the owners of each slot have done to each array. A record is named by the slot's id and the array's index;
 * offsets do not leave this class. The owner of the slot alone counts; any thread and process reads. In the lock-free
 * family the sum over the slots stands for the version.
 *
 * <pre>
 *     0  updates        8  bytes updated
 *    16  reads         24  bytes read
 *    32  unused, to 64 bytes
 * </pre>
 */
public final class SlotArrayTable {
    /** Length of a record. */
    static final int LENGTH = 64;

    private static final int UPDATES_OFFSET = 0;
    private static final int UPDATE_BYTES_OFFSET = UPDATES_OFFSET + Long.BYTES;
    private static final int READS_OFFSET = UPDATE_BYTES_OFFSET + Long.BYTES;
    private static final int READ_BYTES_OFFSET = READS_OFFSET + Long.BYTES;

    private final AtomicBuffer buffer;
    private final int tableOffset;
    private final int stride;

    /** The records in the control file {@code buffer}. */
    public SlotArrayTable(final AtomicBuffer buffer, final ControlLayout layout) {
        this.buffer = buffer;
        this.tableOffset = layout.slotArraysOffset();
        this.stride = layout.slotArraysStride();
    }

    private int at(final int slotId, final int array) {
        return tableOffset + slotId * stride + array * LENGTH;
    }

    public long updates(final int slotId, final int array) {
        return buffer.getLongAcquire(at(slotId, array) + UPDATES_OFFSET);
    }

    public long updateBytes(final int slotId, final int array) {
        return buffer.getLongAcquire(at(slotId, array) + UPDATE_BYTES_OFFSET);
    }

    public long readBytes(final int slotId, final int array) {
        return buffer.getLongAcquire(at(slotId, array) + READ_BYTES_OFFSET);
    }

    public void countUpdate(final int slotId, final int array, final long bytes) {
        OwnedCounter.addRelease(buffer, at(slotId, array) + UPDATES_OFFSET, 1);
        OwnedCounter.addRelease(buffer, at(slotId, array) + UPDATE_BYTES_OFFSET, bytes);
    }

    public long reads(final int slotId, final int array) {
        return buffer.getLongAcquire(at(slotId, array) + READS_OFFSET);
    }

    public void countRead(final int slotId, final int array, final long bytes) {
        OwnedCounter.addRelease(buffer, at(slotId, array) + READS_OFFSET, 1);
        OwnedCounter.addRelease(buffer, at(slotId, array) + READ_BYTES_OFFSET, bytes);
    }
}
