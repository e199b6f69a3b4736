package org.shmarrays.internal.segment;

import org.shmarrays.internal.layout.Event;
import org.shmarrays.internal.layout.EventKind;

/**
 * Writes the events of one subject, such as a handle or a process, into a segment. An event that can't be written is
 * logged, and fails nothing. For any thread.
 */
public record EventSource(Segment segment, Event.Subject subject) {
    /** Writes an event; what its two values and its text mean is the kind's. */
    public void tell(final EventKind kind, final long value, final long secondValue, final String text) {
        EventWriter.write(segment, subject, kind, value, secondValue, text);
    }
}
