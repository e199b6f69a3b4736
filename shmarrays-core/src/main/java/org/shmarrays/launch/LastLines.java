package org.shmarrays.launch;

import java.util.ArrayDeque;
import java.util.List;

/** The last lines that a worker wrote, each stream in order, the two among each other as they were read. Any thread may use it. */
final class LastLines {
    static final int MAX_LINES = 20;
    static final int MAX_LINE_LENGTH = 2_000;

    private final ArrayDeque<String> lines = new ArrayDeque<>(MAX_LINES);

    synchronized void add(final String line) {
        if (lines.size() == MAX_LINES) {
            lines.removeFirst();
        }
        lines.addLast(line.length() <= MAX_LINE_LENGTH ? line : line.substring(0, MAX_LINE_LENGTH) + "…");
    }

    synchronized List<String> lines() {
        return List.copyOf(lines);
    }
}
