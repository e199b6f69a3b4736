package org.shmarrays.internal.worker;

import org.shmarrays.internal.layout.RunControlBlock;
import org.shmarrays.internal.segment.Segment;

/** The turn of an ORDERED segment, and whose it is. Any thread may use it. */
final class TurnWord {
    private final RunControlBlock runControl;

    TurnWord(final Segment segment) {
        this.runControl = segment.runControl();
    }

    long turn() {
        return runControl.turnAcquire();
    }

    /** Passes a turn on; false if it was passed on already. */
    boolean pass(final long turn) {
        return runControl.compareAndSetTurn(turn);
    }

    /** Number of workers that take turns, 0 before the first turn. */
    int workers() {
        return (int) runControl.turnWorkersAcquire();
    }

    /** The run whose workers take turns. */
    long runId() {
        return runControl.turnRunAcquire();
    }

    /** Gives the turns from the present one on to a run, whose rank 0 has the first one. */
    void deal(final long runId, final int workers) {
        runControl.dealTurnsRelease(runId, workers);
    }

    /** Rank of the worker whose turn it is. */
    int holder() {
        return holder(turn());
    }

    /** Rank of the worker that a turn belongs to; 0 before the turns were dealt. */
    int holder(final long turn) {
        return (int) Math.floorMod(turn - first(), Math.max(1L, workers()));
    }

    /** A rank's first turn from a turn on. */
    long firstOwnFrom(final long turn, final int rank) {
        return turn + Math.floorMod(rank - (turn - first()), (long) workers());
    }

    private long first() {
        return runControl.firstTurnAcquire();
    }
}
