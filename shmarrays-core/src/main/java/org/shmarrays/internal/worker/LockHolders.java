package org.shmarrays.internal.worker;

import org.shmarrays.internal.segment.HolderWatch;
import org.shmarrays.internal.segment.Segment;

/**
 * Recovers dead holders of a segment's locks or pause, and reports stopped ones, for those that wait. For any thread.
 */
public final class LockHolders implements HolderWatch {
    private static final System.Logger LOGGER = System.getLogger(LockHolders.class.getName());

    private final Segment segment;

    public LockHolders(final Segment segment) {
        this.segment = segment;
    }

    @Override
    public boolean isStopped(final long token) {
        Recovery.recoverIfDead(segment, token);
        return StoppedWorkers.isHolderStopped(segment, token);
    }

    @Override
    public void ended() {
        StoppedWorkers.lookAgain(segment);
    }

    @Override
    public void isLate(final String message) {
        LOGGER.log(System.Logger.Level.WARNING, message + "; still waiting");
    }
}
