package org.shmarrays.worker;

import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.agrona.concurrent.NanoClock;
import org.shmarrays.segment.Parking;

/** Waits for a condition over shared memory that others make true: first yielding, then parking, never without an end. */
final class Waiting {
    private static final int YIELDS = 100;
    private static final long SHORTEST_PARK_NS = 20_000;
    private static final long LONGEST_PARK_NS = 1_000_000;

    /** A round that took longer counts as this long: the waiter itself did not run. */
    private static final long LONGEST_ROUND_NS = 20_000_000;

    private static final long LONGEST_PAUSE_NS = TimeUnit.MINUTES.toNanos(2);

    private Waiting() {}

    /**
     * Returns when the condition holds, with the time that was waited, in ns.
     *
     * @param usable called in each round; throws when waiting makes no sense any more
     * @throws WaitTimeoutException with the message, if the condition does not hold after the timeout
     */
    static long await(
            final BooleanSupplier condition,
            final long timeoutNs,
            final NanoClock clock,
            final Runnable usable,
            final Supplier<String> message) {
        return await(condition, () -> false, timeoutNs, clock, usable, message);
    }

    /**
     * The same in a segment whose pauses do not count as waiting, each wait's first two minutes of them.
     *
     * @param isPaused looked at in each round
     */
    static long await(
            final BooleanSupplier condition,
            final BooleanSupplier isPaused,
            final long timeoutNs,
            final NanoClock clock,
            final Runnable usable,
            final Supplier<String> message) {
        if (condition.getAsBoolean()) {
            return 0;
        }
        final long began = clock.nanoTime();
        long now = began;
        long waited = 0;
        long paused = 0;
        long parkNs = SHORTEST_PARK_NS;
        for (int round = 0; ; round++) {
            usable.run();
            if (condition.getAsBoolean()) {
                return clock.nanoTime() - began;
            }
            if (waited > timeoutNs) {
                throw new WaitTimeoutException(message.get());
            }
            if (round < YIELDS) {
                Thread.yield();
            } else {
                Parking.parkNanos(parkNs);
                parkNs = Math.min(2 * parkNs, LONGEST_PARK_NS);
            }
            final long before = now;
            now = clock.nanoTime();
            if (paused < LONGEST_PAUSE_NS && isPaused.getAsBoolean()) {
                paused += now - before;
            } else {
                waited += Math.min(now - before, LONGEST_ROUND_NS);
            }
        }
    }
}
