package org.shmarrays.launch;

import java.time.Duration;

/**
 * How long a worker's next start is put off: the first time a little, then twice as long each time, up to a longest;
 * from the beginning again after a worker that ran well for a while. Counts for one worker; for one thread at a time.
 */
final class RestartBackoff {
    /** A worker that ran longer than this was healthy: what ended it counts as a new fault. */
    static final Duration HEALTHY = Duration.ofMinutes(1);

    private final Duration first;
    private final Duration longest;
    private Duration next;

    RestartBackoff(final Duration first, final Duration longest) {
        this.first = first;
        this.longest = longest;
        this.next = first;
    }

    /** The pause before the next start of a worker that has run for {@code ranFor}. */
    Duration after(final Duration ranFor) {
        if (ranFor.compareTo(HEALTHY) >= 0) {
            next = first;
        }
        final Duration pause = next;
        final Duration doubled = pause.multipliedBy(2);
        next = doubled.compareTo(longest) < 0 ? doubled : longest;
        return pause;
    }
}
