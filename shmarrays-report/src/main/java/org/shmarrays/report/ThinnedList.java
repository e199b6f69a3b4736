package org.shmarrays.report;

import java.util.ArrayList;
import java.util.List;

/**
 * A list for what comes again and again over an unknown time, in bounded memory: when it is full, every second entry is
 * dropped, and from then on every second one that comes. What is lost is resolution alone; the first and the last entry
 * are always there. For one thread.
 */
public final class ThinnedList<T> {
    private final int capacity;
    private final List<T> kept = new ArrayList<>();
    private long offered;
    private long stride = 1;
    private T last;

    /**
     * An empty list.
     *
     * @param capacity how many entries are kept at most, beside the last one; an even number
     */
    public ThinnedList(final int capacity) {
        if (capacity < 2 || capacity % 2 != 0) {
            throw new IllegalArgumentException("the capacity must be an even number of at least 2: " + capacity);
        }
        this.capacity = capacity;
    }

    /** Keeps an entry, unless it falls through the present grid. */
    public void add(final T entry) {
        last = entry;
        if (offered++ % stride != 0) {
            return;
        }
        if (kept.size() == capacity) {
            for (int i = 1; i < capacity / 2; i++) {
                kept.set(i, kept.get(2 * i));
            }
            kept.subList(capacity / 2, capacity).clear();
            stride *= 2;
        }
        kept.add(entry);
    }

    /** Those that are kept, and the last that was offered, in the order in which they came. */
    public List<T> entries() {
        final List<T> all = new ArrayList<>(kept);
        if (last != null && last != kept.get(kept.size() - 1)) {
            all.add(last);
        }
        return all;
    }
}
