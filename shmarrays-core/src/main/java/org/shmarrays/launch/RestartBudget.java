package org.shmarrays.launch;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;

/**
 * How often one worker may still be started again: a number of times in the whole run, or within any window of time.
 * For one thread at a time.
 */
final class RestartBudget {
    private final int restarts;

    /** Null for the whole run. */
    private final Duration window;

    private final ArrayDeque<Long> usedNs = new ArrayDeque<>();

    RestartBudget(final int restarts, final Duration window) {
        this.restarts = restarts;
        this.window = window;
    }

    /**
     * Uses a restart at this time of {@link System#nanoTime()}.
     *
     * @return false if none is left
     */
    boolean take(final long nowNs) {
        if (window != null) {
            final long windowNs = TimeUnit.NANOSECONDS.convert(window); // at most 292 years
            while (!usedNs.isEmpty() && nowNs - usedNs.peekFirst() >= windowNs) {
                usedNs.removeFirst();
            }
        }
        if (usedNs.size() >= restarts) {
            return false;
        }
        usedNs.addLast(nowNs);
        return true;
    }

    /** The last restart that was taken, among those that are allowed: {@code restart 2 of 3 within 600 s}. */
    String describe() {
        return "restart " + usedNs.size() + " of " + restarts + (window == null ? "" : " within " + seconds(window));
    }

    private static String seconds(final Duration duration) {
        return duration.toSeconds() > 0 ? duration.toSeconds() + " s" : duration.toMillis() + " ms";
    }
}
