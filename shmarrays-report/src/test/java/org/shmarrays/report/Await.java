package org.shmarrays.report;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Waits for a condition, with a deadline that is far longer than the condition ever needs. */
public final class Await {
    static final Duration DEADLINE = Duration.ofMinutes(2);

    private static final Duration PAUSE = Duration.ofMillis(5);

    private Await() {}

    public static void until(final String description, final BooleanSupplier condition) {
        final long startNs = System.nanoTime();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - startNs > DEADLINE.toNanos()) {
                throw new AssertionError("still not after " + DEADLINE.toSeconds() + " s: " + description);
            }
            LockSupport.parkNanos(PAUSE.toNanos());
        }
    }
}
