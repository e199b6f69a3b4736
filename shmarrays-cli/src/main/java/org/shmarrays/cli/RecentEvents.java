package org.shmarrays.cli;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.shmarrays.internal.layout.Event;
import org.shmarrays.internal.layout.EventKind;
import org.shmarrays.internal.segment.EventReader;
import org.shmarrays.report.EventSentence;

/** A segment's newest events, as the live page shows them. For one thread at a time. */
final class RecentEvents {
    private static final int MOST_EVENTS = 200;
    private static final int MOST_MEASURED = 512;
    private static final double MS_PER_SECOND = 1e3;

    private final EventReader reader;
    private final Deque<Event> events = new ArrayDeque<>();
    private final Deque<Event> measured = new ArrayDeque<>();

    RecentEvents(final EventReader reader) {
        this.reader = reader;
    }

    /** Reads what is new. */
    void read() {
        for (Event event = reader.poll(); event != null; event = reader.poll()) {
            if (event.kind() == EventKind.MEASURED) {
                add(measured, event, MOST_MEASURED);
            }
            add(events, event, MOST_EVENTS);
        }
    }

    private static void add(final Deque<Event> kept, final Event event, final int most) {
        kept.addLast(event);
        if (kept.size() > most) {
            kept.removeFirst();
        }
    }

    /** The events, the oldest first. */
    List<Map<String, Object>> entries() {
        return events.stream()
                .map(event -> {
                    final Map<String, Object> json = new LinkedHashMap<>();
                    json.put("timeMs", event.timeMs());
                    json.put("kind", event.kind().label());
                    json.put("text", EventSentence.of(event));
                    json.put("isBad", EventSentence.isBad(event));
                    return json;
                })
                .toList();
    }

    /** What programs have measured, the oldest first. */
    List<Map<String, Object>> measured(final long createdMs) {
        return measured.stream()
                .map(event -> {
                    final Map<String, Object> json = new LinkedHashMap<>();
                    json.put("name", event.text());
                    json.put("seconds", (event.timeMs() - createdMs) / MS_PER_SECOND);
                    json.put("value", event.doubleValue());
                    return json;
                })
                .toList();
    }
}
