package org.shmarrays.internal.worker;

import org.agrona.concurrent.AtomicBuffer;
import org.shmarrays.internal.layout.RunControlDescriptor;
import org.shmarrays.internal.segment.Segment;

/** The turn of an ORDERED segment, and whose it is. Any thread may use it. */
final class TurnWord {
    private final AtomicBuffer control;
    private final int runControl;

    TurnWord(final Segment segment) {
        this.control = segment.control();
        this.runControl = segment.controlLayout().runControlOffset();
    }

    long turn() {
        return RunControlDescriptor.turnAcquire(control, runControl);
    }

    /** Passes a turn on; false if it was passed on already. */
    boolean pass(final long turn) {
        return RunControlDescriptor.compareAndSetTurn(control, runControl, turn);
    }

    /** Number of workers that take turns, 0 before the first turn. */
    int workers() {
        return (int) RunControlDescriptor.turnWorkersAcquire(control, runControl);
    }

    /** The run whose workers take turns. */
    long runId() {
        return RunControlDescriptor.turnRunAcquire(control, runControl);
    }

    /** Gives the turns from the present one on to a run, whose rank 0 has the first one. */
    void deal(final long runId, final int workers) {
        RunControlDescriptor.dealTurnsRelease(control, runControl, runId, workers);
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
        return RunControlDescriptor.firstTurnAcquire(control, runControl);
    }
}
