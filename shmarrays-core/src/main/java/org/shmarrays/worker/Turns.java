package org.shmarrays.worker;

import org.agrona.concurrent.AtomicBuffer;
import org.agrona.concurrent.NanoClock;
import org.shmarrays.layout.RunControlDescriptor;
import org.shmarrays.layout.SlotAccessDescriptor;
import org.shmarrays.layout.SlotDescriptor;
import org.shmarrays.segment.Segment;
import org.shmarrays.segment.WaitLimit;

/**
 * The turns in which workers push to arrays of mode ORDERED: turn t belongs to rank t mod N. All have come to their first
 * push, and so have had the chance to read the initial values, before the first of them pushes. For one thread.
 *
 * <p>The turn is one word, passed on by compare-and-set: what a worker stored in its turn, the next one sees. The turns of workers
 * that have departed or died are passed on by those who wait.
 */
public final class Turns {
    private static final System.Logger LOGGER = System.getLogger(Turns.class.getName());

    private final Segment segment;
    private final Worker worker;
    private final Slot slot;
    private final WaitLimit limit;
    private final NanoClock clock;
    private final Runnable usable;
    private final int worldSize;
    private final Peers peers;
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
            final Worker worker,
            final Slot slot,
            final WaitLimit limit,
            final NanoClock clock,
            final Runnable usable) {
        this.segment = segment;
        this.worker = worker;
        this.slot = slot;
        this.limit = limit;
        this.clock = clock;
        this.usable = usable;
        this.worldSize = worker == null ? 1 : worker.worldSize();
        this.peers = new Peers(segment, worldSize, runId(), isLate());
    }

    /** True if nobody has taken a turn since the segment's creation. */
    public boolean isBeforeFirst() {
        return RunControlDescriptor.turnAcquire(segment.control(), runControl()) == 0
                && RunControlDescriptor.turnWorkersAcquire(segment.control(), runControl()) == 0;
    }

    /**
     * Waits for this worker's turn; {@link #end} must follow. The first time it waits for all workers before, so at most for two
     * timeouts. Time of a pause of the segment does not count in the wait for the turn, up to two minutes.
     *
     * @throws WaitTimeoutException if another worker does not come, or does not end its turn, in time
     * @throws IllegalStateException if the segment's turns are those of another number of workers, or the turn has passed
     *     because this worker was taken for gone
     */
    public void await() {
        agreeOnWorkers();
        if (next < 0) {
            join();
        }
        wanted = true;
        try {
            final long waited = awaitOwn();
            if (waited > 0) {
                SlotAccessDescriptor.countTurnWait(slot.control(), SlotDescriptor.accesses(slot.offset()), waited);
            }
        } catch (final RuntimeException e) {
            wanted = false; // the next call waits for the same turn
            throw e;
        }
    }

    private long awaitOwn() {
        final Probing probing = new Probing();
        return Waiting.await(
                () -> comesTo(next, probing.isDue()),
                UncountedTime.ofPausesAndStops(segment),
                limit,
                clock,
                usable,
                () -> "a worker does not take its turn: segment=" + segment.name() + ", turn=" + turn() + ", rank="
                        + turn() % worldSize + " of " + worldSize + ", rank " + rank() + " waits for turn " + next
                        + "; each worker must push, or skip(), in every step");
    }

    /**
     * Comes to the first own turn, when all have come to theirs. A worker that joins a run under way lets a turn of its rank
     * pass that is on already: others may be passing it on at this moment, taking the rank for dead.
     */
    private void join() {
        if (worker != null) {
            awaitAll();
        }
        final long turn = turn();
        if (isLate() && worldSize > 1 && turn % worldSize == rank()) {
            RunControlDescriptor.compareAndSetTurn(segment.control(), runControl(), turn);
        }
        if (isLate()) {
            LOGGER.log(
                    System.Logger.Level.WARNING,
                    "a worker joined late, so this run can't be reproduced: segment=" + segment.name() + ", rank="
                            + rank() + ", turn=" + turn);
        }
        next = firstOwnFrom(turn());
    }

    private void awaitAll() {
        SlotDescriptor.takesTurnsRelease(slot.control(), slot.offset(), true);
        final Probing probing = new Probing();
        Waiting.await(
                () -> peers.rankWithoutTurn(probing.isDue()) < 0,
                UncountedTime.ofStops(segment),
                limit,
                clock,
                usable,
                () -> "not all workers came to their first turn: segment=" + segment.name() + ", rank " + rank()
                        + " waits for rank " + peers.rankWithoutTurn(false) + " of " + worldSize);
    }

    /** A segment may have seen turns before, those of an earlier run. */
    private long firstOwnFrom(final long turn) {
        return turn + Math.floorMod(rank() - turn, worldSize);
    }

    private void agreeOnWorkers() {
        final AtomicBuffer control = segment.control();
        RunControlDescriptor.compareAndSetTurnWorkers(control, runControl(), worldSize);
        final long agreed = RunControlDescriptor.turnWorkersAcquire(control, runControl());
        if (agreed != worldSize) {
            throw new IllegalStateException("the turns of an ORDERED segment are dealt to another number of workers:"
                    + " segment=" + segment.name() + ", workers=" + agreed + ", this one's world size=" + worldSize
                    + "; attach each worker with its rank: ShmArrays.attach(worker)");
        }
    }

    /** True at this worker's turn; passes on the turns of workers that are gone. */
    private boolean comesTo(final long own, final boolean probe) {
        final long turn = turn();
        if (turn > own) {
            throw new IllegalStateException("the turn has passed: segment=" + segment.name() + ", turn=" + turn
                    + ", own=" + own + ", rank=" + rank() + " of " + worldSize
                    + "; attach each worker with a rank of its own: ShmArrays.attach(worker)");
        }
        if (turn < own) {
            final int holder = (int) (turn % worldSize);
            final boolean departed = peers.isGone(holder, false);
            if (departed || probe && peers.isGone(holder, true)) {
                pass(turn, holder, departed);
            }
        }
        return turn == own;
    }

    private void pass(final long turn, final int holder, final boolean departed) {
        if (RunControlDescriptor.compareAndSetTurn(segment.control(), runControl(), turn) && !departed) {
            LOGGER.log(
                    System.Logger.Level.WARNING,
                    "a worker died, so this run can't be reproduced: segment=" + segment.name() + ", rank=" + holder
                            + ", turn=" + turn);
        }
    }

    /**
     * Ends the turn that {@link #await} waited for.
     *
     * @throws IllegalStateException if others have passed it on
     */
    public void end() {
        final long own = next;
        final boolean isOwn = RunControlDescriptor.compareAndSetTurn(segment.control(), runControl(), own);
        next += worldSize;
        wanted = false;
        if (!isOwn) {
            throw new IllegalStateException("the turn was taken away: segment=" + segment.name() + ", turn=" + turn()
                    + ", own=" + own + "; the run can't be reproduced");
        }
    }

    /** Whether an Error may have left this worker its turn. */
    public boolean mayHold() {
        return wanted;
    }

    /** Whether it is this worker's turn. */
    public boolean isOwn() {
        return wanted && turn() == next;
    }

    /** Passes the turn on if it is this worker's; may be called again where it has thrown. */
    public void giveBack() {
        RunControlDescriptor.compareAndSetTurn(segment.control(), runControl(), next);
        if (turn() > next) {
            next = firstOwnFrom(turn());
        }
        wanted = false;
    }

    private long turn() {
        return RunControlDescriptor.turnAcquire(segment.control(), runControl());
    }

    private int runControl() {
        return segment.controlLayout().runControlOffset();
    }

    private int rank() {
        return worker == null ? 0 : worker.rank();
    }

    private boolean isLate() {
        return worker != null && worker.isLate();
    }

    private long runId() {
        return worker == null ? 0 : worker.runId();
    }
}
