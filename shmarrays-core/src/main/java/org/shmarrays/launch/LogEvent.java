package org.shmarrays.launch;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.shmarrays.internal.json.JsonText;

/** An event of a run's log: its time, its name, and fields in the order in which they were given. For one thread. */
final class LogEvent {
    /** UTC, to the millisecond. */
    static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSSX", Locale.ROOT)
            .withZone(ZoneOffset.UTC);

    private final Map<String, Object> fields = new LinkedHashMap<>();

    private LogEvent() {}

    /** An event of now. */
    static LogEvent of(final String name) {
        return new LogEvent().with("time", TIME.format(Instant.now())).with("event", name);
    }

    /** Adds a field: a number, a text, a list of them, or null. */
    LogEvent with(final String field, final Object value) {
        fields.put(field, value);
        return this;
    }

    /** The event as one line of JSON. */
    String line() {
        return JsonText.write(fields) + "\n";
    }
}
