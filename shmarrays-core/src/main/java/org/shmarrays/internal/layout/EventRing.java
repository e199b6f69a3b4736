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
 *
 * <p>An event is named by its number; offsets do not leave this class.
 */
public final class EventRing {
    /** Number of records, a power of two. */
    public static final int CAPACITY = 1_024;

    /** Codes of kinds are less than this. */
    public static final int KIND_CODES = 48;

    private static final int TAIL_OFFSET = 0;
    private static final int COUNTS_OFFSET = TAIL_OFFSET + ControlHeader.LINE_PAIR;
    private static final int RECORDS_OFFSET = COUNTS_OFFSET + KIND_CODES * Long.BYTES;

    /** Length of the ring. */
    public static final int LENGTH = RECORDS_OFFSET + CAPACITY * EventDescriptor.LENGTH;

    private final AtomicBuffer buffer;
    private final int ringOffset;

    /** The ring in the control file {@code buffer}. */
    public EventRing(final AtomicBuffer buffer, final ControlLayout layout) {
        this.buffer = buffer;
        this.ringOffset = layout.eventsOffset();
    }

    /** Takes the number of the next event; negative only where the tail was overwritten from outside. */
    public long takeNumber() {
        return buffer.getAndAddLong(ringOffset + TAIL_OFFSET, 1);
    }

    /** The number of the next event. */
    public long tailAcquire() {
        return buffer.getLongAcquire(ringOffset + TAIL_OFFSET);
    }

    /** How many events of a kind were published. */
    public long countAcquire(final EventKind kind) {
        return buffer.getLongAcquire(count(kind.code()));
    }

    public void count(final EventKind kind) {
        buffer.getAndAddLong(count(kind.code()), 1);
    }

    private int count(final int code) {
        return ringOffset + COUNTS_OFFSET + code * Long.BYTES;
    }

    private int record(final long number) {
        return ringOffset + RECORDS_OFFSET + (int) (number & CAPACITY - 1) * EventDescriptor.LENGTH;
    }

    /** Sequence of the record of an event. */
    public long sequenceAcquire(final long number) {
        return buffer.getLongAcquire(record(number));
    }

    /** Changes the sequence of an event's record; false if it was not {@code expected}. A full fence. */
    public boolean compareAndSetSequence(final long number, final long expected, final long sequence) {
        return buffer.compareAndSetLong(record(number), expected, sequence);
    }

    /** Writes an event's image into its record, the sequence excepted. Plain: the sequence publishes it. */
    public void content(final long number, final byte[] image) {
        buffer.putBytes(
                record(number) + EventDescriptor.CONTENT_OFFSET,
                image,
                EventDescriptor.CONTENT_OFFSET,
                image.length - EventDescriptor.CONTENT_OFFSET);
    }

    /** Copies the record of an event, sequence included. Plain: valid if the sequence is the same before and after. */
    public void copy(final long number, final byte[] image) {
        buffer.getBytes(record(number), image);
    }
}
