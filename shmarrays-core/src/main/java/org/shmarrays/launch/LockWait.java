package org.shmarrays.launch;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.shmarrays.internal.segment.WaitLimit;
import org.shmarrays.internal.segment.WaitTime;

/** Waits for what other threads change under a lock. */
final class LockWait {
    private static final long LOOK_NS = TimeUnit.MILLISECONDS.toNanos(100);

    /** What counts at most of a round of waiting: in a longer one this process, or the machine, did not run. */
    private static final long LONGEST_ROUND_NS = 5 * LOOK_NS;

    private LockWait() {}

    /**
     * Waits while a condition holds, at most for a time. The caller has the lock.
     *
     * @return false if it still holds
     */
    static boolean interruptibly(final Object lock, final Duration timeout, final BooleanSupplier condition)
            throws InterruptedException {
        final long timeoutNs = TimeUnit.NANOSECONDS.convert(timeout);
        final long startNs = System.nanoTime();
        while (condition.getAsBoolean()) {
            final long remainingNs = timeoutNs - (System.nanoTime() - startNs);
            if (remainingNs <= 0) {
                return false;
            }
            TimeUnit.NANOSECONDS.timedWait(lock, remainingNs);
        }
        return true;
    }

    /**
     * As {@link #interruptibly}, but interrupts are kept for later, and time in which this process did not run does not
     * count.
     *
     * @return false if it still holds
     */
    static boolean uninterruptibly(final Object lock, final Duration timeout, final BooleanSupplier condition) {
        final WaitTime time = new WaitTime(WaitLimit.of(timeout.toNanos()), LONGEST_ROUND_NS);
        boolean isInterrupted = false;
        try {
            long now = System.nanoTime();
            while (condition.getAsBoolean()) {
                if (time.isOver()) {
                    return false;
                }
                try {
                    TimeUnit.NANOSECONDS.timedWait(
                            lock, Math.min(LOOK_NS, Math.max(1, timeout.toNanos() - time.countedNs())));
                } catch (final InterruptedException e) {
                    isInterrupted = true;
                }
                final long before = now;
                now = System.nanoTime();
                time.add(now - before, false, false);
            }
            return true;
        } finally {
            if (isInterrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
