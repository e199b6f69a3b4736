package org.shmarrays.benchmarks.harness;

import java.util.concurrent.TimeUnit;

/**
 * How much work a run of benchmarks is.
 *
 * @param quick whether few cases will do
 * @param repeats how often each candidate is measured
 * @param windowNs how long, at least
 * @param warmUpNs how long each candidate works before it is measured
 */
public record Effort(boolean quick, int repeats, long windowNs, long warmUpNs) {
    /** For figures that are to be told. */
    public static Effort full() {
        return new Effort(false, 5, TimeUnit.MILLISECONDS.toNanos(500), TimeUnit.MILLISECONDS.toNanos(1000));
    }

    /** For a look, in minutes. */
    public static Effort quickLook() {
        return new Effort(true, 3, TimeUnit.MILLISECONDS.toNanos(60), TimeUnit.MILLISECONDS.toNanos(250));
    }

    /** For tests: one short look at very few. */
    public static Effort smoke() {
        return new Effort(true, 1, TimeUnit.MILLISECONDS.toNanos(5), TimeUnit.MILLISECONDS.toNanos(5));
    }

    /** Whether this is {@link #smoke()}. */
    public boolean isSmoke() {
        return repeats == 1;
    }

    /** The most rounds of warming up, where compilers do not come to rest. */
    int mostWarmUpRounds() {
        return isSmoke() ? 1 : quick ? 10 : 30;
    }
}
