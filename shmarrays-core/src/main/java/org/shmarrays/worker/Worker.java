package org.shmarrays.worker;

import java.nio.file.Path;
import org.agrona.concurrent.AtomicBuffer;
import org.agrona.concurrent.NanoClock;
import org.agrona.concurrent.SystemNanoClock;
import org.shmarrays.layout.RunControlDescriptor;
import org.shmarrays.layout.SlotDescriptor;
import org.shmarrays.segment.Segment;
import org.shmarrays.segment.WaitLimit;

/**
 * One of the workers of a run: its rank, and, once it is attached to the run's segment, its clock, barriers and run
 * control. For one thread; the counters of its slot have no other writer. Calls that need the slot throw IllegalStateException
 * while it is not attached.
 */
public final class Worker implements AutoCloseable {

    private final int rank;
    private final int worldSize;
    private final String segmentName;
    private final long runId;
    private final int restart;
    private final boolean late;
    private final NanoClock clock = SystemNanoClock.INSTANCE;
    private volatile Slot slot;
    private WaitLimit limit;
    private long barriers;

    private Worker(final WorkerEnvironment environment) {
        this.rank = environment.rank();
        this.worldSize = environment.worldSize();
        this.segmentName = environment.segmentName();
        this.runId = environment.runId();
        this.restart = environment.restart();
        this.late = environment.late();
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
     * A worker that is a thread of this process.
     *
     * @throws IllegalArgumentException if the rank is not in 0 to worldSize - 1
     */
    public static Worker of(final int rank, final int worldSize) {
        return new Worker(new WorkerEnvironment(rank, worldSize, null, 0, false));
    }

    /**
     * A worker that is a thread of this process and joins a run that is under way, as one that was started again does.
     *
     * @throws IllegalArgumentException if the rank is not in 0 to worldSize - 1
     */
    public static Worker ofRunUnderWay(final int rank, final int worldSize) {
        return new Worker(new WorkerEnvironment(rank, worldSize, null, 0, false, 0, true));
    }

    /** From 0 to {@link #worldSize()} - 1. */
    public int rank() {
        return rank;
    }

    /**
     * Number of workers of the run. It may change while the worker is attached, when the run is scaled: who deals out data by
     * it asks anew for each epoch. A rank that is not less is not wanted any more, see {@link #shouldStop()}.
     */
    public int worldSize() {
        final Slot taken = slot;
        return taken == null ? worldSize : new Peers(taken.segment(), worldSize, runId, late).worldSize();
    }

    /** Which run this is; workers of other runs on the same segment are no peers. 0 without a launcher. */
    public long runId() {
        return runId;
    }

    /** How often this rank was started before, and failed: 0 for a worker that the run began with. */
    public int restart() {
        return restart;
    }

    /**
     * True if the run was under way when this worker was started: it was started again, or added. Then it begins with the
     * slowest clock of its live peers, {@link #clock()}, and has come to as many barriers as that one of them that has come
     * to most, {@link #barriers()}: leave out those of the set-up that the others have behind them, and go on from the clock.
     */
    public boolean isLate() {
        return late;
    }

    /**
     * The segment that the launcher named for this run. A worker that is the only one of its run, and for which none was named,
     * gets a name that no other process has: the main class and the process, like {@code Train-4711-2f9k}. A segment that is
     * created under it is removed when the process ends.
     *
     * @throws IllegalStateException if the run has several workers and none was named: each process would make up another
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
     * Whether this worker may create the segment at this path. One that {@linkplain #isLate() joined late} may not: a run has
     * a segment, and if that is not there it is lost, and another one would be a second model. It may only if its launcher has
     * never seen one there.
     */
    public boolean mayCreate(final Path segment) {
        return !late || segment.toString().equals(System.getenv(WorkerEnvironment.MAY_CREATE_VARIABLE));
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
                    + slot.segment().name() + "; a further attachment needs a worker of its own");
        }
        slot = claimed;
        limit = waitLimit;
        barriers = SlotDescriptor.barriersAcquire(claimed.control(), claimed.offset());
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
     * @throws org.shmarrays.segment.SegmentVanishedException if the segment's files were taken away from outside
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
     * Reports the learning rate of this worker's steps to watchers, which show it beside the worker: the one that run control
     * sets for all, or the worker's own. Cheap enough for each step.
     *
     * @throws IllegalArgumentException if it is negative or not finite
     */
    public void reportLearningRate(final double rate) {
        if (!(rate >= 0 && rate <= Double.MAX_VALUE)) {
            throw new IllegalArgumentException("learning rate is negative or not finite: " + rate);
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

    /** Steps that this worker has made; one that joined late counts from the slowest clock that it found. */
    public long clock() {
        final Slot own = slot();
        return SlotDescriptor.clockAcquire(own.control(), own.offset());
    }

    /** True when somebody has asked the run to stop, or to go on without this worker. */
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
     * stale synchronous parallel (Ho et al., NIPS 2013). The dead and the departed hold nobody back.
     *
     * @throws IllegalArgumentException if the bound is negative
     * @throws WaitTimeoutException if it takes longer than the worker timeout, without the time of a pause of the segment, up to
     *     two minutes of it
     */
    public void awaitBound(final long bound) {
        if (bound < 0) {
            throw new IllegalArgumentException("bound is negative: " + bound);
        }
        final Slot own = slot();
        final long reached = clock();
        final long needed = reached - bound;
        final Peers peers = new Peers(own.segment(), worldSize, runId, late);
        final Probing probing = new Probing();
        Waiting.await(
                () -> peers.slowestClock(needed, probing.isDue()) >= needed,
                UncountedTime.ofPausesAndStops(own.segment()),
                limit,
                clock,
                () -> checkUsable(own),
                () -> "a worker stays behind the bound: segment="
                        + own.segment().name() + ", rank=" + rank + ", clock=" + reached + ", bound=" + bound
                        + ", slowest=" + peers.slowestClock(needed, false));
    }

    /**
     * Waits until all workers of the run have called this as often as this one has; those that have departed or died don't
     * count, those that have not come yet do. One that is started again has come as often as that one of its live peers that
     * has come most often, so its next call is their next one; see {@link #isLate()}.
     *
     * @throws WaitTimeoutException if it takes longer than the worker timeout; the message names a rank that is missing.
     *     To call again is to wait for the same barrier
     */
    public void barrier() {
        final Slot own = slot();
        final long reached = barriers + 1;
        SlotDescriptor.barriersRelease(own.control(), own.offset(), reached);
        final Peers peers = new Peers(own.segment(), worldSize, runId, late);
        final Probing probing = new Probing();
        Waiting.await(
                () -> peers.missingRank(reached, probing.isDue()) < 0,
                UncountedTime.ofPausesAndStops(own.segment()),
                limit,
                clock,
                () -> checkUsable(own),
                () -> "not all workers came to the barrier: segment="
                        + own.segment().name() + ", barrier=" + reached + ", rank=" + rank + " waits for rank "
                        + peers.missingRank(reached, false) + " of " + peers.worldSize());
        checkUsable(own);
        barriers = reached;
    }

    /**
     * How many barriers this worker has come to. One that {@linkplain #isLate() joined late} begins with as many as its peers
     * have come to, which may be none: {@code if (worker.barriers() == 0) worker.barrier();} is a set-up's barrier for all.
     */
    public long barriers() {
        slot();
        return barriers;
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
