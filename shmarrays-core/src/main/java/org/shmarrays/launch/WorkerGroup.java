package org.shmarrays.launch;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Function;
import org.shmarrays.Settings;
import org.shmarrays.internal.Doors;
import org.shmarrays.internal.layout.Event;
import org.shmarrays.internal.layout.EventKind;

// Over 300 lines: the state of one run under one lock, and the calls that change it.
/**
 * The running workers of one run.
 *
 * <p>A worker that fails is restarted as often as {@link Launcher#restarts} allows, while the others continue. After
 * that (by default at the first failure), the others are stopped, and the run's exit code is that of the worker that
 * failed, as with torchrun. If a worker that {@link #poll} has added fails, the run goes back to the previous number
 * of workers. If the segment's name no longer refers to the segment, no worker is restarted, and the run fails.
 *
 * <p>A worker is stopped by SIGTERM, and after the grace by SIGKILL. When this JVM ends, normally or by SIGINT, SIGTERM
 * or SIGHUP, a shutdown hook stops the workers. If it is killed, each worker notices by itself. For any thread.
 */
public final class WorkerGroup implements AutoCloseable {
    /** The text of an event that reports a new number of workers. */
    public static final String WORKERS = "workers";

    private static final int NONE = -1;
    private static final Duration KILL_TIMEOUT = Duration.ofSeconds(30);
    private static final long LOOK_INTERVAL_MS = 250;
    private static final Duration POLL_INTERVAL = Duration.ofMillis(500);

    /** Until the segment has been seen: a loss can't be told before that. */
    private static final long FIRST_LOOK_INTERVAL_MS = 20;

    private final WorkerPlan plan;
    private final WorkerOutput output;
    private final Supervision supervision;
    private final SegmentWatch segment;
    private final Scaling scaling;
    private final Thread shutdownHook = new Thread(this::stop, "shmarrays-stop-workers");

    private final Object lock = new Object();
    private final Members members;

    /** The ranks that have failed; the one that failed last is the last. */
    private final Set<Integer> failedRanks = new LinkedHashSet<>();

    private boolean hasEnded;
    private int wantedCount;
    private int refusedCount;
    private String loss;
    private int firstFailedRank = NONE;
    private int stoppedCount;
    private boolean isStopping;
    private boolean isKilling;

    private WorkerGroup(final WorkerPlan plan, final WorkerOutput output, final Supervision supervision) {
        this.plan = plan;
        this.output = output;
        this.supervision = supervision;
        this.segment = new SegmentWatch(plan.root(), plan.segmentName());
        this.scaling = new Scaling(plan.root(), plan.segmentName(), plan.runId());
        this.members = new Members(rank -> new Member(new ForMembers(), rank, supervision));
        this.wantedCount = plan.worldSize();
    }

    static WorkerGroup start(final WorkerPlan plan, final WorkerOutput output, final Supervision supervision) {
        final WorkerGroup group = new WorkerGroup(plan, output, supervision);
        // Before the first process, so that no moment is left in which a signal would leave a worker behind.
        Runtime.getRuntime().addShutdownHook(group.shutdownHook);
        output.event(LogEvent.of("launched")
                .with("segment", plan.segmentName())
                .with("run", Long.toString(plan.runId())) // a number of JSON would lose digits
                .with("workers", plan.worldSize())
                .with("command", plan.command()));
        try {
            group.startFirst();
        } catch (final Throwable e) {
            group.stop();
            group.finished();
            throw e;
        }
        WorkerProcess.daemon("shmarrays-watch-segment", group::watchSegment).start();
        return group;
    }

    /** The name of the workers' segment. */
    public String segmentName() {
        return plan.segmentName();
    }

    /** The id of the run: {@link org.shmarrays.worker.Worker#runId()} of its workers. */
    public long runId() {
        return plan.runId();
    }

    /** The directory of this run's log files; empty without {@link Launcher#logTo}. */
    public Optional<Path> logDirectory() {
        return Optional.ofNullable(output.log()).map(RunLog::directory);
    }

    /** True if a log file could not be written. This was reported on standard error. */
    public boolean isLogIncomplete() {
        return output.log() != null && output.log().hasFailed();
    }

    /** The wanted number of workers: the number that was launched, until {@link #scale} changes it. */
    public int worldSize() {
        synchronized (lock) {
            return wantedCount;
        }
    }

    /** The process ids of the workers, by rank. After a restart, it is that of the new process. */
    public List<Long> pids() {
        return pidsOf(Members::started);
    }

    private List<Long> pidsOf(final Function<Members, List<WorkerProcess>> processes) {
        synchronized (lock) {
            return processes.apply(members).stream().map(WorkerProcess::pid).toList();
        }
    }

    /**
     * Waits until all workers have ended and their output is written.
     *
     * @return empty if a worker still runs after {@code timeout}
     */
    public Optional<GroupResult> await(final Duration timeout) throws InterruptedException {
        synchronized (lock) {
            return LockWait.interruptibly(lock, timeout, () -> members.unfinishedCount() > 0)
                    ? Optional.of(result())
                    : Optional.empty();
        }
    }

    /**
     * Waits until all workers have ended, and {@link #poll}s meanwhile. This has no deadline, because a training may
     * take weeks. To end it sooner, {@link #stop} the group. For one thread.
     *
     * @throws IllegalStateException as {@link #poll} does
     */
    public GroupResult awaitEnd() throws InterruptedException {
        Optional<GroupResult> result = Optional.empty();
        while (result.isEmpty()) {
            poll();
            result = await(POLL_INTERVAL);
        }
        return result.get();
    }

    /**
     * Checks once whether another number of workers was {@linkplain #requestWorkers requested}, and starts or ends
     * workers. Call it about twice per second while you {@link #await}. If a new worker can't be started, or fails, the
     * run continues with the previous number, and the request is taken back. For one thread.
     *
     * @throws IllegalStateException if another live process supervises a run of the segment: both began at the same
     *     time, and this one must end
     */
    public void poll() {
        final long wanted = scaling.wanted();
        if (wanted == Scaling.NO_SEGMENT) {
            return;
        }
        boolean isRefused = takeRefusal(wanted);
        if (wanted > 0 && wanted != worldSize() && !isRefused) {
            scale((int) wanted);
            isRefused = takeRefusal(wanted);
        }
        scaling.answer(worldSize(), isRefused);
    }

    /**
     * Asks the supervisor of the run that trains a segment for another number of workers, and waits for its answer. The
     * supervisor then starts or ends workers one after the other.
     *
     * @return the previous number of workers, if the supervisor had reported it
     * @throws IllegalArgumentException if the number is less than 1, or greater than the number of the segment's slots
     * @throws IllegalStateException if the segment has ORDERED arrays, because their turns need a fixed number of
     *     workers; or if no run is supervised, or its supervisor does not answer in time
     */
    public static OptionalInt requestWorkers(
            final String name, final int workers, final Settings settings, final Duration timeout) {
        return Scaling.request(Doors.ROOT.of(settings), name, workers, timeout);
    }

    /**
     * Changes the number of workers. New ones get the next ranks; those of the highest ranks get the time of {@link
     * Launcher#leaveGrace} to end by themselves, and are stopped then. The workers learn of it from the run control, so
     * it is {@link #poll} that calls this. Without effect when the run is ending. Where a new one can't be started,
     * or fails later, the run goes on with the number before: see {@link #takeRefusal}.
     *
     * @throws IllegalArgumentException if {@code workers} is less than 1
     */
    private void scale(final int workers) {
        if (workers < 1) {
            throw new IllegalArgumentException("workers must be at least 1: workers=" + workers);
        }
        synchronized (lock) {
            if (isStopping || loss != null || members.unfinishedCount() == 0 || workers == wantedCount) {
                return;
            }
            final int before = wantedCount;
            refusedCount = 0;
            goOnWith(workers, "");
            for (int rank = before; rank < workers; rank++) {
                try {
                    members.get(rank).enterAfter(before);
                } catch (final IOException e) {
                    refuse(before, "worker " + rank + " can't be started: " + e.getMessage());
                    return;
                }
            }
        }
    }

    /** Whether this number of workers was tried, and given up because one of the new ones failed. Says so once. */
    private boolean takeRefusal(final long workers) {
        synchronized (lock) {
            final boolean isRefused = refusedCount > 0 && workers == refusedCount;
            if (isRefused) {
                refusedCount = 0;
            }
            return isRefused;
        }
    }

    /**
     * A worker that was added has failed for good, or can't be started: the others go on as before it came. With the
     * lock.
     */
    private void refuse(final int before, final String reason) {
        if (wantedCount > before) {
            refusedCount = wantedCount;
            goOnWith(before, reason + "; ");
        }
    }

    /** Has those of the ranks from this number on leave. With the lock. */
    private void goOnWith(final int workers, final String reason) {
        output.say(reason + "the run goes on with " + workers + (workers == 1 ? " worker" : " workers") + " instead of "
                + wantedCount);
        final int before = wantedCount;
        wantedCount = workers;
        output.event(LogEvent.of("scaled").with("workers", workers).with("before", before));
        segment.tell(
                EventKind.SET,
                new Event.Subject(-1, -1, runId(), ProcessHandle.current().pid()),
                Double.doubleToRawLongBits(workers),
                Double.doubleToRawLongBits(before),
                WORKERS);
        members.leave(workers, before);
    }

    /** Looks now and then, until the run has ended. */
    private void watchSegment() {
        while (true) {
            lookAtSegment();
            synchronized (lock) {
                if (members.unfinishedCount() == 0) {
                    return;
                }
                try {
                    lock.wait(segment.hasSeenOne() ? LOOK_INTERVAL_MS : FIRST_LOOK_INTERVAL_MS);
                } catch (final InterruptedException e) {
                    return; // the group's own threads are never interrupted
                }
            }
        }
    }

    /**
     * Looks whether the segment's name still means it. If not, the run fails, but its workers have time: they see it
     * themselves, and may save the values that they still hold.
     */
    private void lookAtSegment() {
        final String lost = segment.look();
        synchronized (lock) {
            if (lost == null || loss != null || isStopping) {
                return;
            }
            loss = lost;
            lock.notifyAll(); // those that wait to be started again
        }
        output.say(lost + ". The workers have " + supervision.leaveGrace().toSeconds() + " s to end by themselves");
        WorkerProcess.daemon("shmarrays-stop-workers", () -> {
                    awaitFinishedUninterruptibly(supervision.leaveGrace());
                    stop();
                })
                .start();
    }

    /**
     * Stops the workers that still run, and waits for their end: for the grace, and then until the system has killed
     * them. Does nothing if all have ended.
     *
     * @throws IllegalStateException if a worker still runs half a minute after SIGKILL
     */
    public GroupResult stop() {
        requestStop("the run was asked to stop");
        if (!awaitFinishedUninterruptibly(supervision.stopGrace())) {
            killLiving();
            if (!awaitFinishedUninterruptibly(KILL_TIMEOUT)) {
                throw new IllegalStateException("workers are still alive after SIGKILL: pids=" + pidsOf(Members::living)
                        + "; they are blocked in the kernel, see /proc/PID/wchan");
            }
        }
        return result();
    }

    /** {@link #stop()}s the workers, and refuses further requests. */
    @Override
    public void close() {
        stop();
        scaling.close();
    }

    /** Starts the ranks that the run begins with. */
    private void startFirst() {
        synchronized (lock) {
            for (int rank = 0; rank < wantedCount && !isStopping; rank++) {
                try {
                    members.get(rank).enter();
                } catch (final IOException e) {
                    throw new UncheckedIOException(
                            "worker " + rank + " of " + wantedCount + " can't be started: " + e.getMessage(), e);
                }
            }
        }
    }

    /** Whether the segment's name no longer means the segment. */
    boolean isSegmentLost() {
        synchronized (lock) {
            return loss != null;
        }
    }

    /** A rank has ended for good. */
    private void finished() {
        synchronized (lock) {
            if (members.unfinishedCount() == 0) {
                removeShutdownHook();
                end();
            }
            lock.notifyAll();
        }
    }

    /** The last event. With the lock. */
    private void end() {
        if (hasEnded || output.log() == null) {
            return;
        }
        hasEnded = true;
        final GroupResult result = result();
        output.event(LogEvent.of("ended").with("exitCode", result.exitCode()).with("failure", result.failure()));
        output.log().close();
    }

    private void requestStop(final String reason) {
        synchronized (lock) {
            if (!isStopping) {
                isStopping = true;
                if (!members.living().isEmpty()) {
                    output.event(LogEvent.of("stopped").with("reason", reason));
                }
                members.living().forEach(WorkerProcess::terminate);
                lock.notifyAll(); // those that wait to be started again
            }
        }
    }

    private void killLiving() {
        final List<WorkerProcess> living;
        synchronized (lock) {
            if (isKilling) {
                return;
            }
            isKilling = true;
            living = members.living();
            living.forEach(WorkerProcess::kill);
        }
        living.forEach(worker -> output.sayKilled(worker.rank(), worker.pid(), supervision.stopGrace()));
    }

    private GroupResult result() {
        synchronized (lock) {
            return new GroupResult(
                    members.each(Member::exitCode),
                    firstFailedRank == NONE ? OptionalInt.empty() : OptionalInt.of(firstFailedRank),
                    members.each(Member::lastLines),
                    members.each(Member::restartCount),
                    stoppedCount,
                    members.failures(failedRanks),
                    Optional.ofNullable(loss));
        }
    }

    private boolean awaitFinishedUninterruptibly(final Duration timeout) {
        synchronized (lock) {
            return LockWait.uninterruptibly(lock, timeout, () -> members.unfinishedCount() > 0);
        }
    }

    private void removeShutdownHook() {
        try {
            Runtime.getRuntime().removeShutdownHook(shutdownHook);
        } catch (final IllegalStateException e) {
            // This JVM is ending and the hook runs already.
        }
    }

    /** What the members see of this group. */
    private final class ForMembers implements MemberGroup {
        @Override
        public Object lock() {
            return lock;
        }

        @Override
        public WorkerPlan plan() {
            return plan;
        }

        @Override
        public WorkerOutput output() {
            return output;
        }

        @Override
        public int worldSize() {
            return WorkerGroup.this.worldSize();
        }

        @Override
        public boolean isStopping() {
            return isStopping;
        }

        @Override
        public boolean isLost() {
            return loss != null;
        }

        @Override
        public Path mayCreate() {
            return segment.unseenPath();
        }

        @Override
        public int othersThanCount(final int rank) {
            return members.othersThanCount(rank);
        }

        @Override
        public void ended() {
            lookAtSegment();
        }

        @Override
        public void noteFailure(final int rank) {
            failedRanks.remove(rank);
            failedRanks.add(rank);
        }

        @Override
        public void failed(final int rank) {
            if (!isStopping && firstFailedRank == NONE) {
                firstFailedRank = rank;
                stoppedCount = othersThanCount(rank);
            }
            if (!isStopping && loss == null) {
                requestStop("worker " + rank + " failed");
                WorkerProcess.daemon("shmarrays-stop-workers", WorkerGroup.this::stop)
                        .start();
            }
        }

        @Override
        public void refuse(final int before, final String reason) {
            WorkerGroup.this.refuse(before, reason);
        }

        @Override
        public void finished() {
            WorkerGroup.this.finished();
        }

        @Override
        public void tell(
                final EventKind kind,
                final WorkerProcess worker,
                final long value,
                final long secondValue,
                final String text) {
            segment.tell(kind, new Event.Subject(-1, worker.rank(), runId(), worker.pid()), value, secondValue, text);
        }
    }
}
