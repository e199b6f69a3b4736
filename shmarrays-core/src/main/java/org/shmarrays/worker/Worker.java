package org.shmarrays.worker;

import java.nio.file.Path;
import org.agrona.concurrent.AtomicBuffer;
import org.agrona.concurrent.NanoClock;
import org.agrona.concurrent.SystemNanoClock;
import org.shmarrays.errors.BlockedWaitException;
import org.shmarrays.errors.WaitTimeoutException;
import org.shmarrays.internal.layout.RunControlDescriptor;
import org.shmarrays.internal.layout.SlotDescriptor;
import org.shmarrays.internal.segment.Segment;
import org.shmarrays.internal.segment.WaitLimit;

/**
 * One of the workers of a run: its rank, and, once it is attached to the run's segment, its clock, barriers and run
 * control. For one thread; the counters of its slot have no other writer. Calls that need the slot throw
 * IllegalStateException while it is not attached.
 */
public final class Worker implements AutoCloseable {

    private final int rank;
    private final int worldSize;
    private final String segmentName;
    private final WorkerEnvironment environment;
    private final int restart;
    private final NanoClock clock = SystemNanoClock.INSTANCE;
    private volatile Slot slot;
    private WorkerRole role;
    private Peers peers;
    private WorkerWait waits;
    private boolean hasWaited;
    private boolean holdsTurn;
    private long barriers;

    private Worker(final WorkerEnvironment environment) {
        this.rank = environment.rank();
        this.worldSize = environment.worldSize();
        this.segmentName = environment.segmentName();
        this.environment = environment;
        this.restart = environment.restart();
    }

    /**
     * Joins the run that this process was started for; without a launcher it is rank 0 of 1. From then on a launched
     * process ends when its launcher is gone.
     *
     * @throws IllegalArgumentException if the environment variables make no sense
     */
    public static Worker join() {
        LauncherPipe.watch();
        return new Worker(WorkerEnvironment.current());
    }

    /**
     * A worker that is a thread of this process. Workers with the same world size that are attached at the same time
     * form one run. Once all have left, the next worker begins a new run. So a handle of a run must be closed before
     * that rank joins the next run; runs that overlap need an id each, see {@link #of(int, int, long)}.
     *
     * @throws IllegalArgumentException if the rank is not in 0 to worldSize - 1
     */
    public static Worker of(final int rank, final int worldSize) {
        return new Worker(new WorkerEnvironment(rank, worldSize, null, 0, false));
    }

    /**
     * A worker of a run that has an id: whatever other workers do, those of the same id are its peers, and no one else
     * is.
     *
     * @param runId at least 1, and another one for each run on a segment
     * @throws IllegalArgumentException if the rank is not in 0 to worldSize - 1, or the id is less than 1
     */
    public static Worker of(final int rank, final int worldSize, final long runId) {
        return new Worker(new WorkerEnvironment(rank, worldSize, null, checked(runId), false));
    }

    /**
     * A worker that is a thread of this process and joins a run that is under way, as one that was started again does:
     * the run that was the last one of {@link #of(int, int)}.
     *
     * @throws IllegalArgumentException if the rank is not in 0 to worldSize - 1
     */
    public static Worker ofRunUnderWay(final int rank, final int worldSize) {
        return new Worker(new WorkerEnvironment(rank, worldSize, null, 0, false, 0, true));
    }

    /**
     * The same for a run that has an id.
     *
     * @throws IllegalArgumentException if the rank is not in 0 to worldSize - 1, or the id is less than 1
     */
    public static Worker ofRunUnderWay(final int rank, final int worldSize, final long runId) {
        return new Worker(new WorkerEnvironment(rank, worldSize, null, checked(runId), false, 0, true));
    }

    private static long checked(final long runId) {
        if (runId < 1) {
            throw new IllegalArgumentException("the id of a run must be at least 1: runId=" + runId);
        }
        return runId;
    }

    /** From 0 to {@link #worldSize()} - 1. */
    public int rank() {
        return rank;
    }

    /**
     * Number of workers of the run. It changes when the run is scaled; read it again in each epoch if you divide data
     * by it. A worker whose rank is worldSize() or more is no longer wanted, see {@link #shouldStop()}.
     */
    public int worldSize() {
        final Peers others = peers;
        return slot == null || others == null ? worldSize : others.worldSize();
    }

    /**
     * Which run this is; workers of other runs on the same segment are no peers. Where the worker names none it is
     * negative, and known when the worker is attached; 0 before that.
     */
    public long runId() {
        return role == null ? environment.runId() : role.runId();
    }

    /** How often this rank was started before, and failed: 0 for a worker that the run began with. */
    public int restart() {
        return restart;
    }

    /**
     * True if the run was under way when this worker joined it: it was started again, or added, or its rank has been in
     * the run before. Then {@link #clock()} begins with the steps that its rank has made, or, where the run began
     * without that rank, with the slowest clock of its live peers; and {@link #barriers()} with as many as the others
     * have come to. So it goes on from the clock, and skips those barriers of the set-up that the others have passed.
     * Known when the worker is attached.
     */
    public boolean isLate() {
        return role == null ? environment.late() : role.late();
    }

    /**
     * The segment that the launcher named for this run. A worker that is the only one of its run, and for which none
     * was named, gets a name that no other process has: the main class and the process, like {@code Train-4711-2f9k}. A
     * segment that is created under it is removed when the process ends.
     *
     * @throws IllegalStateException if the run has several workers and none was named: each process would make up
     *     another
     */
    public String segmentName() {
        if (segmentName != null) {
            return segmentName;
        }
        if (worldSize != 1) {
            throw new IllegalStateException("no segment was named for this worker: rank=" + rank + " of " + worldSize
                    + "; start it with `bin/shmarrays run --name NAME`, set " + WorkerEnvironment.SEGMENT_VARIABLE
                    + ", or attach by a name of your own");
        }
        return ProcessName.ofSegment();
    }

    /**
     * Whether this worker may create the segment at this path. One that {@linkplain #isLate() joined late} may not: a
     * run has a segment, and if that is not there it is lost, and another one would be a second model. It may only if
     * its launcher has never seen one there.
     */
    public boolean mayCreate(final Path segment) {
        return !isLate() || segment.toString().equals(System.getenv(WorkerEnvironment.MAY_CREATE_VARIABLE));
    }

    /** Whether this is the name that {@link #segmentName} has made up, because none was given. */
    public boolean makesUpName(final String name) {
        return segmentName == null && worldSize == 1 && ProcessName.ofSegment().equals(name);
    }

    /** Whether a segment was named for this worker. */
    public boolean hasSegmentName() {
        return segmentName != null;
    }

    /**
     * Gives this worker its slot: called when it attaches to a segment.
     *
     * @param waitLimit of a wait for other workers
     * @throws IllegalStateException if it has one
     */
    public void take(final Slot claimed, final WaitLimit waitLimit) {
        if (slot != null) {
            throw new IllegalStateException("this worker is attached already: rank=" + rank + ", segment="
                    + slot.segment().name() + "; use another Worker for another attachment");
        }
        role = claimed.role();
        peers = new Peers(claimed.segment(), role);
        waits = new WorkerWait(claimed, peers, waitLimit, clock, () -> checkUsable(claimed));
        holdsTurn = false;
        slot = claimed;
        barriers = SlotDescriptor.barriersAcquire(claimed.control(), claimed.offset());
    }

    /** What this process was told about the worker. */
    public WorkerEnvironment environment() {
        return environment;
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

    /** The worker's slot. */
    private Slot slot() {
        final Slot taken = slot;
        if (taken == null) {
            throw new IllegalStateException("this worker is not attached to a segment: rank=" + rank
                    + "; attach with ShmArrays.attach(worker)");
        }
        return taken;
    }

    /**
     * Counts a step: the clock goes on by one.
     *
     * @param samples that the step's gradient came from
     * @param loss their mean loss; one that is not finite is counted, and left out of the sum
     * @throws org.shmarrays.errors.SegmentVanishedException if the segment's files were taken away from outside
     */
    public void countStep(final long samples, final double loss) {
        final Slot own = slot();
        final AtomicBuffer control = own.control();
        final int offset = own.offset();
        SlotDescriptor.countSamples(control, offset, samples, loss);
        SlotDescriptor.clockRelease(control, offset, SlotDescriptor.clockAcquire(control, offset) + 1);
        SlotDescriptor.heartbeatRelease(control, offset, System.currentTimeMillis());
        own.checkPresentNowAndThen();
    }

    /**
     * Reports the learning rate of this worker's steps to watchers, which show it beside the worker: the one that run
     * control sets for all, or the worker's own, which may have decayed to 0. Cheap enough for each step.
     *
     * @throws IllegalArgumentException if it is negative, or larger than a float can be
     */
    public void reportLearningRate(final double rate) {
        if (!(rate >= 0 && rate <= Float.MAX_VALUE)) {
            throw new IllegalArgumentException(
                    "learning rate out of range: " + rate + "; give 0, or a positive number that a float can hold");
        }
        final Slot own = slot();
        if (SlotDescriptor.learningRateAcquire(own.control(), own.offset()) != rate) {
            SlotDescriptor.learningRateRelease(own.control(), own.offset(), rate);
        }
    }

    /**
     * Counts what a step's time was spent on, in ns.
     *
     * @param stepNs the whole step, with what is none of the three
     */
    public void countTimes(final long pullNs, final long gradientNs, final long pushNs, final long stepNs) {
        final Slot own = slot();
        SlotDescriptor.countTimes(own.control(), own.offset(), pullNs, gradientNs, pushNs, stepNs);
    }

    /** Steps that this worker has made; one that {@linkplain #isLate() joined late} goes on from those of its rank. */
    public long clock() {
        final Slot own = slot();
        return SlotDescriptor.clockAcquire(own.control(), own.offset());
    }

    /** True when the run was asked to stop, or to go on without this worker. */
    public boolean shouldStop() {
        final Slot own = slot();
        own.checkPresentNowAndThen();
        final Segment segment = own.segment();
        return RunControlDescriptor.stopAcquire(
                        segment.control(), segment.controlLayout().runControlOffset())
                || rank >= worldSize();
    }

    /**
     * Waits until this worker is at most {@code bound} steps ahead of the slowest live one: 0 is synchronous, more is
     * stale synchronous parallel (Ho et al., NIPS 2013). Dead and departed workers hold no one back. If this worker
     * {@linkplain #shouldStop() should stop}, neither do those that wait for it in a barrier.
     *
     * @throws IllegalArgumentException if the bound is negative
     * @throws WaitTimeoutException if it takes longer than the worker timeout, without the time of a pause of the
     *     segment, up to two minutes of it; not if {@code Settings.onTimeout} is WAIT: then it warns once per timeout
     *     and waits on
     * @throws BlockedWaitException if a slower worker waits for this one, in a barrier or for its first turn
     * @throws IllegalStateException if called from inside an update function or an initializer, or in a turn that is
     *     held: others wait for these
     */
    public void awaitBound(final long bound) {
        if (bound < 0) {
            throw new IllegalArgumentException("bound is negative: " + bound);
        }
        final Slot own = outsideOfPush();
        final long reached = clock();
        final long needed = reached - bound;
        hasWaited = true;
        waits.await(
                WaitKind.BOUND,
                needed,
                WorkerWait.NO_ARRIVAL,
                probe -> peers.slowestClock(needed, probe) >= needed
                        || shouldStop() && peers.haveComeOrWaitFor(own.offset(), needed, probe),
                () -> "a slower worker does not catch up: segment="
                        + own.segment().name() + ", rank=" + rank + ", clock=" + reached + ", bound=" + bound
                        + ", slowest=" + peers.slowestClock(needed, false));
    }

    /**
     * Waits until every worker of the run has called this the same number of times as this one. Workers that have
     * departed or died don't count; workers that have not joined yet do. A worker that is started again begins with the
     * count of the live peer that has called this most often, so its next call is their next one; see
     * {@link #isLate()}. Turns of a worker that waits here are passed on by those that it waits for.
     *
     * @throws WaitTimeoutException if it takes longer than the worker timeout; the message names a rank that is
     *     missing. To call again is to wait for the same barrier. Not if {@code Settings.onTimeout} is WAIT: then it
     *     warns once per timeout and waits on
     * @throws BlockedWaitException if a worker that has not come waits for this one, for a bound or for its first turn
     * @throws IllegalStateException if called from inside an update function or an initializer, or in a turn that is
     *     held: others wait for these
     */
    public void barrier() {
        final Slot own = outsideOfPush();
        final long reached = barriers + 1;
        waits.await(
                WaitKind.BARRIER,
                reached,
                () -> {
                    SlotDescriptor.barriersRelease(own.control(), own.offset(), reached);
                    hasWaited = true;
                },
                probe -> peers.missingRank(own.slotId(), reached, probe) < 0,
                () -> missing(own, reached));
        checkUsable(own);
        barriers = reached;
    }

    private String missing(final Slot own, final long reached) {
        return "not all workers reached the barrier: segment=" + own.segment().name() + ", barrier=" + reached
                + ", rank=" + rank + " waits for rank " + peers.missingRank(own.slotId(), reached, false) + " of "
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
        if (SlotDescriptor.inPushAcquire(own.control(), own.offset())) {
            throw new IllegalStateException(
                    "called from inside an update function, while other workers may wait for its"
                            + " locks: segment=" + own.segment().name() + ", rank=" + rank + "; wait for the other"
                            + " workers after the update");
        }
        if (holdsTurn) {
            throw new IllegalStateException("this worker holds its turn, and other workers may wait for it: segment="
                    + own.segment().name() + ", rank=" + rank + "; close the Turn first");
        }
        return own;
    }

    /**
     * How many barriers this worker has come to. One that {@linkplain #isLate() joined late} begins with as many as its
     * peers have come to, which may be none: {@code if (worker.barriers() == 0) worker.barrier();} is a set-up's
     * barrier for all.
     */
    public long barriers() {
        slot();
        return barriers;
    }

    /**
     * Whether a worker of this rank of the run is attached, and its process lives; also one that is no longer wanted.
     * Costs a system call or two.
     */
    public boolean isAlive(final int otherRank) {
        slot();
        return peers.isAlive(otherRank);
    }

    private void checkUsable(final Slot own) {
        if (slot != own) {
            throw new IllegalStateException("the worker's handle was closed: rank=" + rank);
        }
        own.segment().checkNotRemoved();
        own.checkPresentNowAndThen();
    }

    /** Forgets the slot, which whoever attached this worker closes. Twice is harmless. */
    @Override
    public void close() {
        slot = null;
    }
}
