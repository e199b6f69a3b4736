package org.shmarrays.spark;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.spark.SparkEnv;
import org.shmarrays.Settings;
import org.shmarrays.launch.RemovalAtEnd;
import org.shmarrays.status.SegmentStatus;
import org.shmarrays.status.StatusSnapshot;
import org.shmarrays.status.WorkerStatus;
import org.shmarrays.worker.Worker;
import scala.Tuple2;

/**
 * A host of a training: an executor's segment and its workers, which stay between the intervals. The segment is removed
 * when the training or the executor ends.
 *
 * @param <T> type of the batches
 */
final class Host<T> implements AutoCloseable {
    private final HostPlan<T> plan;
    private final RemovalAtEnd removal;

    /** Whether all workers have joined; read by the removal, in another thread when the process is ended. */
    private volatile boolean isOwn;

    private final List<HostWorker<T>> workers = new ArrayList<>();
    private HostHandle handle;
    private WorkerProcesses processes;
    private final HostValues values;
    private final SegmentStatus status;
    private final StatusSnapshot opened;

    /** Of the last task, or -1. */
    private int lastStage = -1;

    /** Opens the segment of a name. One that is taken over is this host's only when its workers have joined. */
    Host(final HostPlan<T> plan, final String name, final boolean isTakenOver) {
        this.plan = plan;
        final Settings settings = plan.settings();
        removal = isTakenOver
                ? RemovalAtEnd.ofWorkers(name, uid -> isOwn, settings)
                : RemovalAtEnd.ofName(name, settings);
        try {
            if (plan.kind() instanceof WorkerKind.Processes kind) {
                processes = new WorkerProcesses(plan, kind, name, Devices.ofThisTask(), removal);
            }
            for (int rank = 0; rank < plan.workers(); rank++) {
                final HostWorker<T> worker = new HostWorker<>(name, rank);
                workers.add(worker);
                final int own = rank;
                worker.open(() -> trainer(name, own));
            }
            isOwn = true;
            handle = new HostHandle(name, settings);
            values = handle.call(() -> new HostValues(plan.model().table(), handle.arrays()));
            status = handle.arrays().status();
            opened = status.snapshot();
            RoundMeters.OF_EXECUTOR.members(plan.workers());
        } catch (final Throwable e) {
            end();
            throw e;
        }
    }

    private HostModel.Trainer<T> trainer(final String segment, final int rank) throws InterruptedException {
        return processes == null
                ? plan.model().open(segment, Worker.of(rank, plan.workers()), plan.settings())
                : new ProcessTrainer<>(processes, rank);
    }

    /**
     * Begins a task of a round.
     *
     * @param stage whose task it is; each attempt of a round has its own
     * @throws DoubledTaskException if this host has begun a task of the same stage
     */
    synchronized void enter(final int stage) {
        if (stage == lastStage) {
            throw new DoubledTaskException("two tasks of a round are on one executor, which would count as two hosts:"
                    + " executor=" + SparkEnv.get().executorId() + "; set spark.executor.cores to the number of cores"
                    + " that each executor has");
        }
        lastStage = stage;
    }

    /**
     * Trains for an interval.
     *
     * @param copy which copy of the common parameters it is
     * @param centre the common parameters, which the host takes over first
     * @param batches is read by this thread alone
     * @return what was done, or why it failed
     * @throws InterruptedException if the interval is lost because another host is
     */
    synchronized HostReport train(
            final RoundStart round,
            final CentreCopy copy,
            final int host,
            final Iterator<Tuple2<Integer, ChunkRows>> centre,
            final Iterator<T> batches)
            throws InterruptedException {
        checkSteps(0);
        final long beganNs = System.nanoTime();
        final long bytesBefore = RemoteBytes.ofThisTask(); // of batches
        values.receive(copy, centre);
        final long receivedBytes = RemoteBytes.ofThisTask() - bytesBefore;
        handle.call(() -> {
            values.takeOver();
            handle.arrays().runControl().startAt(round.iteration(), round.epoch());
            return null;
        });
        final WorkerStatus.Counters before = status.snapshot().counters();
        final BatchQueue<T> queue = new BatchQueue<>(2 * plan.workers());
        workers.forEach(worker -> worker.train(queue));
        final long startNs = System.nanoTime();
        final long given;
        final long trainNs;
        try {
            given = feed(batches, queue, startNs);
        } catch (final Throwable e) {
            queue.fail(e);
            throw e;
        } finally {
            queue.end();
            awaitSteps();
            trainNs = System.nanoTime() - startNs;
            handle.call(() -> {
                values.look();
                return null;
            });
        }
        final boolean isLost = queue.failure() instanceof LostWorkerException;
        String failure = queue.failure() == null ? null : StackTraces.of(queue.failure());
        if (failure == null) {
            try {
                values.checkFinite();
            } catch (final IllegalStateException e) {
                failure = StackTraces.of(e);
            }
        }
        final long exchangeNs = System.nanoTime() - beganNs - trainNs;
        final WorkerStatus.Counters done = status.snapshot().counters().since(before);
        if (failure == null && done.steps() > 0 && done.samples() <= 0) {
            failure = "the steps have counted no samples, which are the weight of a host: steps=" + done.steps()
                    + ", samples=" + done.samples() + "; count them by worker.countStep(samples, loss)";
        }
        final TrainingCounts counts = TrainingCounts.of(done, trainNs, exchangeNs, receivedBytes);
        RoundMeters.OF_EXECUTOR.ended(counts);
        return new HostReport(
                host,
                SparkEnv.get().executorId(),
                HostReport.ownAddress(),
                given,
                failure == null && !batches.hasNext(),
                counts,
                failure,
                isLost);
    }

    private long feed(final Iterator<T> batches, final BatchQueue<T> queue, final long startNs)
            throws InterruptedException {
        final long most = (long) plan.interval().steps() * plan.workers();
        final long longestNs = plan.interval().longest().toNanos();
        long given = 0;
        while (given < most && (given == 0 || System.nanoTime() - startNs < longestNs) && batches.hasNext()) {
            if (!queue.put(batches.next())) {
                break;
            }
            given++;
        }
        return given;
    }

    /** Steps that are under way are not cut off, also where this thread is interrupted. */
    private void awaitSteps() {
        final long startNs = System.nanoTime();
        boolean isInterrupted = false;
        boolean isWaiting = true;
        while (isWaiting) {
            try {
                checkSteps(plan.stepTimeout().toNanos() - (System.nanoTime() - startNs));
                isWaiting = false;
            } catch (final InterruptedException e) {
                isInterrupted = true;
            } finally {
                if (isInterrupted && !isWaiting) {
                    Thread.currentThread().interrupt();
                }
            }
        }
    }

    /**
     * Throws if steps of an interval do not end.
     *
     * @throws IllegalStateException telling where the step of a worker is
     */
    private void checkSteps(final long timeoutNs) throws InterruptedException {
        final long startNs = System.nanoTime();
        for (int rank = 0; rank < workers.size(); rank++) {
            final HostWorker<T> worker = workers.get(rank);
            if (!worker.await(Math.max(0, timeoutNs - (System.nanoTime() - startNs)))) {
                throw new IllegalStateException("a step does not end: worker=" + rank + ", waited="
                        + plan.stepTimeout().toSeconds() + " s after the end of its interval; the worker is here:"
                        + worker.stackTrace());
            }
        }
    }

    /** The host's parameters at the end of its last interval, chunk by chunk. */
    Iterator<Tuple2<Integer, HostChunk>> chunks(final int host, final long samples) {
        return IntStream.range(0, plan.model().table().chunkCount())
                .mapToObj(chunk ->
                        new Tuple2<>(chunk, new HostChunk(host, samples, values.version(), values.rows(chunk))))
                .iterator();
    }

    /** What the workers have counted since the host was opened. */
    HostSummary summary() {
        return HostSummary.of(SparkEnv.get().executorId(), opened, status.snapshot());
    }

    /** Ends the workers, and removes the segment. */
    @Override
    public synchronized void close() {
        end();
    }

    @SuppressWarnings("try") // the variables are only closed
    private void end() {
        RoundMeters.OF_EXECUTOR.members(0);
        try (RemovalAtEnd atEnd = removal;
                WorkerProcesses ending = processes) {
            workers.forEach(HostWorker::close);
            if (handle != null) {
                handle.close();
            }
        }
    }
}
