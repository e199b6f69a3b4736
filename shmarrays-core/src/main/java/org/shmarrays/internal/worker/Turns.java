package org.shmarrays.internal.worker;

import java.lang.invoke.VarHandle;
import org.agrona.concurrent.NanoClock;
import org.shmarrays.errors.BlockedWaitException;
import org.shmarrays.errors.WaitTimeoutException;
import org.shmarrays.internal.segment.Segment;
import org.shmarrays.internal.segment.Step;
import org.shmarrays.internal.segment.WaitLimit;

/**
 * The turns in which workers push to arrays of mode ORDERED: with N workers, the t-th turn of a run, from 0 on, belongs
 * to rank t mod N. All have come to their first push, and so have had the chance to read the initial values, before the
 * first of them pushes. For one thread.
 *
 * <p>The turn is one word, passed on by compare-and-set: what a worker stored in its turn, the next one sees. The turns
 * of workers that have departed or died are passed on by those who wait. So are those of a worker that waits until this
 * one has come to a barrier or has made a step: it can't push before that, so this depends on what the workers do and
 * not on when.
 */
public final class Turns {
    private static final System.Logger LOGGER = System.getLogger(Turns.class.getName());

    private final Segment segment;
    private final RunMember worker;
    private final Slot slot;
    private final WaitLimit limit;
    private final WorkerRole role;
    private final Peers peers;
    private final WorkerWait waits;
    private final TurnWord word;
    private boolean isDealt;
    private long next = -1;

    /** Whether this worker has come to {@link #await} and not to the end of its turn: the turn may be its own. */
    private boolean wanted;

    /**
     * Turns of one worker.
     *
     * @param worker null for a handle without one: it counts as rank 0 of 1
     * @param usable called while waiting; throws when waiting makes no sense any more
     */
    public Turns(
            final Segment segment,
            final RunMember worker,
            final Slot slot,
            final WaitLimit limit,
            final NanoClock clock,
            final Runnable usable) {
        this.segment = segment;
        this.worker = worker;
        this.slot = slot;
        this.limit = limit;
        this.role = worker == null ? new WorkerRole(0, 1, 0, 1, false) : slot.role();
        this.peers = new Peers(segment, role);
        this.waits = new WorkerWait(slot, peers, limit, clock, usable);
        this.word = new TurnWord(segment);
    }

    /** True if no worker has taken a turn since the segment's creation. */
    public boolean isBeforeFirst() {
        return word.turn() == 0 && word.workers() == 0;
    }

    /**
     * Waits for this worker's turn; {@link #end} must follow. The first time it waits for all workers before, with a
     * timeout of its own. Time of a pause of the segment does not count in the wait for the turn, up to two minutes.
     *
     * @throws WaitTimeoutException if another worker does not come, or does not end its turn, in time, and the limit is
     *     {@linkplain WaitLimit#isFinal final}
     * @throws BlockedWaitException if a worker that is waited for waits for this one, and its turns can't be passed on
     * @throws IllegalStateException if the segment's turns are those of another run that is under way, or the turn has
     *     passed because this worker was taken for gone
     */
    public void await() {
        deal();
        if (next < 0) {
            join();
        } else if (word.turn() > next && worker != null && worker.hasWaited()) {
            next = word.firstOwnFrom(word.turn(), role.rank());
        }
        wanted = true;
        try {
            final long waited = awaitOwn();
            Step.B6.reached();
            if (waited > 0) {
                segment.slotAccesses().countTurnWait(slot.slotId(), waited);
            }
        } catch (final RuntimeException e) {
            wanted = false; // the next call waits for the same turn
            throw e;
        }
    }

    private long awaitOwn() {
        return waits.await(
                WaitKind.TURN,
                next,
                WorkerWait.NO_ARRIVAL,
                probe -> comesTo(next, probe),
                () -> "a worker does not take its turn: segment=" + segment.name() + ", turn=" + word.turn() + ", rank="
                        + word.holder() + " of " + role.worldSize() + ", rank " + role.rank() + " waits for turn "
                        + next + "; each worker must push, or skip(), in every step");
    }

    /**
     * Comes to the first own turn, when all have come to theirs. A worker that joins a run under way lets a turn of its
     * rank pass that is on already: others may be passing it on at this moment, because the rank's last worker is dead,
     * or was killed while it waited. No one passes on a later turn for that reason. The fence stands between the stores
     * that show this worker (state, then takesTurns) and the load of the turn. So whoever reads a turn that was passed
     * on after that load, by a compare-and-set, and then looks at the slots, finds this worker there.
     */
    private void join() {
        final Runnable arrival = () -> slot.slots().takesTurnsRelease(slot.slotId(), true);
        if (worker == null) {
            arrival.run();
        } else {
            awaitAll(arrival);
        }
        VarHandle.fullFence();
        final long turn = word.turn();
        if (role.late() && role.worldSize() > 1 && word.holder(turn) == role.rank()) {
            word.pass(turn);
        }
        if (role.late()) {
            LOGGER.log(
                    System.Logger.Level.WARNING,
                    "a worker joined late, so this run can't be reproduced: segment=" + segment.name() + ", rank="
                            + role.rank() + ", turn=" + turn);
        }
        next = word.firstOwnFrom(word.turn(), role.rank());
    }

    private void awaitAll(final Runnable arrival) {
        waits.await(
                WaitKind.FIRST_TURN,
                0,
                arrival,
                probe -> peers.rankWithoutTurn(slot.slotId(), probe) < 0,
                () -> "not all workers reached their first turn: segment=" + segment.name() + ", rank " + role.rank()
                        + " waits for rank " + peers.rankWithoutTurn(slot.slotId(), false) + " of " + role.worldSize()
                        + worker.hint());
    }

    /**
     * Sees to it that the turns are this run's. Those of an earlier run, which is over, go on from where they stood.
     */
    private void deal() {
        if (isDealt) {
            return;
        }
        try (RunEntry entry = RunEntry.acquire(segment, limit.timeoutNs())) {
            if (word.workers() != role.worldSize() || word.runId() != role.runId()) {
                final int other = word.workers() == 0 ? -1 : entry.otherThatTakesTurns(word.runId(), slot.slotId());
                if (other >= 0) {
                    throw new IllegalStateException("the turns of an ORDERED segment belong to another run, or to"
                            + " another number of workers: segment=" + segment.name() + ", workers=" + word.workers()
                            + ", one of them is slot " + other + ", own world size=" + role.worldSize()
                            + "; attach each worker with its rank, ShmArrays.attach(worker), and close the handles of"
                            + " one run before the next");
                }
                word.deal(role.runId(), role.worldSize());
            }
        }
        isDealt = true;
    }

    /** True at this worker's turn; passes on the turns of workers that are gone, or wait for this one. */
    private boolean comesTo(final long own, final boolean probe) {
        final long turn = word.turn();
        if (turn > own) {
            throw new IllegalStateException("the turn has passed: segment=" + segment.name() + ", turn=" + turn
                    + ", own=" + own + ", rank=" + role.rank() + " of " + role.worldSize()
                    + "; attach each worker with a rank of its own: ShmArrays.attach(worker)");
        }
        if (turn < own) {
            final int holder = word.holder(turn);
            if (peers.isGone(holder, false) || isWaitingForThis(holder, probe)) {
                Step.B3.reached();
                word.pass(turn);
            } else if (probe && peers.isGone(holder, true) && word.pass(turn)) {
                LOGGER.log(
                        System.Logger.Level.WARNING,
                        "a worker died, so this run can't be reproduced: segment=" + segment.name() + ", rank=" + holder
                                + ", turn=" + turn);
            }
        }
        return turn == own;
    }

    /** Until this worker has come to that one's barrier, or has made its step, that one can't push. */
    private boolean isWaitingForThis(final int rank, final boolean probe) {
        return peers.isWaitingForStepsOf(slot.slotId(), rank, probe);
    }

    /**
     * Ends the turn that {@link #await} waited for.
     *
     * @throws IllegalStateException if others have passed it on
     */
    public void end() {
        final long own = next;
        Step.B7.reached();
        final boolean isOwn = word.pass(own);
        next += role.worldSize();
        over();
        if (worker != null) {
            worker.hasWaited(); // what it waited for before this turn is over
        }
        if (!isOwn) {
            throw takenAway(own);
        }
    }

    private IllegalStateException takenAway(final long own) {
        return new IllegalStateException("the turn was taken away: segment=" + segment.name() + ", turn=" + word.turn()
                + ", own=" + own + "; the run can't be reproduced");
    }

    private void over() {
        wanted = false;
        if (worker != null) {
            worker.holdsTurn(false);
        }
    }

    /**
     * The turn that {@link #await} waited for lasts over several calls: until it is over, the worker may not wait for
     * others, which may wait for the turn.
     */
    public void hold() {
        if (worker != null) {
            worker.holdsTurn(true);
        }
    }

    /**
     * Throws unless the turn that {@link #await} waited for is still this worker's.
     *
     * @throws IllegalStateException if others have passed it on
     */
    public void checkOwn() {
        if (!isOwn()) {
            throw takenAway(next);
        }
    }

    /** Whether an Error may have left this worker its turn. */
    public boolean mayHold() {
        return wanted;
    }

    /** Whether it is this worker's turn. */
    public boolean isOwn() {
        return wanted && word.turn() == next;
    }

    /** Passes the turn on if it is this worker's; may be called again where it has thrown. */
    public void giveBack() {
        word.pass(next);
        if (word.turn() > next) {
            next = word.firstOwnFrom(word.turn(), role.rank());
        }
        over();
    }
}
