package org.shmarrays.internal.segment;

import java.time.Duration;

/**
 * How long a wait for another process may take. Immutable.
 *
 * @param timeoutNs the longest wait, without the time in which this process or the other one did not run
 * @param stoppedNs the longest time that each wait may spend on a stopped process
 * @param isFinal true if the wait then ends with an exception; false if it then warns and continues
 */
public record WaitLimit(long timeoutNs, long stoppedNs, boolean isFinal) {
    /** Longer than any wait. */
    public static final Duration ENDLESS = Duration.ofDays(10_000);

    /** No wait at all. */
    public static final WaitLimit NONE = new WaitLimit(0, 0, true);

    /** A limit that ends the wait with an exception. A stopped process is waited for without a limit. */
    public static WaitLimit of(final long timeoutNs) {
        return new WaitLimit(timeoutNs, ENDLESS.toNanos(), true);
    }

    /** The same limit for a wait that then warns and continues. */
    public WaitLimit goingOn() {
        return new WaitLimit(timeoutNs, stoppedNs, false);
    }

    /** The same limit with another longest wait. */
    public WaitLimit withTimeout(final long otherTimeoutNs) {
        return new WaitLimit(otherTimeoutNs, stoppedNs, isFinal);
    }
}
