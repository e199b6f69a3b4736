package org.shmarrays.internal.layout;

import org.agrona.concurrent.AtomicBuffer;

/**
 * The ring of events: a header, then {@value #CAPACITY} records of {@link EventDescriptor}. Event {@code n}, counted
 * from 0, has record {@code n mod 1024}. Any number of threads and processes write, without a lock.
 *
 * <pre>
 *  +---------------------------------------------------------------+
 *  |     0  tail: the number of the next event (to 127)            |
 *  +---------------------------------------------------------------+
 *  |   128  published events of each kind, a long for each code    |
 *  |        from 0 to 47 (to 511)                                  |
 *  +---------------------------------------------------------------+
 *  |   512  record 0, 256 bytes                                    |
 *  +---------------------------------------------------------------+
 *  |   768  record 1                                              ...
 *  +---------------------------------------------------------------+
 * </pre>
 *
 * <p>A record begins with its sequence: 0 if it was never written, {@code -(n + 1)} while event {@code n} is being
 * written, {@code n + 1} when it is published. Its absolute value never goes down.
 */
public final class EventRingDescriptor {
    /** Number of records, a power of two. */
    public static final int CAPACITY = 1_024;

    /** Codes of kinds are less than this. */
    public static final int KIND_CODES = 48;

    private static final int TAIL_OFFSET = 0;
    private static final int COUNTS_OFFSET = TAIL_OFFSET + ControlDescriptor.LINE_PAIR;
    private static final int RECORDS_OFFSET = COUNTS_OFFSET + KIND_CODES * Long.BYTES;

    /** Length of the ring. */
    public static final int LENGTH = RECORDS_OFFSET + CAPACITY * EventDescriptor.LENGTH;

    private EventRingDescriptor() {}

    /** Offset of the record of an event. */
    public static int record(final int ring, final long number) {
        return ring + RECORDS_OFFSET + (int) (number & CAPACITY - 1) * EventDescriptor.LENGTH;
    }

    /** Takes the number of the next event; negative only where the tail was overwritten from outside. */
    public static long takeNumber(final AtomicBuffer buffer, final int ring) {
        return buffer.getAndAddLong(ring + TAIL_OFFSET, 1);
    }

    /** The number of the next event. */
    public static long tailAcquire(final AtomicBuffer buffer, final int ring) {
        return buffer.getLongAcquire(ring + TAIL_OFFSET);
    }

    /** How many events of a kind were published. */
    public static long countAcquire(final AtomicBuffer buffer, final int ring, final EventKind kind) {
        return buffer.getLongAcquire(ring + COUNTS_OFFSET + kind.code() * Long.BYTES);
    }

    public static void count(final AtomicBuffer buffer, final int ring, final EventKind kind) {
        buffer.getAndAddLong(ring + COUNTS_OFFSET + kind.code() * Long.BYTES, 1);
    }

    public static long sequenceAcquire(final AtomicBuffer buffer, final int record) {
        return buffer.getLongAcquire(record);
    }

    /** Changes the sequence; false if it was not {@code expected}. A full fence. */
    public static boolean compareAndSetSequence(
            final AtomicBuffer buffer, final int record, final long expected, final long sequence) {
        return buffer.compareAndSetLong(record, expected, sequence);
    }
}
