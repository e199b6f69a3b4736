package org.shmarrays.worker;

import java.util.concurrent.TimeUnit;
import org.agrona.concurrent.AtomicBuffer;
import org.agrona.concurrent.NanoClock;
import org.agrona.concurrent.SystemNanoClock;
import org.shmarrays.layout.RunControlDescriptor;
import org.shmarrays.layout.SlotDescriptor;
import org.shmarrays.segment.Segment;

/**
 * One of the workers of a run: its rank, and, once it is attached to the run's segment, its clock, barriers and run
 * control. For one thread.
 */
public final class Worker implements AutoCloseable {
    private static final long DEFAULT_TIMEOUT_NS = TimeUnit.MINUTES.toNanos(2);
    private static final long PROBE_AFTER_ROUNDS = 64;

    private final int rank;
    private final int worldSize;
    private final String segmentName;
    private final long runId;
    private final NanoClock clock = SystemNanoClock.INSTANCE;
    private Slot slot;
    private long barriers;

    private Worker(final int rank, final int worldSize, final String segmentName, final long runId) {
        this.rank = rank;
        this.worldSize = worldSize;
        this.segmentName = segmentName;
        this.runId = runId;
    }

    /**
     * Joins the run that this process was started for; without a launcher it is rank 0 of 1. From then on a launched
     * process ends when its launcher is gone.
     *
     * @throws IllegalArgumentException if the environment variables make no sense
     */
    public static Worker join() {
        LauncherPipe.watch();
        final WorkerEnvironment environment = WorkerEnvironment.current();
        return new Worker(environment.rank(), environment.worldSize(), environment.segmentName(), environment.runId());
    }

    /**
     * A worker that is a thread of this process.
     *
     * @throws IllegalArgumentException if the rank is not in 0 to worldSize - 1
     */
    public static Worker of(final int rank, final int worldSize) {
        final WorkerEnvironment checked = new WorkerEnvironment(rank, worldSize, null, 0, false);
        return new Worker(checked.rank(), checked.worldSize(), null, 0);
    }

    /** From 0 to {@link #worldSize()} - 1. */
    public int rank() {
        return rank;
    }

    /** Number of workers of the run. */
    public int worldSize() {
        return worldSize;
    }

    /** Which run this is; workers of other runs on the same segment are no peers. 0 without a launcher. */
    public long runId() {
        return runId;
    }

    /**
     * The segment that the launcher named for this run.
     *
     * @throws IllegalStateException if there is none, because nobody launched this worker
     */
    public String segmentName() {
        if (segmentName == null) {
            throw new IllegalStateException("no segment was named for this worker: start it with `bin/shmarrays run"
                    + " --name NAME`, set " + WorkerEnvironment.SEGMENT_VARIABLE + ", or attach by a name of your own");
        }
        return segmentName;
    }

    /** Whether the launcher named a segment. */
    public boolean hasSegmentName() {
        return segmentName != null;
    }

    /**
     * Gives this worker its slot: called when it attaches to a segment.
     *
     * @throws IllegalStateException if it has one
     */
    public void take(final Slot claimed) {
        if (slot != null) {
            throw new IllegalStateException("this worker is attached already: rank=" + rank + ", segment="
                    + slot.segment().name() + "; a further attachment needs a worker of its own");
        }
        slot = claimed;
    }

    /** The worker's slot. */
    private Slot slot() {
        if (slot == null) {
            throw new IllegalStateException("this worker is not attached to a segment: rank=" + rank
                    + "; attach with ShmArrays.attach(worker)");
        }
        return slot;
    }

    /**
     * Counts a step: the clock goes on by one.
     *
     * @param samples that the step's gradient came from
     * @param loss their mean loss
     */
    public void countStep(final long samples, final double loss) {
        final AtomicBuffer control = slot().control();
        final int offset = slot.offset();
        SlotDescriptor.countSamples(control, offset, samples, loss);
        SlotDescriptor.clockRelease(control, offset, SlotDescriptor.clockAcquire(control, offset) + 1);
        SlotDescriptor.heartbeatRelease(control, offset, System.currentTimeMillis());
    }

    /**
     * Counts what a step's time was spent on, in ns.
     *
     * @param stepNs the whole step, with what is none of the three
     */
    public void countTimes(final long pullNs, final long gradientNs, final long pushNs, final long stepNs) {
        SlotDescriptor.countTimes(slot().control(), slot.offset(), pullNs, gradientNs, pushNs, stepNs);
    }

    /** Steps that this worker has made. */
    public long clock() {
        return SlotDescriptor.clockAcquire(slot().control(), slot.offset());
    }

    /** True when somebody has asked the run to stop. */
    public boolean shouldStop() {
        final Segment segment = slot().segment();
        return RunControlDescriptor.stopAcquire(
                segment.control(), segment.controlLayout().runControlOffset());
    }

    /**
     * Waits until this worker is at most {@code bound} steps ahead of the slowest live one: 0 is synchronous, between is
     * stale synchronous parallel (Ho et al., NIPS 2013). The dead and the departed hold nobody back.
     *
     * @throws WaitTimeoutException if it takes longer than two minutes
     */
    public void awaitBound(final long bound) {
        if (bound < 0) {
            throw new IllegalArgumentException("bound is negative: " + bound);
        }
        final long own = clock();
        final long[] rounds = {0};
        Waiting.await(
                () -> slowestClock(rounds[0]++ % PROBE_AFTER_ROUNDS == PROBE_AFTER_ROUNDS - 1, own - bound)
                        >= own - bound,
                DEFAULT_TIMEOUT_NS,
                clock,
                this::checkUsable,
                () -> "a worker stays behind the bound: segment="
                        + slot.segment().name() + ", rank=" + rank + ", clock=" + own + ", bound=" + bound
                        + ", slowest=" + slowestClock(false, own - bound));
    }

    /** Smallest clock of the run's other workers; if {@code probe}, those that hold back are looked at whether they live. */
    private long slowestClock(final boolean probe, final long needed) {
        final Segment segment = slot.segment();
        final AtomicBuffer control = segment.control();
        long slowest = Long.MAX_VALUE;
        for (int slotId = 0; slotId < claimedSlots(); slotId++) {
            final int other = segment.controlLayout().slot(slotId);
            if (isPeer(other) && SlotDescriptor.stateAcquire(control, other) == SlotDescriptor.ACTIVE) {
                final long reached = SlotDescriptor.clockAcquire(control, other);
                if (reached >= needed || !probe || Liveness.isAlive(segment, slotId)) {
                    slowest = Math.min(slowest, reached);
                }
            }
        }
        return slowest;
    }

    /** A slot of this run's, be its owner there or departed. */
    private boolean isPeer(final int other) {
        final AtomicBuffer control = slot.control();
        return SlotDescriptor.stateAcquire(control, other) != SlotDescriptor.FREE
                && SlotDescriptor.runId(control, other) == runId
                && SlotDescriptor.worldSize(control, other) == worldSize
                && SlotDescriptor.rank(control, other) >= 0;
    }

    private int claimedSlots() {
        final Segment segment = slot.segment();
        return RunControlDescriptor.claimedSlotsAcquire(
                segment.control(), segment.controlLayout().runControlOffset());
    }

    /**
     * Waits until all workers of the run have called this as often as this one has.
     *
     * @throws WaitTimeoutException if it takes longer than two minutes; the message names the ranks that are missing
     */
    public void barrier() {
        barriers++;
        SlotDescriptor.barriersRelease(slot().control(), slot.offset(), barriers);
        Waiting.await(
                () -> missingRank() < 0,
                DEFAULT_TIMEOUT_NS,
                clock,
                this::checkUsable,
                () -> "not all workers came to the barrier: segment="
                        + slot.segment().name() + ", barrier=" + barriers + ", rank=" + rank + " waits for rank "
                        + missingRank() + " of " + worldSize);
    }

    /** A rank whose worker has not reached the present barrier, or -1. Who has departed since counts with what it reached. */
    private int missingRank() {
        final Segment segment = slot.segment();
        final AtomicBuffer control = segment.control();
        final boolean[] here = new boolean[worldSize];
        for (int slotId = 0; slotId < claimedSlots(); slotId++) {
            final int other = segment.controlLayout().slot(slotId);
            final boolean present = isPeer(other) && SlotDescriptor.barriersAcquire(control, other) >= barriers;
            final int otherRank = SlotDescriptor.rank(control, other);
            if (present && otherRank < worldSize) {
                here[otherRank] = true;
            }
        }
        for (int r = 0; r < worldSize; r++) {
            if (!here[r]) {
                return r;
            }
        }
        return -1;
    }

    private void checkUsable() {
        slot.segment().checkNotRemoved();
    }

    /** Forgets the slot, which whoever attached this worker closes. Twice is harmless. */
    @Override
    public void close() {
        slot = null;
    }
}
