package org.shmarrays.internal.layout;

import org.agrona.concurrent.AtomicBuffer;

/**
 * What a slot's owners have done to the arrays, all told; the owner alone writes it. The counts go on from owner to
 * owner. What they have done to one array stands in {@link SlotArrayTable}.
 *
 * <pre>
 *     0  updates                                8  reads
 *    16  reads tried again                     24  bytes read
 *    32  bytes updated                         40  ns waited for locks
 *    48  ns waited for turns                   56  longest wait for a lock, ns
 *    64  sum of staleness                      72  greatest staleness
 *    80  ns held in the sampled holds        88  longest of them, ns
 *    96  updates of the whole segment         104  reads of the whole segment
 *   112  unused, to 128 bytes
 *   128  histogram of staleness
 *   384  histogram of waits for locks
 *   640  histogram of the sampled holds, to 896 bytes
 * </pre>
 *
 * The histograms are those of {@link HistogramDescriptor}.
 */
public final class SlotAccessTable {
    private static final int UPDATES_OFFSET = 0;
    private static final int READS_OFFSET = UPDATES_OFFSET + Long.BYTES;
    private static final int READ_RETRIES_OFFSET = READS_OFFSET + Long.BYTES;
    private static final int READ_BYTES_OFFSET = READ_RETRIES_OFFSET + Long.BYTES;
    private static final int UPDATE_BYTES_OFFSET = READ_BYTES_OFFSET + Long.BYTES;
    private static final int LOCK_WAIT_NS_OFFSET = UPDATE_BYTES_OFFSET + Long.BYTES;
    private static final int TURN_WAIT_NS_OFFSET = LOCK_WAIT_NS_OFFSET + Long.BYTES;
    private static final int MAX_LOCK_WAIT_NS_OFFSET = TURN_WAIT_NS_OFFSET + Long.BYTES;
    private static final int STALENESS_SUM_OFFSET = MAX_LOCK_WAIT_NS_OFFSET + Long.BYTES;
    private static final int MAX_STALENESS_OFFSET = STALENESS_SUM_OFFSET + Long.BYTES;
    private static final int HELD_NS_OFFSET = MAX_STALENESS_OFFSET + Long.BYTES;
    private static final int MAX_HELD_NS_OFFSET = HELD_NS_OFFSET + Long.BYTES;
    private static final int WHOLE_UPDATES_OFFSET = MAX_HELD_NS_OFFSET + Long.BYTES;
    private static final int WHOLE_READS_OFFSET = WHOLE_UPDATES_OFFSET + Long.BYTES;

    private static final int STALENESS_OFFSET = ControlHeader.LINE_PAIR;
    private static final int LOCK_WAITS_OFFSET = STALENESS_OFFSET + HistogramDescriptor.LENGTH;
    private static final int HOLDS_OFFSET = LOCK_WAITS_OFFSET + HistogramDescriptor.LENGTH;

    /** Length of a record. */
    static final int LENGTH = HOLDS_OFFSET + HistogramDescriptor.LENGTH;

    private final AtomicBuffer buffer;
    private final int firstOffset;

    /** The records in the control file {@code buffer}. */
    public SlotAccessTable(final AtomicBuffer buffer, final ControlLayout layout) {
        this.buffer = buffer;
        this.firstOffset = layout.slotsOffset() + SlotTable.ACCESSES_OFFSET;
    }

    private int at(final int slotId) {
        return firstOffset + slotId * SlotTable.LENGTH;
    }

    public long updates(final int slotId) {
        return buffer.getLongAcquire(at(slotId) + UPDATES_OFFSET);
    }

    public long updateBytes(final int slotId) {
        return buffer.getLongAcquire(at(slotId) + UPDATE_BYTES_OFFSET);
    }

    /** Counts a push of so many bytes. */
    public void countUpdate(final int slotId, final long bytes) {
        OwnedCounter.addRelease(buffer, at(slotId) + UPDATES_OFFSET, 1);
        OwnedCounter.addRelease(buffer, at(slotId) + UPDATE_BYTES_OFFSET, bytes);
    }

    public long reads(final int slotId) {
        return buffer.getLongAcquire(at(slotId) + READS_OFFSET);
    }

    public long readRetries(final int slotId) {
        return buffer.getLongAcquire(at(slotId) + READ_RETRIES_OFFSET);
    }

    public long readBytes(final int slotId) {
        return buffer.getLongAcquire(at(slotId) + READ_BYTES_OFFSET);
    }

    /** Counts a read of so many bytes. */
    public void countRead(final int slotId, final long bytes) {
        OwnedCounter.addRelease(buffer, at(slotId) + READS_OFFSET, 1);
        OwnedCounter.addRelease(buffer, at(slotId) + READ_BYTES_OFFSET, bytes);
    }

    public void countReadRetry(final int slotId) {
        OwnedCounter.addRelease(buffer, at(slotId) + READ_RETRIES_OFFSET, 1);
    }

    /** Pushes that covered every array, which are in no other count of pushes. */
    public long wholeUpdates(final int slotId) {
        return buffer.getLongAcquire(at(slotId) + WHOLE_UPDATES_OFFSET);
    }

    public void countWholeUpdate(final int slotId) {
        OwnedCounter.addRelease(buffer, at(slotId) + WHOLE_UPDATES_OFFSET, 1);
    }

    /** Reads that covered every array, which are in no other count of reads. */
    public long wholeReads(final int slotId) {
        return buffer.getLongAcquire(at(slotId) + WHOLE_READS_OFFSET);
    }

    public void countWholeRead(final int slotId) {
        OwnedCounter.addRelease(buffer, at(slotId) + WHOLE_READS_OFFSET, 1);
    }

    public long lockWaitNs(final int slotId) {
        return buffer.getLongAcquire(at(slotId) + LOCK_WAIT_NS_OFFSET);
    }

    public long maxLockWaitNs(final int slotId) {
        return buffer.getLongAcquire(at(slotId) + MAX_LOCK_WAIT_NS_OFFSET);
    }

    /** Counts of the histogram of waits for locks. */
    public long[] lockWaits(final int slotId) {
        return HistogramDescriptor.countsAcquire(buffer, at(slotId) + LOCK_WAITS_OFFSET);
    }

    public void countLockWait(final int slotId, final long waitNs) {
        OwnedCounter.addRelease(buffer, at(slotId) + LOCK_WAIT_NS_OFFSET, waitNs);
        raise(at(slotId) + MAX_LOCK_WAIT_NS_OFFSET, waitNs);
        HistogramDescriptor.count(buffer, at(slotId) + LOCK_WAITS_OFFSET, waitNs, HistogramDescriptor.TIME_SHIFT);
    }

    /** Time held in the sampled holds. */
    public long heldNs(final int slotId) {
        return buffer.getLongAcquire(at(slotId) + HELD_NS_OFFSET);
    }

    public long maxHeldNs(final int slotId) {
        return buffer.getLongAcquire(at(slotId) + MAX_HELD_NS_OFFSET);
    }

    /** Counts of the histogram of the sampled holds. */
    public long[] holds(final int slotId) {
        return HistogramDescriptor.countsAcquire(buffer, at(slotId) + HOLDS_OFFSET);
    }

    /** Counts a sampled hold. */
    public void countHold(final int slotId, final long heldNs) {
        OwnedCounter.addRelease(buffer, at(slotId) + HELD_NS_OFFSET, heldNs);
        raise(at(slotId) + MAX_HELD_NS_OFFSET, heldNs);
        HistogramDescriptor.count(buffer, at(slotId) + HOLDS_OFFSET, heldNs, HistogramDescriptor.TIME_SHIFT);
    }

    public long stalenessSum(final int slotId) {
        return buffer.getLongAcquire(at(slotId) + STALENESS_SUM_OFFSET);
    }

    public long maxStaleness(final int slotId) {
        return buffer.getLongAcquire(at(slotId) + MAX_STALENESS_OFFSET);
    }

    /** Counts of the histogram of staleness. */
    public long[] staleness(final int slotId) {
        return HistogramDescriptor.countsAcquire(buffer, at(slotId) + STALENESS_OFFSET);
    }

    /** Counts a push that so many updates of others had overtaken. */
    public void countStaleness(final int slotId, final long staleness) {
        OwnedCounter.addRelease(buffer, at(slotId) + STALENESS_SUM_OFFSET, staleness);
        raise(at(slotId) + MAX_STALENESS_OFFSET, staleness);
        HistogramDescriptor.count(buffer, at(slotId) + STALENESS_OFFSET, staleness, HistogramDescriptor.COUNT_SHIFT);
    }

    public long turnWaitNs(final int slotId) {
        return buffer.getLongAcquire(at(slotId) + TURN_WAIT_NS_OFFSET);
    }

    public void countTurnWait(final int slotId, final long waitNs) {
        OwnedCounter.addRelease(buffer, at(slotId) + TURN_WAIT_NS_OFFSET, waitNs);
    }

    private void raise(final int offset, final long value) {
        if (value > buffer.getLong(offset)) {
            buffer.putLongRelease(offset, value);
        }
    }
}
