package org.shmarrays.internal.segment;

import java.lang.invoke.VarHandle;
import java.util.concurrent.TimeUnit;
import org.agrona.concurrent.NanoClock;
import org.agrona.concurrent.SystemNanoClock;
import org.shmarrays.internal.layout.Event;
import org.shmarrays.internal.layout.EventDescriptor;
import org.shmarrays.internal.layout.EventRing;

/**
 * Reads a segment's events in the order of their numbers, and counts those that are lost: overwritten before they
 * were read, never finished by a writer that was killed or stopped, or written over by one that was stopped while the
 * ring went round. An event is given whole or not at all. It needs no slot, takes no lock and writes nothing. For one
 * thread. Steps of {@code docs/format/events.md}, "Reader".
 */
public final class EventReader {
    /** How long an event that others have overtaken may stay unfinished until it counts as lost. */
    public static final long UNFINISHED_NS = TimeUnit.SECONDS.toNanos(1);

    private static final long POLL_NS = 1_000_000;

    private final EventRing ring;
    private final NanoClock clock;
    private final byte[] image = new byte[EventDescriptor.LENGTH];
    private final long first;
    private long next;
    private long lost;

    /** The numbers before this one were taken when the wait for an unfinished one began. */
    private long takenBefore;

    private long waitingSinceNs;

    /** Begins with the oldest event that the ring still has. */
    public EventReader(final Segment segment) {
        this(segment, SystemNanoClock.INSTANCE);
    }

    EventReader(final Segment segment, final NanoClock clock) {
        this.ring = segment.events();
        this.clock = clock;
        this.first = Math.max(0, tail() - EventRing.CAPACITY);
        this.next = first;
    }

    private long tail() {
        return ring.tailAcquire();
    }

    /** How many events were written before the first one that this reader looked for. */
    public long earlier() {
        return first;
    }

    /** How many events, from the first one that this reader looked for on, could not be read. */
    public long lost() {
        return lost;
    }

    /** The next event, or null if there is none yet, or the next one is not finished yet. Does not wait. */
    public Event poll() {
        for (long tail = tail(); next < tail; tail = tail()) {
            final long behind = tail - next;
            if (behind > EventRing.CAPACITY) {
                lost += behind - EventRing.CAPACITY;
                next = tail - EventRing.CAPACITY;
            }
            final long sequence = ring.sequenceAcquire(next);
            if (Math.abs(sequence) <= next + 1 && sequence != next + 1 && !isOverdue(tail)) {
                return null;
            }
            final Event event = sequence == next + 1 ? copyNext(sequence) : null;
            next++;
            if (event != null) {
                return event;
            }
            lost++;
        }
        return null;
    }

    /** The next event, or null if its record has another sequence by now. */
    private Event copyNext(final long sequence) {
        ring.copy(next, image);
        VarHandle.loadLoadFence(); // no load of the copy behind the next one; pairs with the fence before E3
        return ring.sequenceAcquire(next) == sequence ? EventDescriptor.decode(image, next) : null;
    }

    /** Whether the next event has been unfinished for too long, as long as this reader has looked. */
    private boolean isOverdue(final long tail) {
        if (next >= takenBefore) {
            takenBefore = tail;
            waitingSinceNs = clock.nanoTime();
        }
        return clock.nanoTime() - waitingSinceNs > UNFINISHED_NS;
    }

    /**
     * The next event; waits until an unfinished one is finished or lost, and returns null if there is no further one.
     */
    public Event awaitNext() {
        Event event = poll();
        while (event == null && next < tail()) {
            Parking.parkNanos(POLL_NS);
            event = poll();
        }
        return event;
    }
}
