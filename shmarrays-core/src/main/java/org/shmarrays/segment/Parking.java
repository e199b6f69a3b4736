package org.shmarrays.segment;

import java.util.concurrent.locks.LockSupport;

/** Parks also a thread whose interrupt flag is set, which would return at once and spin; the flag stays set. */
public final class Parking {
    private Parking() {}

    /** Parks for about this long, or for less. */
    public static void parkNanos(final long ns) {
        final boolean interrupted = Thread.interrupted();
        LockSupport.parkNanos(ns);
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
