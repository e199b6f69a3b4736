package org.shmarrays.internal.layout;

import org.agrona.concurrent.AtomicBuffer;

/**
 * What a slot's owners have done to one array; the owner alone writes it. In the lock-free family the sum over the
 * slots stands for the version.
 *
 * <pre>
 *     0  updates        8  bytes updated
 *    16  reads         24  bytes read
 *    32  unused, to 64 bytes
 * </pre>
 */
public final class SlotArrayDescriptor {
    /** Length of a record. */
    public static final int LENGTH = 64;

    private static final int UPDATES_OFFSET = 0;
    private static final int UPDATE_BYTES_OFFSET = UPDATES_OFFSET + Long.BYTES;
    private static final int READS_OFFSET = UPDATE_BYTES_OFFSET + Long.BYTES;
    private static final int READ_BYTES_OFFSET = READS_OFFSET + Long.BYTES;

    private SlotArrayDescriptor() {}

    public static long updates(final AtomicBuffer buffer, final int record) {
        return buffer.getLongAcquire(record + UPDATES_OFFSET);
    }

    public static long updateBytes(final AtomicBuffer buffer, final int record) {
        return buffer.getLongAcquire(record + UPDATE_BYTES_OFFSET);
    }

    public static long readBytes(final AtomicBuffer buffer, final int record) {
        return buffer.getLongAcquire(record + READ_BYTES_OFFSET);
    }

    public static void countUpdate(final AtomicBuffer buffer, final int record, final long bytes) {
        OwnedCounter.addRelease(buffer, record + UPDATES_OFFSET, 1);
        OwnedCounter.addRelease(buffer, record + UPDATE_BYTES_OFFSET, bytes);
    }

    public static long reads(final AtomicBuffer buffer, final int record) {
        return buffer.getLongAcquire(record + READS_OFFSET);
    }

    public static void countRead(final AtomicBuffer buffer, final int record, final long bytes) {
        OwnedCounter.addRelease(buffer, record + READS_OFFSET, 1);
        OwnedCounter.addRelease(buffer, record + READ_BYTES_OFFSET, bytes);
    }
}
