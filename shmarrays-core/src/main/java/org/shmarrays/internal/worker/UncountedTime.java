package org.shmarrays.internal.worker;

import java.util.function.BooleanSupplier;
import org.shmarrays.internal.segment.Segment;

/**
 * Why time of a wait for other workers does not count against its limit. For one wait.
 *
 * @param isPaused whether the segment is paused; asked in each round
 * @param isStopped whether some worker that may be waited for is stopped; asked about once a second
 * @param ended called when a wait has come to its end in which a worker was stopped
 */
record UncountedTime(BooleanSupplier isPaused, BooleanSupplier isStopped, Runnable ended) {
    /** While the segment is paused, or one of its workers is stopped. */
    static UncountedTime ofPausesAndStops(final Segment segment) {
        return of(segment, new PauseWatch(segment));
    }

    /** While a worker of the segment is stopped. */
    static UncountedTime ofStops(final Segment segment) {
        return of(segment, () -> false);
    }

    private static UncountedTime of(final Segment segment, final BooleanSupplier isPaused) {
        return new UncountedTime(
                isPaused, () -> StoppedWorkers.isAnyStopped(segment), () -> StoppedWorkers.lookAgain(segment));
    }
}
