package org.shmarrays.spark;

import java.io.Serializable;
import java.time.Duration;

/**
 * How long the hosts train between two exchanges of their parameters. Immutable.
 *
 * @param steps of each worker, at least 1
 * @param longest a host begins no further step after this time
 */
public record Interval(int steps, Duration longest) implements Serializable {
    private static final Duration DEFAULT_LONGEST = Duration.ofSeconds(30);

    /**
     * @throws IllegalArgumentException if there is no step, or no time
     */
    public Interval {
        if (steps < 1) {
            throw new IllegalArgumentException("an interval has 1 step or more: steps=" + steps);
        }
        if (longest.isZero() || longest.isNegative()) {
            throw new IllegalArgumentException("an interval needs time: longest=" + longest);
        }
    }

    /** An interval of a number of steps of each worker, of 30 seconds at most. */
    public static Interval steps(final int steps) {
        return new Interval(steps, DEFAULT_LONGEST);
    }

    /** The same number of steps, but at most this time. */
    public Interval atMost(final Duration time) {
        return new Interval(steps, time);
    }
}
