package org.shmarrays.internal.segment;

import java.util.concurrent.locks.LockSupport;

/** Parks a thread even if its interrupt flag is set. LockSupport would return at once. The flag stays set. */
public final class Parking {
    private Parking() {}

    /** Parks for about this time, or for less. */
    public static void parkNanos(final long ns) {
        if (!Thread.currentThread().isInterrupted()) {
            LockSupport.parkNanos(ns);
            return;
        }
        final long until = System.nanoTime() + ns;
        // An interrupt also grants a permit, so the first park may return at once.
        for (long left = ns; left > 0; left = until - System.nanoTime()) {
            Thread.interrupted();
            LockSupport.parkNanos(left);
        }
        Thread.currentThread().interrupt();
    }
}
