package org.shmarrays.examples.mnist;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.shmarrays.RunControl;
import org.shmarrays.Settings;
import org.shmarrays.checkpoint.CheckpointPlan;
import org.shmarrays.checkpoint.ResumePlan;
import org.shmarrays.dl4j.SpawnOptions;
import org.shmarrays.examples.LaunchedTraining;
import org.shmarrays.examples.LogOptions;
import org.shmarrays.launch.RemovalAtEnd;
import org.shmarrays.report.RunWatcher;
import org.shmarrays.status.SegmentStatus;
import org.shmarrays.status.StatusSnapshot;

// Over 300 lines: one run, from its settings to its report.
/**
 * The coordinator of a training: creates the segment, starts the workers, copies the parameters from time to time,
 * shows progress, asks to stop when the target is met, and takes the segment away, whatever happens.
 */
final class TrainingRun {
    private static final Duration WATCH_INTERVAL = Duration.ofMillis(500);
    private static final int SPARE_SLOTS = 16;
    private static final String TEST_ACCURACY = "test accuracy";

    private final TrainingPlan plan;
    private final int workers;
    private final List<String> devices;
    private final Double target;
    private final List<Double> levels;
    private final double snapshotEvery;
    private final boolean live;
    private final String name;
    private final long launchedNs = System.nanoTime();
    private PrintStream out = System.out;
    private int restarts;
    private int threadsPerWorker = 1;
    private boolean isWatched;
    private CheckpointPlan checkpoints = CheckpointPlan.NONE;
    private Path resumed;
    private LogOptions logOptions = new LogOptions();
    private TrainingLog log;
    private volatile RunControl control;
    private RunWatcher watcher;
    private LaunchedTraining launched;
    private Map<String, float[]> valuesOfFailed;
    private Dl4jNetwork trained;
    private SpawnedWorkers spawned;

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

    /** Has each worker compute by so many OpenMP and BLAS threads instead of one. */
    TrainingRun withThreadsPerWorker(final int count) {
        threadsPerWorker = count;
        return this;
    }

    /** Shows progress, and what workers print to standard output, on another stream than standard output. */
    TrainingRun withOutput(final PrintStream stream) {
        out = stream;
        return this;
    }

    /** Keeps how the counters go and what befalls the workers, from the moment when all of them are ready. */
    TrainingRun watched() {
        isWatched = true;
        return this;
    }

    /**
     * Saves the training while it goes on, and begins with a checkpoint.
     *
     * @param from the checkpoint, or null if the training begins
     */
    TrainingRun withCheckpoints(final CheckpointPlan saving, final Path from) {
        checkpoints = saving;
        resumed = from;
        return this;
    }

    /** Logs the training while it goes on. */
    TrainingRun withLog(final LogOptions options) {
        logOptions = options;
        return this;
    }

    /** Whether a part of the log, or the last checkpoint, could not be written, which was said. */
    boolean isIncomplete() {
        return log != null && log.isIncomplete()
                || launched != null && launched.isCheckpointIncomplete()
                || spawned != null && spawned.isUnsaved();
    }

    /** Asks the workers to stop; false if they don't train yet, so that this run must be ended in another way. */
    boolean stop() {
        final RunControl steering = control;
        if (steering == null) {
            return false;
        }
        steering.stop();
        return true;
    }

    /** The last checkpoint that was written, if there is one. */
    Optional<Path> lastCheckpoint() {
        return trained == null
                ? Optional.ofNullable(launched).flatMap(LaunchedTraining::lastCheckpoint)
                : checkpoints.newest(name); // that process has ended which wrote it
    }

    /**
     * What was kept, once the training has ended, well or not; null where it was not asked for or no worker got
     * ready.
     */
    RunWatcher watcher() {
        return watcher;
    }

    /**
     * Trains.
     *
     * @throws IllegalStateException if a worker failed; its last words are in the message
     */
    RunReport run() throws InterruptedException, IOException {
        final MnistData data = plan.load();
        final LabelledImages images = data.train();
        final ResumePlan kept = plan.resumePlan(images.fingerprint());
        final Settings settings = settings();
        try (TrainingLog logging = TrainingLog.start(logOptions, name, settings, TrainingRun::say)) {
            log = logging;
            return plan.model() instanceof Dl4jModel model
                    ? spawn(model, data, images.count(), kept, settings)
                    : launch(data, images.count(), kept, settings);
        }
    }

    private static void say(final String message) {
        System.err.println("shmarrays: " + message);
    }

    /** There are slots for each worker, for this process, and for tools such as `shmarrays checkpoint`. */
    private Settings settings() {
        final Settings settings = Settings.fromProperties();
        return settings.withSlots(Math.min(Settings.MAX_SLOTS, Math.max(settings.slotCount(), workers + SPARE_SLOTS)));
    }

    /** By this module's own workers. */
    private RunReport launch(final MnistData data, final int images, final ResumePlan kept, final Settings settings)
            throws InterruptedException, IOException {
        try (RemovalAtEnd imagesRemoval = SharedImages.removalAtEnd(name, settings)) {
            final LaunchedTraining running = new LaunchedTraining(
                    processes().launcher(plan, name),
                    settings,
                    new LaunchedTraining.Content(
                            plan.segmentSpecs(workers, images),
                            fresh -> plan.ownModel().initialise(fresh, plan.seed())),
                    kept,
                    checkpoints,
                    resumed);
            launched = running;
            try (running) {
                imagesRemoval.after(running.group());
                return supervise(data, images, imagesRemoval, settings);
            }
        }
    }

    private RunReport supervise(
            final MnistData data, final int images, final RemovalAtEnd imagesRemoval, final Settings settings)
            throws InterruptedException, IOException {
        final Workers training = new LaunchedWorkers(plan.ownModel(), launched.arrays(), launched.group());
        try {
            final RunReport report = supervise(training, data, images, imagesRemoval, settings);
            launched.checkWhole(plan.epochs());
            return report;
        } catch (final RuntimeException | IOException e) {
            launched.group().stop();
            keepValues(training, e);
            throw e;
        } finally {
            launched.group().stop();
            if (watcher != null) {
                watcher.close(); // it looks a last time
            }
        }
    }

    private ProcessPlan processes() {
        return new ProcessPlan(workers, restarts, threadsPerWorker, devices, out);
    }

    /** What was learned before a failure, if any worker has trained: the segment goes. */
    private void keepValues(final Workers training, final Exception failure) {
        if (control == null) {
            return;
        }
        try {
            valuesOfFailed = training.values();
        } catch (final RuntimeException e) {
            failure.addSuppressed(e); // a partition may be damaged, or the segment taken away
        }
    }

    /** By DL4J. */
    private RunReport spawn(
            final Dl4jModel model,
            final MnistData data,
            final int images,
            final ResumePlan kept,
            final Settings settings)
            throws InterruptedException, IOException {
        trained = model.create(plan.learningRate(), plan.seed());
        SpawnOptions options =
                processes().spawnOptions(plan, name).withPlan(kept).withCheckpoints(checkpoints);
        if (resumed != null) {
            kept.checkResumes(resumed); // now, and not only in the process that launches
            options = options.resumeFrom(resumed);
        }
        try (RemovalAtEnd imagesRemoval = SharedImages.removalAtEnd(name, settings);
                SpawnedWorkers training = new SpawnedWorkers(
                        model, trained, new MnistShards(name, plan.batchSize(), plan.seed()), name, workers, options)) {
            spawned = training;
            try {
                return supervise(training, data, images, imagesRemoval, settings);
            } catch (final RuntimeException | IOException e) {
                keepValues(training, e);
                throw e;
            } finally {
                if (watcher != null) {
                    watcher.close();
                }
            }
        }
    }

    /**
     * Saves what was trained: the parameters that are the report's result as {@code .npz}, or the model as DL4J does.
     *
     * @throws IOException if the file can't be written
     */
    void save(final Path file, final RunReport report) throws IOException {
        if (trained == null) {
            report.save(file);
        } else {
            trained.save(file, true);
        }
    }

    /**
     * Saves what a training that failed has learned; returns false if that is not known. A model of DL4J is saved as
     * it was last copied, without its updater's state, which is not known.
     *
     * @throws IOException if the file can't be written
     */
    boolean saveOfFailed(final Path file) throws IOException {
        if (valuesOfFailed == null) {
            return false;
        }
        if (trained == null) {
            RunReport.save(file, plan.ownModel(), valuesOfFailed);
        } else {
            trained.load(valuesOfFailed);
            trained.save(file, false);
        }
        return true;
    }

    /**
     * Follows workers that have been started. They wait for the training images, which are published last: so no step
     * is made before it can be followed.
     */
    @SuppressWarnings("try") // the images are only closed
    private RunReport supervise(
            final Workers training,
            final MnistData data,
            final int imageCount,
            final RemovalAtEnd imagesRemoval,
            final Settings settings)
            throws InterruptedException, IOException {
        final long epochSamples = TrainingPlan.epochSamples(imageCount, training.streams());
        final Accuracies accuracies = new Accuracies(target, levels);
        try (TerminalWidth width = TerminalWidth.of(out)) {
            final Progress progress = new Progress(plan, epochSamples, accuracies, out, width);
            progress.starting(name, workers, imageCount);
            training.awaitSegment(settings);
            // No step is made before the images are there.
            final SnapshotLoop.Samples samples = new SnapshotLoop.Samples(
                    Math.max(1, Math.round(snapshotEvery * imageCount)),
                    epochSamples,
                    training.control().samples());
            progress.continuesWith(samples.earlier());
            final StatusSnapshot before = training.status().snapshot();
            final Evaluator evaluator = warmedUpEvaluator(training, data.test());
            try (SnapshotEvaluation evaluation = new SnapshotEvaluation(
                            accuracies,
                            evaluator,
                            plan.model().parameterCount(),
                            target,
                            live,
                            () -> training.control().stop(),
                            accuracy -> training.control().measured(TEST_ACCURACY, accuracy));
                    SharedImages images = SharedImages.create(data.train(), imagesRemoval)) {
                training.awaitReady();
                control = training.control();
                return follow(training, evaluation, progress, before, samples);
            }
        }
    }

    /** The JIT compiler has done its work before the training begins. */
    private static Evaluator warmedUpEvaluator(final Workers training, final LabelledImages test) {
        final Evaluator evaluator = new Evaluator(training.classifier(), test);
        evaluator.accuracy(new Snapshot(0, 0, 0, 0, training.initialValues()));
        return evaluator;
    }

    /** Follows workers that are ready until they have ended. */
    private RunReport follow(
            final Workers training,
            final SnapshotEvaluation evaluation,
            final Progress progress,
            final StatusSnapshot before,
            final SnapshotLoop.Samples samples)
            throws InterruptedException, IOException {
        final SegmentStatus status = training.status();
        if (isWatched) {
            watcher = new RunWatcher(status, WATCH_INTERVAL, before).start();
        }
        final SnapshotLoop loop = new SnapshotLoop(plan, training, evaluation, progress, samples, restarts > 0);
        final long beganNs = System.nanoTime();
        log.follow(evaluation.accuracies(), System.currentTimeMillis());
        evaluation.start();
        final Snapshot last = loop.run(beganNs);
        evaluation.stop();
        progress.finished();
        if (watcher != null) {
            watcher.close();
        }
        evaluation.settle(last);
        return RunReport.of(
                plan,
                workers,
                loop.trainedWorkers(),
                target,
                levels,
                (beganNs - launchedNs) / 1e9,
                last,
                evaluation.accuracies(),
                status.snapshot().since(before),
                loop.learningRate(),
                samples.earlier());
    }
}
