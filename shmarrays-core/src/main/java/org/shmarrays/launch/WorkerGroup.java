package org.shmarrays.launch;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;

/**
 * The running workers of one run.
 *
 * <p>A worker that fails is started again as often as {@link Launcher#restarts} allows, while the others go on. After that,
 * by default at the first failure, the others are stopped, and the run's exit code is that of the worker that failed, as
 * torchrun has it. A worker is stopped by SIGTERM and, where it has not ended after the grace, by SIGKILL. When this JVM
 * ends, orderly or by SIGINT, SIGTERM or SIGHUP, a shutdown hook stops the workers; when it is killed, each worker sees
 * that by itself, see {@link org.shmarrays.worker.LauncherPipe}. Any thread may call.
 */
public final class WorkerGroup implements AutoCloseable {
    private static final int NONE = -1;
    private static final Duration KILL_TIMEOUT = Duration.ofSeconds(30);

    private final WorkerPlan plan;
    private final WorkerOutput output;
    private final Supervision supervision;
    private final Thread shutdownHook = new Thread(this::stop, "shmarrays-stop-workers");

    private final Object lock = new Object();
    private final List<Member> members = new ArrayList<>();
    private int wantedCount;
    private int firstFailedRank = NONE;
    private boolean isStopping;
    private boolean isKilling;

    private WorkerGroup(final WorkerPlan plan, final WorkerOutput output, final Supervision supervision) {
        this.plan = plan;
        this.output = output;
        this.supervision = supervision;
        this.wantedCount = plan.worldSize();
    }

    static WorkerGroup start(final WorkerPlan plan, final WorkerOutput output, final Supervision supervision) {
        final WorkerGroup group = new WorkerGroup(plan, output, supervision);
        // Before the first process, so that no moment is left in which a signal would leave a worker behind.
        Runtime.getRuntime().addShutdownHook(group.shutdownHook);
        try {
            group.startWanted(false);
        } catch (final UncheckedIOException e) {
            group.stop();
            group.finished();
            throw e;
        }
        return group;
    }

    /** The name of the segment that the workers were told. */
    public String segmentName() {
        return plan.segmentName();
    }

    /** Which run it is; {@link org.shmarrays.worker.Worker#runId()} of its workers. */
    public long runId() {
        return plan.runId();
    }

    /** The number of workers that are wanted: as many as were launched, until {@link #scale}. */
    public int worldSize() {
        synchronized (lock) {
            return wantedCount;
        }
    }

    /** The process ids of the workers that were started, by rank; of one that was started again, the last one. */
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
     * @return empty if some still run after {@code timeout}
     */
    public Optional<GroupResult> await(final Duration timeout) throws InterruptedException {
        return awaitFinished(timeout) ? Optional.of(result()) : Optional.empty();
    }

    /**
     * Changes the number of workers. New ones get the next ranks; those of the highest ranks get the time of {@link
     * Launcher#leaveGrace} to end by themselves, and are stopped then. The workers learn of it from the run control, so it
     * is {@link Scaling} that calls this. Without effect when the run is ending.
     *
     * @throws IllegalArgumentException if {@code workers} is less than 1
     * @throws UncheckedIOException     if a process can't be started; those before it run
     */
    void scale(final int workers) {
        if (workers < 1) {
            throw new IllegalArgumentException("workers must be at least 1: workers=" + workers);
        }
        final List<Member> leaving = new ArrayList<>();
        synchronized (lock) {
            if (isStopping || unfinishedCount() == 0 || workers == wantedCount) {
                return;
            }
            output.say("the run goes on with " + workers + (workers == 1 ? " worker" : " workers") + " instead of "
                    + wantedCount);
            final int before = wantedCount;
            wantedCount = workers;
            for (int rank = workers; rank < Math.min(before, members.size()); rank++) {
                leaving.add(members.get(rank));
            }
        }
        leaving.forEach(Member::leave);
        try {
            startWanted(true);
        } catch (final UncheckedIOException e) {
            synchronized (lock) {
                wantedCount = (int) members.stream().filter(Member::wasStarted).count();
            }
            output.say(e.getMessage());
            throw e;
        }
    }

    /**
     * Stops the workers that still run, and waits for their end: for the grace, and then as long as the system needs to kill.
     * Harmless when all have ended.
     *
     * @throws IllegalStateException if a worker outlives even SIGKILL by half a minute
     */
    public GroupResult stop() {
        requestStop();
        if (!awaitFinishedUninterruptibly(supervision.stopGrace())) {
            killLiving();
            if (!awaitFinishedUninterruptibly(KILL_TIMEOUT)) {
                throw new IllegalStateException("workers outlive SIGKILL: pids=" + livingPids()
                        + "; the system keeps them, see their wait channel");
            }
        }
        return result();
    }

    /** {@link #stop()}s the workers. */
    @Override
    public void close() {
        stop();
    }

    /** Starts the wanted ranks that are not there, or have left. */
    private void startWanted(final boolean late) {
        synchronized (lock) {
            for (int rank = 0; rank < wantedCount && !isStopping; rank++) {
                if (rank == members.size()) {
                    members.add(new Member(this, rank, supervision));
                }
                try {
                    members.get(rank).enter(late);
                } catch (final IOException e) {
                    throw new UncheckedIOException(
                            "worker " + rank + " of " + wantedCount + " can't be started: " + e.getMessage(), e);
                }
            }
        }
    }

    // --- For the members, which hold the lock where it is said ---

    Object lock() {
        return lock;
    }

    WorkerPlan plan() {
        return plan;
    }

    WorkerOutput output() {
        return output;
    }

    /** With the lock. */
    boolean isStopping() {
        return isStopping;
    }

    /** A rank has failed and is not started again: the run ends. With the lock. */
    void failed(final int rank) {
        if (!isStopping) {
            firstFailedRank = rank;
            requestStop();
            WorkerProcess.daemon("shmarrays-stop-workers", this::stop).start();
        }
    }

    /** A rank has ended for good. */
    void finished() {
        synchronized (lock) {
            if (unfinishedCount() == 0) {
                removeShutdownHook();
            }
            lock.notifyAll();
        }
    }

    private int unfinishedCount() {
        return (int) members.stream().filter(Member::isUnfinished).count();
    }

    private void requestStop() {
        synchronized (lock) {
            if (!isStopping) {
                isStopping = true;
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

    void sayKilled(final WorkerProcess worker) {
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
                    members.stream().map(Member::restartCount).toList());
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
        final long startNs = System.nanoTime();
        boolean isInterrupted = false;
        try {
            while (true) {
                try {
                    return awaitFinished(timeout.minusNanos(System.nanoTime() - startNs));
                } catch (final InterruptedException e) {
                    isInterrupted = true;
                }
            }
        } finally {
            if (isInterrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private void removeShutdownHook() {
        try {
            Runtime.getRuntime().removeShutdownHook(shutdownHook);
        } catch (final IllegalStateException e) {
            // This JVM is ending and the hook runs already.
        }
    }
}
