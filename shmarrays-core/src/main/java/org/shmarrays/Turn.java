package org.shmarrays;

import org.shmarrays.errors.UpdateFailedException;
import org.shmarrays.internal.access.Calls;

/**
 * A turn of mode ORDERED that a worker holds over several calls: for a whole step, from its reads to its pushes. Then N
 * workers compute what one worker would compute from the same steps, in the order of the turns.
 * {@link ShmArrays#takeTurn()} takes a turn, {@link #close()} ends it. For the thread of the handle.
 *
 * <p>While the turn is held:
 *
 * <ul>
 *   <li>The handle reads the current values of the ORDERED arrays, with all pushes of earlier turns and of this one. No
 *       other worker changes them.
 *   <li>Pushes to ORDERED arrays belong to this turn. There may be any number of them, each to any of the arrays, or to
 *       a part of one. A push that fails does not end the turn, and can't be resumed.
 *   <li>Calls that wait for other workers throw IllegalStateException: {@link ShmArrays#skip()}, a second
 *       {@link ShmArrays#takeTurn()}, {@link org.shmarrays.worker.Worker#barrier()},
 *       {@link org.shmarrays.worker.Worker#awaitBound}.
 *   <li>The other workers wait, each at most for the worker timeout. A snapshot of the whole segment waits only for a
 *       push in progress.
 * </ul>
 *
 * <p>Closing the handle ends the turn. If the worker is killed, the others pass its turn on.
 */
public final class Turn implements AutoCloseable {
    private final Calls calls;

    /** Holds the turn once {@link Calls#takeTurn} has returned. */
    Turn(final Calls calls) {
        this.calls = calls;
    }

    /**
     * Copies the ORDERED arrays, and ends the turn, even if nothing was pushed in it. The handle reads the copies until
     * its next turn. Like a push, this waits for the end of a pause of the segment. A second call does nothing.
     *
     * @throws UpdateFailedException if the copies can't be made. The turn is over, the pushes are stored, and the
     *     handle reads the shared values until its next turn
     * @throws IllegalStateException if others have taken the turn away; or if this is called inside an update function,
     *     and then the turn is still held
     */
    @Override
    public void close() {
        calls.endTurn(this);
    }
}
