package org.shmarrays.internal.worker;

import java.nio.file.Path;
import org.agrona.concurrent.NanoClock;
import org.agrona.concurrent.SystemNanoClock;
import org.shmarrays.internal.segment.Segment;
import org.shmarrays.internal.segment.WaitLimit;
import org.shmarrays.worker.Worker;

/**
 * What stands behind a {@link Worker}: its part of a run, and its slot while it is attached. For one thread; the
 * counters of the slot have no other writer.
 */
public final class RunMember {
    private final WorkerEnvironment environment;
    private final NanoClock clock = SystemNanoClock.INSTANCE;
    private volatile Slot slot;
    private WorkerRole role;
    private Peers peers;
    private WorkerWait waits;
    private boolean hasWaited;
    private boolean holdsTurn;
    private long barriers;

    /** A member that is not attached yet. */
    public RunMember(final WorkerEnvironment environment) {
        this.environment = environment;
    }

    /** What this process was told about the worker. */
    public WorkerEnvironment environment() {
        return environment;
    }

    /** From 0 to {@link #worldSize()} - 1. */
    public int rank() {
        return environment.rank();
    }

    /** Number of workers of the run; it changes when the run is scaled. */
    public int worldSize() {
        final Peers others = peers;
        return slot == null || others == null ? environment.worldSize() : others.worldSize();
    }

    /** See {@link Worker#runId}. */
    public long runId() {
        return role == null ? environment.runId() : role.runId();
    }

    /** See {@link Worker#isLate}. */
    public boolean isLate() {
        return role == null ? environment.late() : role.late();
    }

    /**
     * Whether this worker may create the segment at this path. One that {@linkplain Worker#isLate() joined late} may
     * not: a run has a segment, and if that is not there it is lost, and another one would be a second model. It may
     * only if its launcher has never seen one there.
     */
    public boolean mayCreate(final Path segment) {
        return !isLate() || segment.toString().equals(System.getenv(WorkerEnvironment.MAY_CREATE_VARIABLE));
    }

    /** Whether this is the name that {@link Worker#segmentName} has made up, because none was given. */
    public boolean makesUpName(final String name) {
        return environment.segmentName() == null
                && environment.worldSize() == 1
                && ProcessName.ofSegment().equals(name);
    }

    /**
     * Gives this worker its slot: called when it attaches to a segment.
     *
     * @param waitLimit of a wait for other workers
     * @throws IllegalStateException if it has one
     */
    public void take(final Slot claimed, final WaitLimit waitLimit) {
        if (slot != null) {
            throw new IllegalStateException("this worker is attached already: rank=" + rank() + ", segment="
                    + slot.segment().name() + "; use another Worker for another attachment");
        }
        role = claimed.role();
        peers = new Peers(claimed.segment(), role);
        waits = new WorkerWait(claimed, peers, waitLimit, clock, () -> checkUsable(claimed));
        holdsTurn = false;
        slot = claimed;
        barriers = claimed.slots().barriersAcquire(claimed.slotId());
    }

    /**
     * True if the worker was in a barrier, or kept a bound, since this was asked last: its turns may have been passed
     * on.
     */
    boolean hasWaited() {
        final boolean waited = hasWaited;
        hasWaited = false;
        return waited;
    }

    /** Whether its turn lasts over several calls, so that it may wait for no others. */
    void holdsTurn(final boolean holds) {
        holdsTurn = holds;
    }

    /**
     * The worker's slot.
     *
     * @throws IllegalStateException if it is not attached
     */
    public Slot slot() {
        final Slot taken = slot;
        if (taken == null) {
            throw new IllegalStateException("this worker is not attached to a segment: rank=" + rank()
                    + "; attach with ShmArrays.attach(worker)");
        }
        return taken;
    }

    /** See {@link Worker#shouldStop}. */
    public boolean shouldStop() {
        final Slot own = slot();
        own.checkPresentNowAndThen();
        final Segment segment = own.segment();
        return segment.runControl().stopAcquire() || rank() >= worldSize();
    }

    /** See {@link Worker#awaitBound}. */
    public void awaitBound(final long bound) {
        if (bound < 0) {
            throw new IllegalArgumentException("bound is negative: " + bound);
        }
        final Slot own = outsideOfPush();
        final long reached = own.slots().clockAcquire(own.slotId());
        final long needed = reached - bound;
        hasWaited = true;
        waits.await(
                WaitKind.BOUND,
                needed,
                WorkerWait.NO_ARRIVAL,
                probe -> peers.slowestClock(needed, probe) >= needed
                        || shouldStop() && peers.haveComeOrWaitFor(own.slotId(), needed, probe),
                () -> "a slower worker does not catch up: segment="
                        + own.segment().name() + ", rank=" + rank() + ", clock=" + reached + ", bound=" + bound
                        + ", slowest=" + peers.slowestClock(needed, false));
    }

    /** See {@link Worker#barrier}. */
    public void barrier() {
        final Slot own = outsideOfPush();
        final long reached = barriers + 1;
        waits.await(
                WaitKind.BARRIER,
                reached,
                () -> {
                    own.slots().barriersRelease(own.slotId(), reached);
                    hasWaited = true;
                },
                probe -> peers.missingRank(own.slotId(), reached, probe) < 0,
                () -> missing(own, reached));
        checkUsable(own);
        barriers = reached;
    }

    private String missing(final Slot own, final long reached) {
        return "not all workers reached the barrier: segment=" + own.segment().name() + ", barrier=" + reached
                + ", rank=" + rank() + " waits for rank " + peers.missingRank(own.slotId(), reached, false) + " of "
                + peers.worldSize() + hint();
    }

    /** What may be the matter where a rank does not come. */
    String hint() {
        return runId() >= 0
                ? ""
                : "; a worker without a run id joins the attached workers, and begins another run if none are attached."
                        + " If workers come and go, give the run an id: Worker.of(rank, worldSize, runId)";
    }

    /** The slot, unless this thread holds what others need: they could not come. */
    private Slot outsideOfPush() {
        final Slot own = slot();
        if (own.slots().inPushAcquire(own.slotId())) {
            throw new IllegalStateException(
                    "called from inside an update function, while other workers may wait for its"
                            + " locks: segment=" + own.segment().name() + ", rank=" + rank() + "; wait for the other"
                            + " workers after the update");
        }
        if (holdsTurn) {
            throw new IllegalStateException("this worker holds its turn, and other workers may wait for it: segment="
                    + own.segment().name() + ", rank=" + rank() + "; close the Turn first");
        }
        return own;
    }

    /** How many barriers the worker has come to. */
    public long barriers() {
        slot();
        return barriers;
    }

    /** Whether a worker of this rank is attached, and its process lives. */
    public boolean isAlive(final int otherRank) {
        slot();
        return peers.isAlive(otherRank);
    }

    private void checkUsable(final Slot own) {
        if (slot != own) {
            throw new IllegalStateException("the worker's handle was closed: rank=" + rank());
        }
        own.segment().checkNotRemoved();
        own.checkPresentNowAndThen();
    }

    /** Forgets the slot. Twice is harmless. */
    public void leave() {
        slot = null;
    }
}
