package org.shmarrays.worker;

import org.agrona.concurrent.AtomicBuffer;
import org.shmarrays.errors.BlockedWaitException;
import org.shmarrays.errors.WaitTimeoutException;
import org.shmarrays.internal.Doors;
import org.shmarrays.internal.layout.SlotDescriptor;
import org.shmarrays.internal.worker.LauncherPipe;
import org.shmarrays.internal.worker.ProcessName;
import org.shmarrays.internal.worker.RunMember;
import org.shmarrays.internal.worker.Slot;
import org.shmarrays.internal.worker.WorkerEnvironment;

/**
 * One of the workers of a run: its rank, and, once it is attached to the run's segment, its clock, barriers and run
 * control. For one thread; the counters of its slot have no other writer. Calls that need the slot throw
 * IllegalStateException while it is not attached.
 */
public final class Worker implements AutoCloseable {
    static {
        Doors.MEMBER.open(worker -> worker.member);
    }

    private final RunMember member;

    private Worker(final WorkerEnvironment environment) {
        member = new RunMember(environment);
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
        return member.rank();
    }

    /**
     * Number of workers of the run. It changes when the run is scaled; read it again in each epoch if you divide data
     * by it. A worker whose rank is worldSize() or more is no longer wanted, see {@link #shouldStop()}.
     */
    public int worldSize() {
        return member.worldSize();
    }

    /**
     * Which run this is; workers of other runs on the same segment are no peers. Where the worker names none it is
     * negative, and known when the worker is attached; 0 before that.
     */
    public long runId() {
        return member.runId();
    }

    /** How often this rank was started before, and failed: 0 for a worker that the run began with. */
    public int restart() {
        return member.environment().restart();
    }

    /**
     * True if the run was under way when this worker joined it: it was started again, or added, or its rank has been in
     * the run before. Then {@link #clock()} begins with the steps that its rank has made, or, where the run began
     * without that rank, with the slowest clock of its live peers; and {@link #barriers()} with as many as the others
     * have come to. So it goes on from the clock, and skips those barriers of the set-up that the others have passed.
     * Known when the worker is attached.
     */
    public boolean isLate() {
        return member.isLate();
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
        if (hasSegmentName()) {
            return member.environment().segmentName();
        }
        if (member.environment().worldSize() != 1) {
            throw new IllegalStateException(
                    "no segment was named for this worker: rank=" + rank() + " of " + worldSize()
                            + "; start it with `bin/shmarrays run --name NAME`, set "
                            + WorkerEnvironment.SEGMENT_VARIABLE + ", or attach by a name of your own");
        }
        return ProcessName.ofSegment();
    }

    /** Whether a launcher started the process of this worker. */
    public boolean isLaunched() {
        return member.environment().launched();
    }

    /** Whether a segment was named for this worker. */
    public boolean hasSegmentName() {
        return member.environment().segmentName() != null;
    }

    /**
     * Counts a step: the clock goes on by one.
     *
     * @param samples that the step's gradient came from
     * @param loss their mean loss; one that is not finite is counted, and left out of the sum
     * @throws org.shmarrays.errors.SegmentVanishedException if the segment's files were taken away from outside
     */
    public void countStep(final long samples, final double loss) {
        final Slot own = member.slot();
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
        final Slot own = member.slot();
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
        final Slot own = member.slot();
        SlotDescriptor.countTimes(own.control(), own.offset(), pullNs, gradientNs, pushNs, stepNs);
    }

    /** Steps that this worker has made; one that {@linkplain #isLate() joined late} goes on from those of its rank. */
    public long clock() {
        final Slot own = member.slot();
        return SlotDescriptor.clockAcquire(own.control(), own.offset());
    }

    /** True when the run was asked to stop, or to go on without this worker. */
    public boolean shouldStop() {
        return member.shouldStop();
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
        member.awaitBound(bound);
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
        member.barrier();
    }

    /**
     * How many barriers this worker has come to. One that {@linkplain #isLate() joined late} begins with as many as its
     * peers have come to, which may be none: {@code if (worker.barriers() == 0) worker.barrier();} is a set-up's
     * barrier for all.
     */
    public long barriers() {
        return member.barriers();
    }

    /**
     * Whether a worker of this rank of the run is attached, and its process lives; also one that is no longer wanted.
     * Costs a system call or two.
     */
    public boolean isAlive(final int otherRank) {
        return member.isAlive(otherRank);
    }

    /** Forgets the slot, which whoever attached this worker closes. Twice is harmless. */
    @Override
    public void close() {
        member.leave();
    }
}
