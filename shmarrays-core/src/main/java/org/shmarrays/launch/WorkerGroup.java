package org.shmarrays.launch;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;

/**
 * The running workers of one run.
 *
 * <p>When one worker fails, the others are stopped, and the run's exit code is that of the first failure, as torchrun has it.
 * A worker is stopped by SIGTERM and, where it has not ended after the grace, by SIGKILL. When this JVM ends, orderly or by
 * SIGINT, SIGTERM or SIGHUP, a shutdown hook stops the workers; when it is killed, each worker sees that by itself, see
 * {@link org.shmarrays.worker.LauncherPipe}. Any thread may call.
 */
public final class WorkerGroup implements AutoCloseable {
    private static final int NONE = -1;
    private static final int NOT_STARTED_EXIT_CODE = 143;
    private static final Duration KILL_TIMEOUT = Duration.ofSeconds(30);
    private static final Duration OUTPUT_TIMEOUT = Duration.ofSeconds(2);

    private final WorkerPlan plan;
    private final WorkerOutput output;
    private final Duration grace;
    private final Thread shutdownHook = new Thread(this::stop, "shmarrays-stop-workers");

    private final Object lock = new Object();
    private final WorkerProcess[] workers;
    private final LastLines[] lastLines;
    private final int[] exitCodes;
    private int unfinishedCount;
    private int firstFailedRank = NONE;
    private boolean isStopping;
    private boolean isKilling;

    private WorkerGroup(final WorkerPlan plan, final WorkerOutput output, final Duration grace) {
        this.plan = plan;
        this.output = output;
        this.grace = grace;
        this.workers = new WorkerProcess[plan.worldSize()];
        this.lastLines = new LastLines[plan.worldSize()];
        Arrays.setAll(lastLines, rank -> new LastLines());
        this.exitCodes = new int[plan.worldSize()];
        Arrays.fill(exitCodes, NOT_STARTED_EXIT_CODE);
        this.unfinishedCount = plan.worldSize();
    }

    static WorkerGroup start(final WorkerPlan plan, final WorkerOutput output, final Duration grace) {
        final WorkerGroup group = new WorkerGroup(plan, output, grace);
        // Before the first process, so that no moment is left in which a signal would leave a worker behind.
        Runtime.getRuntime().addShutdownHook(group.shutdownHook);
        for (int rank = 0; rank < plan.worldSize(); rank++) {
            try {
                group.startWorker(rank);
            } catch (final IOException e) {
                group.finished(plan.worldSize() - rank);
                group.stop();
                throw new UncheckedIOException(
                        "worker " + rank + " of " + plan.worldSize() + " can't be started: " + e.getMessage(), e);
            }
        }
        return group;
    }

    /** The name of the segment that the workers were told. */
    public String segmentName() {
        return plan.segmentName();
    }

    /** The process ids of the workers that were started, by rank. */
    public List<Long> pids() {
        synchronized (lock) {
            return Arrays.stream(workers)
                    .filter(worker -> worker != null)
                    .map(WorkerProcess::pid)
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
     * Stops the workers that still run, and waits for their end: for the grace, and then as long as the system needs to kill.
     * Harmless when all have ended.
     *
     * @throws IllegalStateException if a worker outlives even SIGKILL by half a minute
     */
    public GroupResult stop() {
        requestStop();
        if (!awaitFinishedUninterruptibly(grace)) {
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

    private void startWorker(final int rank) throws IOException {
        synchronized (lock) {
            if (isStopping) {
                finished(1);
                return;
            }
            final WorkerProcess worker = WorkerProcess.start(plan, rank, output, lastLines[rank]);
            workers[rank] = worker;
            WorkerProcess.daemon("shmarrays-worker-" + rank, () -> watch(worker))
                    .start();
        }
    }

    private void watch(final WorkerProcess worker) {
        final int exitCode = worker.awaitExit();
        exited(worker, exitCode);
        worker.awaitOutput(OUTPUT_TIMEOUT);
        finished(1);
    }

    /** Decides what the end of a worker means for the run. */
    private void exited(final WorkerProcess worker, final int exitCode) {
        synchronized (lock) {
            exitCodes[worker.rank()] = exitCode;
            if (exitCode == 0 || isStopping) {
                return;
            }
            firstFailedRank = worker.rank();
            requestStop();
        }
        WorkerProcess.daemon("shmarrays-stop-workers", this::stop).start();
    }

    private void finished(final int workerCount) {
        synchronized (lock) {
            unfinishedCount -= workerCount;
            if (unfinishedCount == 0) {
                removeShutdownHook();
            }
            lock.notifyAll();
        }
    }

    private void requestStop() {
        synchronized (lock) {
            if (!isStopping) {
                isStopping = true;
                living().forEach(WorkerProcess::terminate);
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
        for (final WorkerProcess worker : living) {
            output.say("worker " + worker.rank() + " (pid " + worker.pid() + ") did not end within " + grace.toMillis()
                    + " ms of SIGTERM and was killed");
        }
    }

    private List<WorkerProcess> living() {
        final List<WorkerProcess> living = new ArrayList<>();
        for (final WorkerProcess worker : workers) {
            if (worker != null && worker.isAlive()) {
                living.add(worker);
            }
        }
        return living;
    }

    private List<Long> livingPids() {
        synchronized (lock) {
            return living().stream().map(WorkerProcess::pid).toList();
        }
    }

    private GroupResult result() {
        synchronized (lock) {
            return new GroupResult(
                    Arrays.stream(exitCodes).boxed().toList(),
                    firstFailedRank == NONE ? OptionalInt.empty() : OptionalInt.of(firstFailedRank),
                    Arrays.stream(lastLines).map(LastLines::lines).toList());
        }
    }

    private boolean awaitFinished(final Duration timeout) throws InterruptedException {
        final long timeoutNs = TimeUnit.NANOSECONDS.convert(timeout);
        final long startNs = System.nanoTime();
        synchronized (lock) {
            while (unfinishedCount > 0) {
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
