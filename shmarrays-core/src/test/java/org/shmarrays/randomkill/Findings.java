package org.shmarrays.randomkill;

import java.util.ArrayList;
import java.util.List;

/** What was found wrong. For any thread. */
final class Findings {
    private static final int MOST = 50;

    private final List<String> found = new ArrayList<>();
    private long torn;

    synchronized void add(final String finding) {
        if (found.size() < MOST) {
            found.add(finding);
        }
    }

    /** Looks whether a copy of a partition, which was read as one state, is one; returns if so. */
    synchronized boolean look(final PartitionImage image) {
        final String fault = image.fault();
        if (fault != null) {
            torn++;
            add("not one state: " + fault);
        }
        return fault == null;
    }

    /** Reads that were torn. */
    synchronized void torn(final long reads) {
        torn += reads;
    }

    synchronized long torn() {
        return torn;
    }

    synchronized List<String> all() {
        return List.copyOf(found);
    }
}
