package org.shmarrays.internal.worker;

import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.agrona.concurrent.NanoClock;
import org.shmarrays.errors.WaitTimeoutException;
import org.shmarrays.internal.segment.Parking;
import org.shmarrays.internal.segment.WaitLimit;
import org.shmarrays.internal.segment.WaitTime;

/**
 * Waits for a condition over shared memory that others make true: first yielding, then parking. At the end of its limit
 * a wait throws, or warns and goes on.
 */
final class Waiting {
    private static final System.Logger LOGGER = System.getLogger(Waiting.class.getName());
    private static final int YIELDS = 100;
    private static final long SHORTEST_PARK_NS = 20_000;
    private static final long LONGEST_PARK_NS = 1_000_000;

    /** What counts at most of a round. */
    private static final long LONGEST_ROUND_NS = 20_000_000;

    /** Between two looks at who is stopped. */
    private static final long STOPPED_LOOK_NS = TimeUnit.SECONDS.toNanos(1);

    private Waiting() {}

    /**
     * Returns when the condition holds, with the time that was waited, in ns.
     *
     * @param usable called in each round; throws when waiting makes no sense any more
     * @throws WaitTimeoutException with the message, if the condition does not hold after the timeout, unless the wait
     *     goes on then
     */
    static long await(
            final BooleanSupplier condition,
            final UncountedTime uncounted,
            final WaitLimit limit,
            final NanoClock clock,
            final Runnable usable,
            final Supplier<String> message) {
        if (condition.getAsBoolean()) {
            return 0;
        }
        final long began = clock.nanoTime();
        final WaitTime time = new WaitTime(limit, LONGEST_ROUND_NS);
        long now = began;
        long lookedNs = began;
        boolean isStopped = false;
        long parkNs = SHORTEST_PARK_NS;
        for (int round = 0; ; round++) {
            usable.run();
            if (condition.getAsBoolean()) {
                if (time.stoppedNs() > 0) {
                    uncounted.ended().run();
                }
                return clock.nanoTime() - began;
            }
            if (time.isOver()) {
                if (time.isFinal()) {
                    throw new WaitTimeoutException(message.get());
                }
                LOGGER.log(System.Logger.Level.WARNING, message.get() + "; still waiting");
                time.extend();
            }
            if (round < YIELDS) {
                Thread.yield();
            } else {
                Parking.parkNanos(parkNs);
                parkNs = Math.min(2 * parkNs, LONGEST_PARK_NS);
            }
            final long before = now;
            now = clock.nanoTime();
            if (now - lookedNs > Math.min(STOPPED_LOOK_NS, limit.timeoutNs() / 4)) {
                isStopped = uncounted.isStopped().getAsBoolean();
                lookedNs = now;
            }
            time.add(now - before, isStopped, uncounted.isPaused().getAsBoolean());
        }
    }
}
