package org.shmarrays.internal.segment;

import java.util.concurrent.locks.LockSupport;

/** Parks also a thread whose interrupt flag is set, which would return at once and spin; the flag stays set. */
public final class Parking {
    private Parking() {}

    /** Parks for about this long, or for less. */
    public static void parkNanos(final long ns) {
        if (!Thread.currentThread().isInterrupted()) {
            LockSupport.parkNanos(ns);
            return;
        }
        final long until = System.nanoTime() + ns;
        // To set the flag also grants a permit to go on, so the first park may return at once.
        for (long left = ns; left > 0; left = until - System.nanoTime()) {
            Thread.interrupted();
            LockSupport.parkNanos(left);
        }
        Thread.currentThread().interrupt();
    }
}
