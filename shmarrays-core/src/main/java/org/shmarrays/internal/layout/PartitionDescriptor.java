package org.shmarrays.internal.layout;

import org.agrona.concurrent.AtomicBuffer;

/**
 * The block of a partition: two pairs of cache lines. The first is fought for; the second is written by the lock's
 * holder alone, or by who repairs the partition of a dead one, and read by readers and watchers.
 *
 * <pre>
 *     0  lock: 0, or the holder's token           8  reserved waiter: 0, or its token
 *    16  end of the last reservation, ns          24  unused
 *   128  version: odd while being changed       136  undo slot + 1: whose undo area holds the old bytes
 *   144  acquisitions                           152  contended acquisitions
 *   160  time waited, ns                        168  longest wait, ns
 *   176  updates                                184  recoveries, and whose the last one was
 *   192  holds sampled                          200  time held in these, ns
 *   208  longest of these, ns                   216  unused, to 256 bytes
 * </pre>
 */
public final class PartitionDescriptor {
    /** Length of a block. */
    public static final int LENGTH = 2 * ControlDescriptor.LINE_PAIR;

    private static final int LOCK_OFFSET = 0;
    private static final int RESERVED_WAITER_OFFSET = LOCK_OFFSET + Long.BYTES;
    private static final int RESERVATION_END_OFFSET = RESERVED_WAITER_OFFSET + Long.BYTES;
    private static final int VERSION_OFFSET = ControlDescriptor.LINE_PAIR;
    private static final int UNDO_SLOT_OFFSET = VERSION_OFFSET + Long.BYTES;
    private static final int ACQUISITIONS_OFFSET = UNDO_SLOT_OFFSET + Long.BYTES;
    private static final int CONTENDED_OFFSET = ACQUISITIONS_OFFSET + Long.BYTES;
    private static final int WAIT_NS_OFFSET = CONTENDED_OFFSET + Long.BYTES;
    private static final int MAX_WAIT_NS_OFFSET = WAIT_NS_OFFSET + Long.BYTES;
    private static final int UPDATES_OFFSET = MAX_WAIT_NS_OFFSET + Long.BYTES;
    private static final int RECOVERIES_OFFSET = UPDATES_OFFSET + Long.BYTES;
    private static final int HOLDS_OFFSET = RECOVERIES_OFFSET + Long.BYTES;
    private static final int HELD_NS_OFFSET = HOLDS_OFFSET + Long.BYTES;
    private static final int MAX_HELD_NS_OFFSET = HELD_NS_OFFSET + Long.BYTES;

    private PartitionDescriptor() {}

    public static long lockAcquire(final AtomicBuffer buffer, final int partition) {
        return buffer.getLongAcquire(partition + LOCK_OFFSET);
    }

    public static boolean compareAndSetLock(
            final AtomicBuffer buffer, final int partition, final long expected, final long token) {
        return buffer.compareAndSetLong(partition + LOCK_OFFSET, expected, token);
    }

    public static long reservedWaiterAcquire(final AtomicBuffer buffer, final int partition) {
        return buffer.getLongAcquire(partition + RESERVED_WAITER_OFFSET);
    }

    public static boolean compareAndSetReservedWaiter(
            final AtomicBuffer buffer, final int partition, final long expected, final long reserved) {
        return buffer.compareAndSetLong(partition + RESERVED_WAITER_OFFSET, expected, reserved);
    }

    /**
     * When a reservation last ended, in the clock of {@link System#nanoTime()}; 0 if none did. Written before the
     * reserved waiter is cleared, so to be read after it.
     */
    public static long reservationEndAcquire(final AtomicBuffer buffer, final int partition) {
        return buffer.getLongAcquire(partition + RESERVATION_END_OFFSET);
    }

    public static void reservationEndRelease(final AtomicBuffer buffer, final int partition, final long timeNs) {
        buffer.putLongRelease(partition + RESERVATION_END_OFFSET, timeNs);
    }

    public static long versionAcquire(final AtomicBuffer buffer, final int partition) {
        return buffer.getLongAcquire(partition + VERSION_OFFSET);
    }

    /** For the holder of the lock, the only one who writes it. */
    public static long versionPlain(final AtomicBuffer buffer, final int partition) {
        return buffer.getLong(partition + VERSION_OFFSET);
    }

    public static void versionRelease(final AtomicBuffer buffer, final int partition, final long version) {
        buffer.putLongRelease(partition + VERSION_OFFSET, version);
    }

    /** The slot whose undo area belongs to the change under way, or -1 if there was none yet. */
    public static int undoSlotAcquire(final AtomicBuffer buffer, final int partition) {
        return (int) buffer.getLongAcquire(partition + UNDO_SLOT_OFFSET) - 1;
    }

    public static void undoSlotRelease(final AtomicBuffer buffer, final int partition, final int slotId) {
        buffer.putLongRelease(partition + UNDO_SLOT_OFFSET, slotId + 1L);
    }

    public static long acquisitions(final AtomicBuffer buffer, final int partition) {
        return buffer.getLongAcquire(partition + ACQUISITIONS_OFFSET);
    }

    public static void countAcquisition(final AtomicBuffer buffer, final int partition) {
        OwnedCounter.addRelease(buffer, partition + ACQUISITIONS_OFFSET, 1);
    }

    public static long contended(final AtomicBuffer buffer, final int partition) {
        return buffer.getLongAcquire(partition + CONTENDED_OFFSET);
    }

    public static long waitNs(final AtomicBuffer buffer, final int partition) {
        return buffer.getLongAcquire(partition + WAIT_NS_OFFSET);
    }

    public static long maxWaitNs(final AtomicBuffer buffer, final int partition) {
        return buffer.getLongAcquire(partition + MAX_WAIT_NS_OFFSET);
    }

    /** Counts a contended acquisition and its wait. */
    public static void countWait(final AtomicBuffer buffer, final int partition, final long waitNs) {
        OwnedCounter.addRelease(buffer, partition + CONTENDED_OFFSET, 1);
        OwnedCounter.addRelease(buffer, partition + WAIT_NS_OFFSET, waitNs);
        if (waitNs > buffer.getLong(partition + MAX_WAIT_NS_OFFSET)) {
            buffer.putLongRelease(partition + MAX_WAIT_NS_OFFSET, waitNs);
        }
    }

    public static long updates(final AtomicBuffer buffer, final int partition) {
        return buffer.getLongAcquire(partition + UPDATES_OFFSET);
    }

    public static void countUpdate(final AtomicBuffer buffer, final int partition) {
        OwnedCounter.addRelease(buffer, partition + UPDATES_OFFSET, 1);
    }

    /** Number of holds whose time was measured. */
    public static long holds(final AtomicBuffer buffer, final int partition) {
        return buffer.getLongAcquire(partition + HOLDS_OFFSET);
    }

    public static long heldNs(final AtomicBuffer buffer, final int partition) {
        return buffer.getLongAcquire(partition + HELD_NS_OFFSET);
    }

    public static long maxHeldNs(final AtomicBuffer buffer, final int partition) {
        return buffer.getLongAcquire(partition + MAX_HELD_NS_OFFSET);
    }

    /** Counts a sampled hold. */
    public static void countHold(final AtomicBuffer buffer, final int partition, final long heldNs) {
        OwnedCounter.addRelease(buffer, partition + HOLDS_OFFSET, 1);
        OwnedCounter.addRelease(buffer, partition + HELD_NS_OFFSET, heldNs);
        if (heldNs > buffer.getLong(partition + MAX_HELD_NS_OFFSET)) {
            buffer.putLongRelease(partition + MAX_HELD_NS_OFFSET, heldNs);
        }
    }

    public static long recoveries(final AtomicBuffer buffer, final int partition) {
        return buffer.getLongAcquire(partition + RECOVERIES_OFFSET) >>> Integer.SIZE;
    }

    /**
     * Counts a recovery from the holder of this token, once, however often it is begun: one word has the count in its
     * upper half, and in its lower half what is left of the last token when its halves are put over each other.
     */
    public static void countRecovery(final AtomicBuffer buffer, final int partition, final long token) {
        final long word = buffer.getLong(partition + RECOVERIES_OFFSET);
        final int holder = Long.hashCode(token);
        if ((int) word != holder) {
            final long count = (word >>> Integer.SIZE) + 1;
            buffer.putLongRelease(partition + RECOVERIES_OFFSET, count << Integer.SIZE | holder & 0xffff_ffffL);
        }
    }
}
