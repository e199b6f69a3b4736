package org.shmarrays.randomkill;

import java.nio.file.Path;
import java.util.concurrent.locks.LockSupport;

/** A process that only ticks: its longest pause is the machine's, and not that of any lock. */
final class Ticker {
    private static final long TICK_NS = 1_000_000;

    private Ticker() {}

    public static void main(final String... arguments) {
        final Tally tally = Tally.open(Path.of(arguments[0]));
        long last = System.nanoTime();
        while (true) {
            LockSupport.parkNanos(TICK_NS);
            final long now = System.nanoTime();
            tally.took(now - last - TICK_NS);
            tally.read(false);
            last = now;
        }
    }
}
