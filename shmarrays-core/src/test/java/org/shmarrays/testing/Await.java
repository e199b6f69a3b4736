package org.shmarrays.testing;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Waits for a condition, with a deadline that is far longer than the condition ever needs. */
public final class Await {
    /** Programs of 20 seconds are waited for, too, on machines that are several times as slow. */
    public static final Duration DEADLINE = Duration.ofMinutes(3);

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

    /** Waits until no such process runs. A zombie counts as ended: in a container an orphan may never be reaped. */
    public static void processEnd(final long pid) {
        until("end of process " + pid, () -> !isRunning(pid));
    }

    public static boolean isRunning(final long pid) {
        return ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false) && !isZombie(pid);
    }

    private static boolean isZombie(final long pid) {
        final char state = ProcessStat.of(pid).state();
        return state == 'Z' || state == ProcessStat.GONE;
    }
}
