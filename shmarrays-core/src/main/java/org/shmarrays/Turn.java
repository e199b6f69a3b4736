package org.shmarrays;

import org.shmarrays.errors.UpdateFailedException;
import org.shmarrays.internal.access.Calls;

/**
 * A worker's turn of mode ORDERED that lasts over several calls: a whole step, from what it reads to what it pushes.
 * Then N workers compute what one would from the same steps in the order of the turns. Taken by
 * {@link ShmArrays#takeTurn()}, ended by {@link #close()}; for the thread of the handle.
 *
 * <p>While it is held:
 *
 * <ul>
 *   <li>The handle reads the present values of the ORDERED arrays: what the turns before it have left, and what was
 *       pushed in this one. No other worker changes them.
 *   <li>Pushes to ORDERED arrays belong to this turn: as many as are wanted, each to any of the arrays, or to a part of
 *       one. One that fails does not end the turn, and can't be resumed.
 *   <li>Waits for other workers throw IllegalStateException: {@link ShmArrays#skip()}, a further
 *       {@link ShmArrays#takeTurn()}, {@link org.shmarrays.worker.Worker#barrier()},
 *       {@link org.shmarrays.worker.Worker#awaitBound}.
 *   <li>The other workers wait, each at most for the worker timeout. A snapshot of the whole segment waits only for the
 *       push that is under way.
 * </ul>
 *
 * <p>Closing the handle gives the turn back. That of a worker that was killed is passed on by the others.
 */
public final class Turn implements AutoCloseable {
    private final Calls calls;

    /** Holds the turn once {@link Calls#takeTurn} has returned. */
    Turn(final Calls calls) {
        this.calls = calls;
    }

    /**
     * Ends the turn, whether anything was pushed in it or not, after the ORDERED arrays have been copied: the handle
     * reads the copies until its next turn. Waits for the end of a pause of the segment, as a push does. Twice is
     * harmless.
     *
     * @throws UpdateFailedException if the copies can't be made: the turn is over, what was pushed is stored, and until
     *     its next turn the handle reads the shared values
     * @throws IllegalStateException if others have taken the turn away, or this is called from inside an update
     *     function; there the turn stays held
     */
    @Override
    public void close() {
        calls.endTurn(this);
    }
}
