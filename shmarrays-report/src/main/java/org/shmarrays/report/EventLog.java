package org.shmarrays.report;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/** Events in bounded memory: the first hundred, the last hundred, and how many came between them. For one thread. */
public final class EventLog {
    private static final int LIMIT = 200;

    private final List<RunEvent> first = new ArrayList<>();
    private final Deque<RunEvent> last = new ArrayDeque<>();
    private RunEvent leftOut;
    private long leftOutCount;

    /** An empty log. */
    public EventLog() {}

    /** Adds an event; in the order of time. */
    public void add(final RunEvent event) {
        if (first.size() < LIMIT / 2) {
            first.add(event);
            return;
        }
        last.add(event);
        if (last.size() > LIMIT / 2) {
            leftOut = last.remove();
            leftOutCount++;
        }
    }

    /** Those that are kept, with one more that says how many are not. */
    public List<RunEvent> entries() {
        final List<RunEvent> all = new ArrayList<>(first);
        if (leftOutCount > 0) {
            all.add(new RunEvent(leftOut.seconds(), "events omitted up to here: " + leftOutCount, false));
        }
        all.addAll(last);
        return all;
    }
}
