package org.shmarrays.internal.layout;

import org.agrona.concurrent.AtomicBuffer;

/**
 * What a slot's owners have done to the arrays, all told; the owner alone writes it. The counts go on from owner to
 * owner. What they have done to one array stands in {@link SlotArrayDescriptor}.
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
public final class SlotAccessDescriptor {
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

    private static final int STALENESS_OFFSET = ControlDescriptor.LINE_PAIR;
    private static final int LOCK_WAITS_OFFSET = STALENESS_OFFSET + HistogramDescriptor.LENGTH;
    private static final int HOLDS_OFFSET = LOCK_WAITS_OFFSET + HistogramDescriptor.LENGTH;

    /** Length of a record. */
    public static final int LENGTH = HOLDS_OFFSET + HistogramDescriptor.LENGTH;

    private SlotAccessDescriptor() {}

    public static long updates(final AtomicBuffer buffer, final int record) {
        return buffer.getLongAcquire(record + UPDATES_OFFSET);
    }

    public static long updateBytes(final AtomicBuffer buffer, final int record) {
        return buffer.getLongAcquire(record + UPDATE_BYTES_OFFSET);
    }

    /** Counts a push of so many bytes. */
    public static void countUpdate(final AtomicBuffer buffer, final int record, final long bytes) {
        OwnedCounter.addRelease(buffer, record + UPDATES_OFFSET, 1);
        OwnedCounter.addRelease(buffer, record + UPDATE_BYTES_OFFSET, bytes);
    }

    public static long reads(final AtomicBuffer buffer, final int record) {
        return buffer.getLongAcquire(record + READS_OFFSET);
    }

    public static long readRetries(final AtomicBuffer buffer, final int record) {
        return buffer.getLongAcquire(record + READ_RETRIES_OFFSET);
    }

    public static long readBytes(final AtomicBuffer buffer, final int record) {
        return buffer.getLongAcquire(record + READ_BYTES_OFFSET);
    }

    /** Counts a read of so many bytes. */
    public static void countRead(final AtomicBuffer buffer, final int record, final long bytes) {
        OwnedCounter.addRelease(buffer, record + READS_OFFSET, 1);
        OwnedCounter.addRelease(buffer, record + READ_BYTES_OFFSET, bytes);
    }

    public static void countReadRetry(final AtomicBuffer buffer, final int record) {
        OwnedCounter.addRelease(buffer, record + READ_RETRIES_OFFSET, 1);
    }

    /** Pushes that covered every array, which are in no other count of pushes. */
    public static long wholeUpdates(final AtomicBuffer buffer, final int record) {
        return buffer.getLongAcquire(record + WHOLE_UPDATES_OFFSET);
    }

    public static void countWholeUpdate(final AtomicBuffer buffer, final int record) {
        OwnedCounter.addRelease(buffer, record + WHOLE_UPDATES_OFFSET, 1);
    }

    /** Reads that covered every array, which are in no other count of reads. */
    public static long wholeReads(final AtomicBuffer buffer, final int record) {
        return buffer.getLongAcquire(record + WHOLE_READS_OFFSET);
    }

    public static void countWholeRead(final AtomicBuffer buffer, final int record) {
        OwnedCounter.addRelease(buffer, record + WHOLE_READS_OFFSET, 1);
    }

    public static long lockWaitNs(final AtomicBuffer buffer, final int record) {
        return buffer.getLongAcquire(record + LOCK_WAIT_NS_OFFSET);
    }

    public static long maxLockWaitNs(final AtomicBuffer buffer, final int record) {
        return buffer.getLongAcquire(record + MAX_LOCK_WAIT_NS_OFFSET);
    }

    /** Offset of the histogram of waits for locks. */
    public static int lockWaits(final int record) {
        return record + LOCK_WAITS_OFFSET;
    }

    public static void countLockWait(final AtomicBuffer buffer, final int record, final long waitNs) {
        OwnedCounter.addRelease(buffer, record + LOCK_WAIT_NS_OFFSET, waitNs);
        raise(buffer, record + MAX_LOCK_WAIT_NS_OFFSET, waitNs);
        HistogramDescriptor.count(buffer, lockWaits(record), waitNs, HistogramDescriptor.TIME_SHIFT);
    }

    /** Time held in the sampled holds. */
    public static long heldNs(final AtomicBuffer buffer, final int record) {
        return buffer.getLongAcquire(record + HELD_NS_OFFSET);
    }

    public static long maxHeldNs(final AtomicBuffer buffer, final int record) {
        return buffer.getLongAcquire(record + MAX_HELD_NS_OFFSET);
    }

    /** Offset of the histogram of the sampled holds. */
    public static int holds(final int record) {
        return record + HOLDS_OFFSET;
    }

    /** Counts a sampled hold. */
    public static void countHold(final AtomicBuffer buffer, final int record, final long heldNs) {
        OwnedCounter.addRelease(buffer, record + HELD_NS_OFFSET, heldNs);
        raise(buffer, record + MAX_HELD_NS_OFFSET, heldNs);
        HistogramDescriptor.count(buffer, holds(record), heldNs, HistogramDescriptor.TIME_SHIFT);
    }

    public static long stalenessSum(final AtomicBuffer buffer, final int record) {
        return buffer.getLongAcquire(record + STALENESS_SUM_OFFSET);
    }

    public static long maxStaleness(final AtomicBuffer buffer, final int record) {
        return buffer.getLongAcquire(record + MAX_STALENESS_OFFSET);
    }

    /** Offset of the histogram of staleness. */
    public static int staleness(final int record) {
        return record + STALENESS_OFFSET;
    }

    /** Counts a push that so many updates of others had overtaken. */
    public static void countStaleness(final AtomicBuffer buffer, final int record, final long staleness) {
        OwnedCounter.addRelease(buffer, record + STALENESS_SUM_OFFSET, staleness);
        raise(buffer, record + MAX_STALENESS_OFFSET, staleness);
        HistogramDescriptor.count(buffer, staleness(record), staleness, HistogramDescriptor.COUNT_SHIFT);
    }

    public static long turnWaitNs(final AtomicBuffer buffer, final int record) {
        return buffer.getLongAcquire(record + TURN_WAIT_NS_OFFSET);
    }

    public static void countTurnWait(final AtomicBuffer buffer, final int record, final long waitNs) {
        OwnedCounter.addRelease(buffer, record + TURN_WAIT_NS_OFFSET, waitNs);
    }

    private static void raise(final AtomicBuffer buffer, final int offset, final long value) {
        if (value > buffer.getLong(offset)) {
            buffer.putLongRelease(offset, value);
        }
    }
}
