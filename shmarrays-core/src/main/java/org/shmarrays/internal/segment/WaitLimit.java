package org.shmarrays.internal.segment;

import java.time.Duration;

/**
 * How long a wait for another process may take. Immutable.
 *
 * @param timeoutNs the longest wait, without the time in which the other process, or this one, did not run
 * @param stoppedNs the longest time for which a stopped process is waited for, in each wait
 * @param isFinal true if the wait ends with an exception then; false if it says so, and goes on
 */
public record WaitLimit(long timeoutNs, long stoppedNs, boolean isFinal) {
    /** What no wait takes. */
    public static final Duration ENDLESS = Duration.ofDays(10_000);

    /** Not to wait at all. */
    public static final WaitLimit NONE = new WaitLimit(0, 0, true);

    /** A limit that ends the wait; a stopped process has no other one. */
    public static WaitLimit of(final long timeoutNs) {
        return new WaitLimit(timeoutNs, ENDLESS.toNanos(), true);
    }

    /** The same for a wait that goes on then. */
    public WaitLimit goingOn() {
        return new WaitLimit(timeoutNs, stoppedNs, false);
    }

    /** The same with another longest wait. */
    public WaitLimit withTimeout(final long otherTimeoutNs) {
        return new WaitLimit(otherTimeoutNs, stoppedNs, isFinal);
    }
}
