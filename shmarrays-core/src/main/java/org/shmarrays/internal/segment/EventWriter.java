package org.shmarrays.internal.segment;

import java.lang.invoke.VarHandle;
import org.shmarrays.internal.layout.Event;
import org.shmarrays.internal.layout.EventDescriptor;
import org.shmarrays.internal.layout.EventKind;
import org.shmarrays.internal.layout.EventRing;
import org.shmarrays.internal.layout.SlotTable;

/**
 * Writes into the segment's ring of events: for any thread of any process, without a lock and without waiting. A
 * writer may be killed, stopped, or hit by an Error at each step; then its own event is missing, and no other one
 * that was written after it went on. Steps of {@code docs/format/events.md}.
 *
 * <p>An event never fails the operation that it reports: where the segment is mapped read-only nothing is written, and
 * an exception is logged. An Error is thrown on.
 */
public final class EventWriter {
    private static final System.Logger LOGGER = System.getLogger(EventWriter.class.getName());

    private EventWriter() {}

    /** An event about this process, which is no worker. */
    public static void write(
            final Segment segment, final EventKind kind, final long value, final long secondValue, final String text) {
        write(segment, Event.Subject.ofProcess(ProcessHandle.current().pid()), kind, value, secondValue, text);
    }

    /** An event about a worker, or about another process. */
    public static void write(
            final Segment segment,
            final Event.Subject subject,
            final EventKind kind,
            final long value,
            final long secondValue,
            final String text) {
        if (segment.isReadOnly()) {
            return;
        }
        try {
            publish(segment, subject, kind, value, secondValue, text);
        } catch (final RuntimeException e) {
            LOGGER.log(
                    System.Logger.Level.WARNING,
                    "an event could not be recorded: segment=" + segment.name() + ", kind=" + kind.label() + ", " + e,
                    e);
        }
    }

    /** The owner of a slot, as its record says. */
    public static Event.Subject ownerOf(final Segment segment, final int slotId) {
        final SlotTable slots = segment.slots();
        return new Event.Subject(slotId, slots.rank(slotId), slots.runId(slotId), slots.pid(slotId));
    }

    private static void publish(
            final Segment segment,
            final Event.Subject subject,
            final EventKind kind,
            final long value,
            final long secondValue,
            final String text) {
        final EventRing ring = segment.events();
        Step.E1.reached();
        final long number = ring.takeNumber();
        final byte[] image = EventDescriptor.encode(
                new Event(number, System.currentTimeMillis(), kind, subject, value, secondValue, text));
        Step.E2.reached();
        if (!begin(ring, number)) {
            return;
        }
        VarHandle.storeStoreFence(); // no store of the content before that of the sequence; pairs with Q4
        Step.E3.reached();
        ring.content(number, image);
        Step.E4.reached();
        if (ring.compareAndSetSequence(number, -(number + 1), number + 1)) {
            Step.E5.reached();
            ring.count(kind);
        }
    }

    /**
     * Takes the record for an event; false if the ring has gone round meanwhile, so that a later event has it. A try
     * fails only because a writer of another number has been quicker, and each number tries until it succeeds or finds
     * a later one: no one waits here for a writer that is stopped.
     */
    private static boolean begin(final EventRing ring, final long number) {
        long sequence;
        do {
            sequence = ring.sequenceAcquire(number);
            if (number < 0 || Math.abs(sequence) > number) {
                return false;
            }
        } while (!ring.compareAndSetSequence(number, sequence, -(number + 1)));
        return true;
    }
}
