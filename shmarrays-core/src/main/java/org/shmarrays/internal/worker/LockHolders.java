package org.shmarrays.internal.worker;

import org.shmarrays.internal.segment.HolderWatch;
import org.shmarrays.internal.segment.Segment;

/** What the waiters of a segment do about the processes that hold its locks, or pause it. For any thread. */
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
