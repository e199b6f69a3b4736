package org.shmarrays.internal.layout;

import org.agrona.concurrent.AtomicBuffer;

/**
 * The partition blocks of a control file. A partition is named by its ordinal; offsets do not leave this class. For any
 * thread and process: each method does one atomic access of the memory order in its name, or says what it does.
 *
 * <p>A block is two pairs of cache lines. All workers compete for the first. The second is written by the lock's holder
 * alone, or by the process that repairs the partition of a dead holder, and read by readers and watchers.
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
public final class PartitionTable {
    /** Length of a block. */
    static final int LENGTH = 2 * ControlHeader.LINE_PAIR;

    private static final int LOCK_OFFSET = 0;
    private static final int RESERVED_WAITER_OFFSET = LOCK_OFFSET + Long.BYTES;
    private static final int RESERVATION_END_OFFSET = RESERVED_WAITER_OFFSET + Long.BYTES;
    private static final int VERSION_OFFSET = ControlHeader.LINE_PAIR;
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

    private final AtomicBuffer buffer;
    private final int tableOffset;

    /** The blocks in the control file {@code buffer}. */
    public PartitionTable(final AtomicBuffer buffer, final ControlLayout layout) {
        this.buffer = buffer;
        this.tableOffset = layout.partitionsOffset();
    }

    private int at(final int partition) {
        return tableOffset + partition * LENGTH;
    }

    public long lockAcquire(final int partition) {
        return buffer.getLongAcquire(at(partition) + LOCK_OFFSET);
    }

    public boolean compareAndSetLock(final int partition, final long expected, final long token) {
        return buffer.compareAndSetLong(at(partition) + LOCK_OFFSET, expected, token);
    }

    public long reservedWaiterAcquire(final int partition) {
        return buffer.getLongAcquire(at(partition) + RESERVED_WAITER_OFFSET);
    }

    public boolean compareAndSetReservedWaiter(final int partition, final long expected, final long reserved) {
        return buffer.compareAndSetLong(at(partition) + RESERVED_WAITER_OFFSET, expected, reserved);
    }

    /**
     * When a reservation last ended, in the clock of {@link System#nanoTime()}; 0 if none did. Written before the
     * reserved waiter is cleared, so to be read after it.
     */
    public long reservationEndAcquire(final int partition) {
        return buffer.getLongAcquire(at(partition) + RESERVATION_END_OFFSET);
    }

    public void reservationEndRelease(final int partition, final long timeNs) {
        buffer.putLongRelease(at(partition) + RESERVATION_END_OFFSET, timeNs);
    }

    public long versionAcquire(final int partition) {
        return buffer.getLongAcquire(at(partition) + VERSION_OFFSET);
    }

    /** For the holder of the lock, the only one who writes it. */
    public long versionPlain(final int partition) {
        return buffer.getLong(at(partition) + VERSION_OFFSET);
    }

    public void versionRelease(final int partition, final long version) {
        buffer.putLongRelease(at(partition) + VERSION_OFFSET, version);
    }

    /** The slot whose undo area belongs to the change under way, or -1 if there was none yet. */
    public int undoSlotAcquire(final int partition) {
        return (int) buffer.getLongAcquire(at(partition) + UNDO_SLOT_OFFSET) - 1;
    }

    public void undoSlotRelease(final int partition, final int slotId) {
        buffer.putLongRelease(at(partition) + UNDO_SLOT_OFFSET, slotId + 1L);
    }

    public long acquisitions(final int partition) {
        return buffer.getLongAcquire(at(partition) + ACQUISITIONS_OFFSET);
    }

    public void countAcquisition(final int partition) {
        OwnedCounter.addRelease(buffer, at(partition) + ACQUISITIONS_OFFSET, 1);
    }

    public long contended(final int partition) {
        return buffer.getLongAcquire(at(partition) + CONTENDED_OFFSET);
    }

    public long waitNs(final int partition) {
        return buffer.getLongAcquire(at(partition) + WAIT_NS_OFFSET);
    }

    public long maxWaitNs(final int partition) {
        return buffer.getLongAcquire(at(partition) + MAX_WAIT_NS_OFFSET);
    }

    /** Counts a contended acquisition and its wait. */
    public void countWait(final int partition, final long waitNs) {
        OwnedCounter.addRelease(buffer, at(partition) + CONTENDED_OFFSET, 1);
        OwnedCounter.addRelease(buffer, at(partition) + WAIT_NS_OFFSET, waitNs);
        if (waitNs > buffer.getLong(at(partition) + MAX_WAIT_NS_OFFSET)) {
            buffer.putLongRelease(at(partition) + MAX_WAIT_NS_OFFSET, waitNs);
        }
    }

    public long updates(final int partition) {
        return buffer.getLongAcquire(at(partition) + UPDATES_OFFSET);
    }

    public void countUpdate(final int partition) {
        OwnedCounter.addRelease(buffer, at(partition) + UPDATES_OFFSET, 1);
    }

    /** Number of holds whose time was measured. */
    public long holds(final int partition) {
        return buffer.getLongAcquire(at(partition) + HOLDS_OFFSET);
    }

    public long heldNs(final int partition) {
        return buffer.getLongAcquire(at(partition) + HELD_NS_OFFSET);
    }

    public long maxHeldNs(final int partition) {
        return buffer.getLongAcquire(at(partition) + MAX_HELD_NS_OFFSET);
    }

    /** Counts a sampled hold. */
    public void countHold(final int partition, final long heldNs) {
        OwnedCounter.addRelease(buffer, at(partition) + HOLDS_OFFSET, 1);
        OwnedCounter.addRelease(buffer, at(partition) + HELD_NS_OFFSET, heldNs);
        if (heldNs > buffer.getLong(at(partition) + MAX_HELD_NS_OFFSET)) {
            buffer.putLongRelease(at(partition) + MAX_HELD_NS_OFFSET, heldNs);
        }
    }

    public long recoveries(final int partition) {
        return buffer.getLongAcquire(at(partition) + RECOVERIES_OFFSET) >>> Integer.SIZE;
    }

    /**
     * Counts a recovery from the holder of this token, once, however often it is begun: one word has the count in its
     * upper half, and in its lower half what is left of the last token when its halves are put over each other.
     */
    public void countRecovery(final int partition, final long token) {
        final long word = buffer.getLong(at(partition) + RECOVERIES_OFFSET);
        final int holder = Long.hashCode(token);
        if ((int) word != holder) {
            final long count = (word >>> Integer.SIZE) + 1;
            buffer.putLongRelease(at(partition) + RECOVERIES_OFFSET, count << Integer.SIZE | holder & 0xffff_ffffL);
        }
    }
}
