package org.shmarrays.worker;

import org.shmarrays.errors.BlockedWaitException;
import org.shmarrays.errors.WaitTimeoutException;
import org.shmarrays.internal.Doors;
import org.shmarrays.internal.layout.SlotTable;
import org.shmarrays.internal.worker.LauncherPipe;
import org.shmarrays.internal.worker.ProcessName;
import org.shmarrays.internal.worker.RunMember;
import org.shmarrays.internal.worker.Slot;
import org.shmarrays.internal.worker.WorkerEnvironment;

/**
 * A worker of a run. It has a rank and, once it is attached to the run's segment, a clock, barriers and counters. For
 * one thread, which is the only writer of the counters. Calls that need the segment throw IllegalStateException while
 * the worker is not attached.
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
     * Joins the run that this process was started for. Without a launcher, the process is rank 0 of 1. A process that a
     * launcher started ends when the launcher ends.
     *
     * @throws IllegalArgumentException if the environment variables are invalid
     */
    public static Worker join() {
        LauncherPipe.watch();
        return new Worker(WorkerEnvironment.current());
    }

    /**
     * A worker that is a thread of this process. Workers with the same world size that are attached at the same time
     * form one run. When all have left, the next worker begins a new run. So close the handles of one run before the
     * next run begins. If runs overlap, give each an id: {@link #of(int, int, long)}.
     *
     * @throws IllegalArgumentException if the rank is not in 0 to worldSize - 1
     */
    public static Worker of(final int rank, final int worldSize) {
        return new Worker(new WorkerEnvironment(rank, worldSize, null, 0, false));
    }

    /**
     * A worker of a run with an id. The workers with the same id form the run, whatever other workers do.
     *
     * @param runId at least 1; use a new id for each run on a segment
     * @throws IllegalArgumentException if the rank is not in 0 to worldSize - 1, or the id is less than 1
     */
    public static Worker of(final int rank, final int worldSize, final long runId) {
        return new Worker(new WorkerEnvironment(rank, worldSize, null, checked(runId), false));
    }

    /**
     * A worker that is a thread of this process and joins a run in progress, as a restarted worker does. The run is the
     * last one of {@link #of(int, int)}.
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

    /** The rank, from 0 to {@link #worldSize()} - 1. */
    public int rank() {
        return member.rank();
    }

    /**
     * Number of workers of the run. It changes when the run is scaled. If you divide data by it, read it again in each
     * epoch. A worker whose rank is worldSize() or more is no longer wanted; see {@link #shouldStop()}.
     */
    public int worldSize() {
        return member.worldSize();
    }

    /**
     * The id of the run. Workers of other runs on the same segment have another id. If no id was given, it is negative
     * when the worker is attached, and 0 before that.
     */
    public long runId() {
        return member.runId();
    }

    /** How often this rank was started before and failed; 0 for a worker of the first start. */
    public int restart() {
        return member.environment().restart();
    }

    /**
     * True if the run was in progress when this worker joined it: the worker was restarted or added, or its rank has
     * been in the run before. Then {@link #clock()} begins with the steps that its rank has made. For a new rank, it
     * begins with the slowest clock of the live workers. {@link #barriers()} begins with the number that the others
     * have reached. So the worker continues from its clock, and skips the barriers of the set-up that the others have
     * passed. Known when the worker is attached.
     */
    public boolean isLate() {
        return member.isLate();
    }

    /**
     * The name of the run's segment, as the launcher set it. If no name was set and this is the only worker of its run,
     * it is a made-up name that no other process has, from the main class and the process, such as {@code
     * Train-4711-2f9k}. A segment with this made-up name is removed when the process ends.
     *
     * @throws IllegalStateException if the run has several workers and no name was set, because each process would make
     *     up another name
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

    /** True if a launcher started the process of this worker. */
    public boolean isLaunched() {
        return member.environment().launched();
    }

    /** True if the launcher or the environment set a segment name. */
    public boolean hasSegmentName() {
        return member.environment().segmentName() != null;
    }

    /**
     * Counts a step: adds one to the clock.
     *
     * @param samples number of samples from which the gradient of the step was computed
     * @param loss mean loss of these samples. A loss that is not finite is counted, but not added to the sum
     * @throws org.shmarrays.errors.SegmentVanishedException if another program removed the segment's files
     */
    public void countStep(final long samples, final double loss) {
        final Slot own = member.slot();
        final SlotTable slots = own.slots();
        slots.countSamples(own.slotId(), samples, loss);
        slots.clockRelease(own.slotId(), slots.clockAcquire(own.slotId()) + 1);
        slots.heartbeatRelease(own.slotId(), System.currentTimeMillis());
        own.checkPresentNowAndThen();
    }

    /**
     * Reports the learning rate of this worker's steps. Watchers show it beside the worker. Report the one that run
     * control sets for all, or the worker's own, which may be 0. Cheap enough for each step.
     *
     * @throws IllegalArgumentException if it is negative, or too large for a float
     */
    public void reportLearningRate(final double rate) {
        if (!(rate >= 0 && rate <= Float.MAX_VALUE)) {
            throw new IllegalArgumentException(
                    "learning rate out of range: " + rate + "; give 0, or a positive number that a float can hold");
        }
        final Slot own = member.slot();
        if (own.slots().learningRateAcquire(own.slotId()) != rate) {
            own.slots().learningRateRelease(own.slotId(), rate);
        }
    }

    /**
     * Counts how the time of a step was spent, in ns.
     *
     * @param stepNs time of the whole step, including what belongs to none of the three parts
     */
    public void countTimes(final long pullNs, final long gradientNs, final long pushNs, final long stepNs) {
        final Slot own = member.slot();
        own.slots().countTimes(own.slotId(), pullNs, gradientNs, pushNs, stepNs);
    }

    /**
     * Number of steps of this worker. After a {@linkplain #isLate() late} join, it includes earlier steps of the rank.
     */
    public long clock() {
        final Slot own = member.slot();
        return own.slots().clockAcquire(own.slotId());
    }

    /** True if the run was asked to stop, or to continue without this worker. */
    public boolean shouldStop() {
        return member.shouldStop();
    }

    /**
     * Waits until this worker is at most {@code bound} steps ahead of the slowest live worker. With 0, training is
     * synchronous. A larger bound gives stale synchronous parallel training (Ho et al., NIPS 2013). This does not wait
     * for dead and departed workers. If this worker {@linkplain #shouldStop() should stop}, it does not wait either for
     * workers that wait for it in a barrier.
     *
     * @throws IllegalArgumentException if the bound is negative
     * @throws WaitTimeoutException if the wait exceeds the worker timeout. Up to two minutes of a pause of the segment
     *     do not count. If {@code Settings.onTimeout} is WAIT, this warns once per timeout instead
     * @throws BlockedWaitException if a slower worker waits for this one, in a barrier or for its first turn
     * @throws IllegalStateException if called inside an update function or an initializer, or while a turn is held,
     *     because others wait for these
     */
    public void awaitBound(final long bound) {
        member.awaitBound(bound);
    }

    /**
     * Waits until every worker of the run has called this the same number of times as this one. It does not wait for
     * workers that have departed or died. It does wait for workers that have not joined yet. A restarted worker begins
     * with the largest count of the live workers, so its next call is the next one of the others; see
     * {@link #isLate()}. While a worker waits here, the workers that it waits for pass its turns on.
     *
     * @throws WaitTimeoutException if the wait exceeds the worker timeout; the message names a missing rank. A second
     *     call waits for the same barrier. If {@code Settings.onTimeout} is WAIT, this warns once per timeout instead
     * @throws BlockedWaitException if a worker that has not come waits for this one, for a bound or for its first turn
     * @throws IllegalStateException if called inside an update function or an initializer, or while a turn is held,
     *     because others wait for these
     */
    public void barrier() {
        member.barrier();
    }

    /**
     * Number of barriers that this worker has reached. A worker that {@linkplain #isLate() joined late} begins with the
     * number of the others. So {@code if (worker.barriers() == 0) worker.barrier();} is a barrier of the set-up, which
     * a late worker skips if the others have passed it.
     */
    public long barriers() {
        return member.barriers();
    }

    /**
     * True if a worker of this rank of the run is attached and its process lives, even if it is no longer wanted. Costs
     * one or two system calls.
     */
    public boolean isAlive(final int otherRank) {
        return member.isAlive(otherRank);
    }

    /** Ends this worker's use of the segment. Its handle must be closed as well. A second call does nothing. */
    @Override
    public void close() {
        member.leave();
    }
}
