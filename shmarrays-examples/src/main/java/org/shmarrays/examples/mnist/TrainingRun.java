package org.shmarrays.examples.mnist;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;
import org.shmarrays.examples.Examples;
import org.shmarrays.launch.GroupResult;
import org.shmarrays.launch.Launcher;
import org.shmarrays.launch.RemovalAtEnd;
import org.shmarrays.launch.WorkerGroup;
import org.shmarrays.report.RunWatcher;
import org.shmarrays.status.SegmentStatus;
import org.shmarrays.status.WorkerStatus;
import org.shmarrays.worker.WorkerState;

/**
 * The coordinator of a training: creates the segment, starts the workers, copies the parameters from time to time, shows
 * progress, asks to stop when the target is met, and takes the segment away, whatever happens.
 */
final class TrainingRun {
    private static final long POLL_NS = 2_000_000;
    private static final long LONGEST_PAUSE_NS = 50_000_000;
    private static final Duration END_TIMEOUT = Duration.ofMinutes(1);
    private static final long START_TIMEOUT_NS = TimeUnit.MINUTES.toNanos(3);
    private static final String WORKER_HEAP = "1g";
    private static final Duration WATCH_INTERVAL = Duration.ofMillis(500);

    private final TrainingPlan plan;
    private final int workers;
    private final List<String> devices;
    private final Double target;
    private final List<Double> levels;
    private final double snapshotEvery;
    private final boolean live;
    private final String name;
    private final long launchedNs = System.nanoTime();
    private int restarts;
    private boolean isWatched;
    private RunWatcher watcher;

    /**
     * A run that has not begun.
     *
     * @param name of its segment
     */
    TrainingRun(
            final TrainingPlan plan,
            final int workers,
            final List<String> devices,
            final Double target,
            final List<Double> levels,
            final double snapshotEvery,
            final boolean live,
            final String name) {
        this.plan = plan;
        this.workers = workers;
        this.devices = devices;
        this.target = target;
        this.levels = levels;
        this.snapshotEvery = snapshotEvery;
        this.live = live;
        this.name = name;
    }

    /** Has each worker that fails started again so often, while the others go on. */
    TrainingRun withRestarts(final int count) {
        restarts = count;
        return this;
    }

    /** Keeps how the counters go and what befalls the workers, from the moment when all of them are ready. */
    TrainingRun watched() {
        isWatched = true;
        return this;
    }

    /** What was kept, once the training has ended, well or not; null where it was not asked for or nobody got ready. */
    RunWatcher watcher() {
        return watcher;
    }

    /**
     * Trains.
     *
     * @throws IllegalStateException if a worker failed; its last words are in the message
     */
    RunReport run() throws InterruptedException {
        final MnistData data = plan.load();
        final Settings settings = Settings.fromProperties().withSlots(workers + 1);
        final Launcher launcher = launcher();
        try (RemovalAtEnd removal = RemovalAtEnd.ofCreated(name, settings);
                RemovalAtEnd imagesRemoval = RemovalAtEnd.ofCreated(SharedImages.segmentName(name), settings);
                ShmArrays arrays = ShmArrays.create(name, plan.specs(), removal.creating(this::initialise), settings);
                WorkerGroup group = launcher.launch()) {
            removal.after(group);
            imagesRemoval.after(group);
            // Behind the launch: the workers start in the meantime.
            try (SharedImages images = SharedImages.create(name, data.train(), imagesRemoval, settings)) {
                try {
                    return supervise(arrays, group, images.count(), data.test());
                } finally {
                    // As long as workers live this process holds the segments, so that `clean` finds them if it is
                    // killed.
                    group.stop();
                    if (watcher != null) {
                        watcher.close(); // it looks a last time, so the segment must still be there
                    }
                }
            }
        }
    }

    private Launcher launcher() {
        final Launcher launcher = Launcher.ofMainClass(
                        MnistWorker.class.getName(), plan.arguments().toArray(new String[0]))
                .workers(workers)
                .restarts(restarts)
                .segmentName(name)
                .devices(devices)
                .threadsPerWorker(Math.max(1, Runtime.getRuntime().availableProcessors() / workers))
                .heap(WORKER_HEAP)
                .jvmArgument("-XX:+UseSerialGC");
        final String logLevel = System.getProperty(Examples.LOG_LEVEL_PROPERTY);
        return logLevel == null ? launcher : launcher.jvmArgument("-D" + Examples.LOG_LEVEL_PROPERTY + "=" + logLevel);
    }

    private void initialise(final ShmArrays arrays) {
        final Map<String, INDArray> initial = plan.model().zeros();
        plan.model().initialise(initial, plan.seed());
        final Map<String, FloatMemory> values = new LinkedHashMap<>();
        initial.forEach((parameter, array) -> values.put(parameter, FloatMemory.of(array)));
        arrays.write(values);
    }

    private RunReport supervise(
            final ShmArrays arrays, final WorkerGroup group, final int imageCount, final LabelledImages test)
            throws InterruptedException {
        final SegmentStatus status = new SegmentStatus(arrays.segment());
        final LiveEvaluation evaluation =
                new LiveEvaluation(plan.model(), test, live ? target : null, arrays.runControl()::stop);
        final Progress progress = new Progress(plan, workers, imageCount, evaluation);
        progress.starting(arrays.name());
        evaluation.warmUp(new Snapshot(0, 0, arrays.read()));
        awaitReady(status, group);
        if (isWatched) {
            watcher = new RunWatcher(status::snapshot, WATCH_INTERVAL).start();
        }
        final long beganNs = System.nanoTime();
        final double startupSeconds = (beganNs - launchedNs) / 1e9;
        if (live) {
            evaluation.start();
        }
        final List<Snapshot> snapshots = new ArrayList<>();
        final long interval = Math.max(1, Math.round(snapshotEvery * imageCount));
        final long epochSamples = (long) imageCount * workers;
        long next = interval;
        int epochs = 0;
        long pauseNs = POLL_NS;
        boolean running = true;
        while (running) {
            LockSupport.parkNanos(pauseNs);
            final GroupResult ended = group.await(Duration.ZERO).orElse(null);
            final List<WorkerStatus> now = status.workers();
            // One that failed may be on its way back, and then nobody is seen to train.
            running = ended == null && (restarts > 0 || isTraining(now));
            final long samples = now.stream().mapToLong(WorkerStatus::samples).sum();
            final double seconds = (System.nanoTime() - beganNs) / 1e9;
            final boolean epochEnds = samples >= (epochs + 1) * epochSamples;
            if (samples >= next || epochEnds || !running) {
                arrays.checkPresent(); // its values would be those of a segment that no worker trains any more
                final Snapshot snapshot = new Snapshot(seconds, samples, arrays.read());
                snapshots.add(snapshot);
                evaluation.offer(snapshot);
                next = (samples / interval + 1) * interval;
            }
            if (epochEnds) {
                epochs++;
                progress.epoch(epochs, now, seconds);
            }
            progress.tick(now, seconds);
            failIfAnyFailed(ended);
            pauseNs = epochs < plan.epochs()
                    ? pauseNs(Math.min(next, (epochs + 1) * epochSamples) - samples, samples / seconds)
                    : POLL_NS; // the workers are about to end
        }
        final GroupResult result = awaitEnd(status, group);
        failIfAnyFailed(result);
        evaluation.stop();
        progress.finished();
        if (watcher != null) {
            watcher.close();
        }
        return RunReport.of(
                plan, workers, target, levels, startupSeconds, snapshots, evaluation.evaluator(), status, epochSamples);
    }

    /** A worker that is stopped ends when it goes on. */
    private static GroupResult awaitEnd(final SegmentStatus status, final WorkerGroup group)
            throws InterruptedException {
        Optional<GroupResult> result = group.await(END_TIMEOUT);
        while (result.isEmpty()
                && status.workers().stream().anyMatch(worker -> worker.state() == WorkerState.STOPPED)) {
            result = group.await(END_TIMEOUT);
        }
        return result.orElseThrow(() -> new IllegalStateException("workers do not end after the training"));
    }

    private void awaitReady(final SegmentStatus status, final WorkerGroup group) throws InterruptedException {
        final long began = System.nanoTime();
        while (status.workers().stream()
                        .filter(worker -> worker.rank() >= 0 && worker.barriers() > 0)
                        .count()
                < workers) {
            final GroupResult ended = group.await(Duration.ZERO).orElse(null);
            failIfAnyFailed(ended);
            if (ended != null || System.nanoTime() - began > START_TIMEOUT_NS) {
                throw new IllegalStateException("the workers did not all start: workers=" + workers);
            }
            LockSupport.parkNanos(POLL_NS);
        }
    }

    private static boolean isTraining(final List<WorkerStatus> workers) {
        return workers.stream().anyMatch(worker -> worker.rank() >= 0 && worker.active());
    }

    /** Half the time until so many more samples are there: a look reads /proc for each worker, on a core that the workers want. */
    private static long pauseNs(final long samples, final double samplesPerSecond) {
        return samplesPerSecond == 0
                ? POLL_NS
                : Math.max(POLL_NS, Math.min(LONGEST_PAUSE_NS, (long) (samples / samplesPerSecond / 2 * 1e9)));
    }

    private static void failIfAnyFailed(final GroupResult result) {
        if (result != null && !result.isSuccess()) {
            final List<String> last = result.lastLinesOfFailed();
            throw new IllegalStateException(
                    result.failure() + (last.isEmpty() ? "" : "; its last lines:\n  ") + String.join("\n  ", last));
        }
    }
}
