package org.shmarrays.report;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.shmarrays.RunControl;
import org.shmarrays.internal.Printable;
import org.shmarrays.internal.json.JsonText;
import org.shmarrays.internal.layout.Event;
import org.shmarrays.internal.layout.EventKind;

/** A segment's events as people and programs are shown them. */
public final class EventSentence {
    private EventSentence() {}

    /** One sentence, without the time. What others have chosen, such as names of files, is made {@link Printable}. */
    public static String of(final Event event) {
        return Printable.text(sentence(event));
    }

    /** Whether it should not have happened. */
    public static boolean isBad(final Event event) {
        return switch (event.kind()) {
            case FAILED, RECOVERED, DAMAGED, WORKER_STOPPED -> true;
            default -> false;
        };
    }

    private static String sentence(final Event event) {
        final String who = who(event.subject());
        return switch (event.kind()) {
            case CREATED ->
                "the segment was created: " + number(event.value()) + " bytes, " + count(event.secondValue(), "slot");
            case JOINED ->
                who + " joined a run of " + count(event.value(), "worker")
                        + (event.secondValue() == 0 ? "" : ", after " + count(event.secondValue(), "restart"));
            case LEFT ->
                who + " left at step " + number(event.value()); // a late worker begins at the step of the others
            case FAILED -> who + " " + event.text();
            case RESTARTED ->
                who + " was started: restart " + event.value() + " of the rank; its earlier process " + event.text();
            case RECOVERED ->
                "locks of dead workers recovered: " + event.value() + " of " + who + ", by process "
                        + event.secondValue();
            case DAMAGED ->
                "damaged after the death of " + who + ": " + count(event.value(), "partition")
                        + "; the first is partition " + event.secondValue() + ", arrays " + event.text();
            case SET -> setting(event);
            case STOP_ASKED -> "the run was asked to stop";
            case RESUMED -> "the run is no longer asked to stop";
            case CHECKPOINT_WRITTEN -> "a checkpoint was written: " + file(event, "step");
            case RESTORED -> "a checkpoint was restored: " + file(event, "step");
            case IMPORTED -> "values were imported: " + file(event, "array");
            case WORKER_STOPPED -> who + " was stopped by a signal or a debugger";
            case WORKER_CONTINUED -> who + " goes on; it was seen stopped for " + event.value() + " s";
            case MEASURED -> event.text() + ": " + event.doubleValue() + " after " + count(event.secondValue(), "step");
            case NOTE -> event.text();
        };
    }

    private static String setting(final Event event) {
        if (!event.text().equals(RunControl.LEARNING_RATE)) {
            return "the run goes on with " + count(Math.round(event.doubleValue()), "worker") + " instead of "
                    + Math.round(Double.longBitsToDouble(event.secondValue()));
        }
        return event.value() == 0
                ? "the learning rate for all workers was removed: each worker uses its own again"
                : "the learning rate was set to " + event.doubleValue() + " for all workers";
    }

    private static String file(final Event event, final String counted) {
        return event.text() + ", " + count(event.value(), counted) + ", " + number(event.secondValue()) + " ms";
    }

    private static String who(final Event.Subject subject) {
        final String owner = subject.slotId() < 0 ? "a process" : "the owner of slot " + subject.slotId();
        return (subject.rank() < 0 ? owner : "worker " + subject.rank()) + " (process " + subject.processId() + ")";
    }

    private static String count(final long count, final String what) {
        return number(count) + " " + what + (count == 1 ? "" : "s");
    }

    private static String number(final long number) {
        return String.format(Locale.ROOT, "%,d", number);
    }

    /**
     * The event for programs, as {@link JsonText} writes it: the run as text, because a number of JSON would lose
     * digits, and {@code value} as the kind has it, a number with a fraction or without. Slot, rank and run are left
     * out where there is none.
     */
    public static Map<String, Object> map(final Event event) {
        final Map<String, Object> json = new LinkedHashMap<>();
        json.put("number", event.number());
        json.put("timeMs", event.timeMs());
        json.put("kind", event.kind().label());
        if (event.subject().slotId() >= 0) {
            json.put("slot", event.subject().slotId());
        }
        if (event.subject().rank() >= 0) {
            json.put("rank", event.subject().rank());
        }
        if (event.subject().runId() != 0) {
            json.put("run", Long.toString(event.subject().runId()));
        }
        json.put("process", event.subject().processId());
        // Not by "? :", which would make doubles of the longs.
        if (isDouble(event)) {
            json.put("value", event.doubleValue());
        } else {
            json.put("value", event.value());
        }
        if (event.kind() == EventKind.SET) {
            json.put("secondValue", Double.longBitsToDouble(event.secondValue()));
        } else {
            json.put("secondValue", event.secondValue());
        }
        json.put("text", event.text());
        json.put("sentence", of(event));
        json.put("isBad", isBad(event));
        return json;
    }

    private static boolean isDouble(final Event event) {
        return event.kind() == EventKind.SET || event.kind() == EventKind.MEASURED;
    }
}
