package org.shmarrays.launch;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.shmarrays.internal.layout.Event;
import org.shmarrays.internal.layout.EventKind;

// Over 300 lines: the state of one run under one lock, and the calls that change it.
/**
 * The running workers of one run.
 *
 * <p>A worker that fails is restarted as often as {@link Launcher#restarts} allows, while the others continue. After
 * that (by default at the first failure), the others are stopped, and the run's exit code is that of the worker that
 * failed, as with torchrun. If a worker that {@link Scaling} has added fails, the run goes back to the previous number
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

    /** Until the segment has been seen: a loss can't be told before that. */
    private static final long FIRST_LOOK_INTERVAL_MS = 20;

    private final WorkerPlan plan;
    private final WorkerOutput output;
    private final Supervision supervision;
    private final SegmentWatch segment;
    private final Thread shutdownHook = new Thread(this::stop, "shmarrays-stop-workers");

    private final Object lock = new Object();
    private final List<Member> members = new ArrayList<>();

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
        synchronized (lock) {
            return members.stream()
                    .filter(Member::wasStarted)
                    .map(member -> member.process().pid())
                    .toList();
        }
    }

    /**
     * Waits until all workers have ended and their output is written.
     *
     * @return empty if a worker still runs after {@code timeout}
     */
    public Optional<GroupResult> await(final Duration timeout) throws InterruptedException {
        return awaitFinished(timeout) ? Optional.of(result()) : Optional.empty();
    }

    /**
     * Changes the number of workers. New ones get the next ranks; those of the highest ranks get the time of {@link
     * Launcher#leaveGrace} to end by themselves, and are stopped then. The workers learn of it from the run control, so
     * it is {@link Scaling} that calls this. Without effect when the run is ending. Where a new one can't be started,
     * or fails later, the run goes on with the number before: see {@link #takeRefusal}.
     *
     * @throws IllegalArgumentException if {@code workers} is less than 1
     */
    void scale(final int workers) {
        if (workers < 1) {
            throw new IllegalArgumentException("workers must be at least 1: workers=" + workers);
        }
        synchronized (lock) {
            if (isStopping || loss != null || unfinishedCount() == 0 || workers == wantedCount) {
                return;
            }
            final int before = wantedCount;
            refusedCount = 0;
            goOnWith(workers, "");
            for (int rank = before; rank < workers; rank++) {
                try {
                    member(rank).enterAfter(before);
                } catch (final IOException e) {
                    refuse(before, "worker " + rank + " can't be started: " + e.getMessage());
                    return;
                }
            }
        }
    }

    /** Whether this number of workers was tried, and given up because one of the new ones failed. Says so once. */
    boolean takeRefusal(final long workers) {
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
        for (int rank = workers; rank < Math.min(before, members.size()); rank++) {
            members.get(rank).leave();
        }
    }

    /** The member of a rank, which may be the next new one. With the lock. */
    private Member member(final int rank) {
        if (rank == members.size()) {
            members.add(new Member(new ForMembers(), rank, supervision));
        }
        return members.get(rank);
    }

    /** Looks now and then, until the run has ended. */
    private void watchSegment() {
        while (true) {
            lookAtSegment();
            synchronized (lock) {
                if (unfinishedCount() == 0) {
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
                throw new IllegalStateException("workers are still alive after SIGKILL: pids=" + livingPids()
                        + "; they are blocked in the kernel, see /proc/PID/wchan");
            }
        }
        return result();
    }

    /** {@link #stop()}s the workers. */
    @Override
    public void close() {
        stop();
    }

    /** Starts the ranks that the run begins with. */
    private void startFirst() {
        synchronized (lock) {
            for (int rank = 0; rank < wantedCount && !isStopping; rank++) {
                try {
                    member(rank).enter();
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

    /** A rank has failed and is not started again: the run ends. With the lock. */
    private void failed(final int rank) {
        if (!isStopping && firstFailedRank == NONE) {
            firstFailedRank = rank;
            stoppedCount = othersThanCount(rank);
        }
        if (!isStopping && loss == null) {
            requestStop("worker " + rank + " failed");
            WorkerProcess.daemon("shmarrays-stop-workers", this::stop).start();
        }
    }

    /** A rank has ended for good. */
    private void finished() {
        synchronized (lock) {
            if (unfinishedCount() == 0) {
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

    /** How many other ranks go on. With the lock. */
    private int othersThanCount(final int rank) {
        return unfinishedCount() - (members.get(rank).isUnfinished() ? 1 : 0);
    }

    private int unfinishedCount() {
        return (int) members.stream().filter(Member::isUnfinished).count();
    }

    private void requestStop(final String reason) {
        synchronized (lock) {
            if (!isStopping) {
                isStopping = true;
                if (!living().isEmpty()) {
                    output.event(LogEvent.of("stopped").with("reason", reason));
                }
                living().forEach(WorkerProcess::terminate);
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
            living = living();
            living.forEach(WorkerProcess::kill);
        }
        living.forEach(this::sayKilled);
    }

    private void sayKilled(final WorkerProcess worker) {
        output.say("worker " + worker.rank() + " (pid " + worker.pid() + ") did not end within "
                + supervision.stopGrace().toMillis() + " ms of SIGTERM and was killed");
    }

    private List<WorkerProcess> living() {
        return members.stream()
                .filter(Member::wasStarted)
                .map(Member::process)
                .filter(WorkerProcess::isAlive)
                .toList();
    }

    private List<Long> livingPids() {
        synchronized (lock) {
            return living().stream().map(WorkerProcess::pid).toList();
        }
    }

    private GroupResult result() {
        synchronized (lock) {
            return new GroupResult(
                    members.stream().map(Member::exitCode).toList(),
                    firstFailedRank == NONE ? OptionalInt.empty() : OptionalInt.of(firstFailedRank),
                    members.stream().map(Member::lastLines).toList(),
                    members.stream().map(Member::restartCount).toList(),
                    stoppedCount,
                    failedRanks.stream()
                            .flatMap(rank -> members.get(rank).failure().stream())
                            .toList(),
                    Optional.ofNullable(loss));
        }
    }

    private boolean awaitFinished(final Duration timeout) throws InterruptedException {
        final long timeoutNs = TimeUnit.NANOSECONDS.convert(timeout);
        final long startNs = System.nanoTime();
        synchronized (lock) {
            while (unfinishedCount() > 0) {
                final long remainingNs = timeoutNs - (System.nanoTime() - startNs);
                if (remainingNs <= 0) {
                    return false;
                }
                TimeUnit.NANOSECONDS.timedWait(lock, remainingNs);
            }
            return true;
        }
    }

    private boolean awaitFinishedUninterruptibly(final Duration timeout) {
        synchronized (lock) {
            return LockWait.whileTrue(lock, timeout, () -> unfinishedCount() > 0);
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
            return WorkerGroup.this.othersThanCount(rank);
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
            WorkerGroup.this.failed(rank);
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

        @Override
        public void sayKilled(final WorkerProcess worker) {
            WorkerGroup.this.sayKilled(worker);
        }
    }
}
