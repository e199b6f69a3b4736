package org.shmarrays.internal.worker;

import java.util.function.BooleanSupplier;
import org.shmarrays.internal.segment.Segment;

/**
 * Tells whether a segment is paused; now and then looks whether the pause's owner lives, and ends it if not. For one
 * wait.
 */
final class PauseWatch implements BooleanSupplier {
    private final Segment segment;
    private final ProbeSchedule probing = new ProbeSchedule();

    PauseWatch(final Segment segment) {
        this.segment = segment;
    }

    @Override
    public boolean getAsBoolean() {
        final long token = pause();
        if (token != 0 && probing.isDue()) {
            Recovery.recoverIfDead(segment, token);
        }
        return token != 0;
    }

    private long pause() {
        return segment.runControl().pauseAcquire();
    }
}
