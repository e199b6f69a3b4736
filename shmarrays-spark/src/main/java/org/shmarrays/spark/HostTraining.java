package org.shmarrays.spark;

import java.io.IOException;
import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.shmarrays.dl4j.PortableModel;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.Mode;

// Over 300 lines: a builder, one short method and its contract for each setting.
/**
 * A training on the executors of a Spark application, each of which is a host with a segment of its own: its workers
 * train Hogwild in it for an {@link Interval}, then the parameters of all hosts are combined, and so on.
 *
 * <pre>{@code
 * JavaSparkContext context = new JavaSparkContext(HostTraining.prepare(new SparkConf()));
 * HostTrainingResult result = HostTraining.on(context)
 *         .network(network)
 *         .data(batches) // JavaRDD<DataSet>, each a batch
 *         .workersPerHost(4)
 *         .epochs(10)
 *         .run();
 * }</pre>
 *
 * <p>A round is one Spark job, in which each executor has one task. An executor that is lost costs the interval of all
 * hosts and nothing else: the round is repeated with the hosts that are there, and an executor that comes later joins
 * the next round. The driver sees no parameters until the end. Optimizer state stays on its host.
 *
 * <p>Fill it in and run it in one thread. It can be run once.
 *
 * @param <T> type of the batches
 */
public final class HostTraining<T> {
    private static final System.Logger LOG = System.getLogger(HostTraining.class.getName());
    private static final int DEFAULT_STEPS = 64;
    private static final double MS_PER_SECOND = 1e3;

    private final JavaSparkContext context;
    private final List<ArraySpec> specs = new ArrayList<>();
    private final Set<String> sparse = new LinkedHashSet<>();
    private final List<Predicate<Round>> listeners = new ArrayList<>();
    private final List<RoundLines> progress = new ArrayList<>();
    private ReportFile report;
    private RoundEvaluation evaluation = RoundEvaluation.NEVER;
    private ArraysInitializer initializer;
    private Object network;
    private Mode mode = Mode.LOCKED;
    private HostStep<T> step;
    private JavaRDD<T> rdd;
    private HostData<T> data;
    private int workers = 1;
    private WorkerKind kind = new WorkerKind.Threads();
    private Interval interval = Interval.steps(DEFAULT_STEPS);
    private Duration stepTimeout = Duration.ofMinutes(10);
    private Combine combine = Combine.average();
    private long epochs;
    private long rounds = Long.MAX_VALUE;
    private long seed = 1;
    private int minHosts = 1;
    private Duration hostsTimeout = Duration.ofMinutes(2);
    private RoundCheckpoints checkpoints = RoundCheckpoints.NONE;

    private HostTraining(final JavaSparkContext context) {
        this.context = context;
    }

    /**
     * Adds the settings to a configuration that a training needs and that are missing in it: no wait for locality, the
     * executors' JVM options, and one thread for OpenMP and BLAS in each executor's operations.
     *
     * @return the same configuration
     */
    public static SparkConf prepare(final SparkConf conf) {
        return SparkSettings.prepared(conf);
    }

    /**
     * A training by the executors of an application.
     *
     * @throws IllegalStateException if a setting of the application breaks it; the message says what to set
     */
    public static HostTraining<Object> on(final JavaSparkContext context) {
        if (context.isLocal()) {
            SparkSettings.checkSerializer(context.getConf());
        } else {
            SparkSettings.check(context.getConf());
        }
        return new HostTraining<>(context);
    }

    /**
     * Trains arrays, by a {@link #step}. Floating-point arrays are exchanged between hosts; those of integers each host
     * has for itself.
     *
     * @param fresh writes the first values, on one of the hosts
     */
    public HostTraining<T> arrays(final List<ArraySpec> arrays, final ArraysInitializer fresh) {
        specs.clear();
        specs.addAll(arrays);
        initializer = fresh;
        network = null;
        return this;
    }

    /**
     * Names arrays of which few rows change in an interval: hosts exchange these rows alone. A row is an index of the
     * first dimension, and an element of a one-dimensional array, as of {@link
     * org.shmarrays.ArrayHandle#scatterUpdate(int[], Object, org.shmarrays.update.UpdateFunction)}. Each row is
     * combined over the hosts in which it changed; rows that changed in none stay as they are, with their outer
     * momentum.
     *
     * @param names of {@link #arrays} with floating-point elements, of order C or one-dimensional
     */
    public HostTraining<T> sparse(final String... names) {
        sparse.addAll(List.of(names));
        return this;
    }

    /**
     * Trains a model by its own {@code fit}, as {@link org.shmarrays.dl4j.SharedTraining}. After the run it has the
     * trained parameters, and its count of iterations and epochs.
     *
     * @param model an initialised MultiLayerNetwork or ComputationGraph, or a SameDiff graph with a TrainingConfig
     */
    public HostTraining<T> network(final Object model) {
        network = model;
        return this;
    }

    /** The mode in which the workers of a host share a model, LOCKED unless it is given; arrays have their own. */
    public HostTraining<T> inMode(final Mode newMode) {
        mode = newMode;
        return this;
    }

    /**
     * The data: each element is a batch, and is trained once in an epoch. Spark deals them to the hosts in a
     * pseudo-random order, and keeps them there. When some are lost they are computed again, and must then come in the
     * same order.
     */
    @SuppressWarnings("unchecked") // from here on the batches are of this type
    public <U> HostTraining<U> data(final JavaRDD<U> batches) {
        final HostTraining<U> typed = (HostTraining<U>) this;
        typed.rdd = batches;
        typed.data = null;
        return typed;
    }

    /** Data that is in no RDD. There are no epochs then: say how many {@link #rounds}. */
    @SuppressWarnings("unchecked") // from here on the batches are of this type
    public <U> HostTraining<U> data(final HostData<U> opener) {
        final HostTraining<U> typed = (HostTraining<U>) this;
        typed.data = opener;
        typed.rdd = null;
        return typed;
    }

    /** What a worker does with a batch, for arrays. Each worker calls it by its own thread and handle. */
    public HostTraining<T> step(final HostStep<T> newStep) {
        step = newStep;
        return this;
    }

    /**
     * Workers of each host; 1 unless it is given. They are threads of the executor.
     *
     * @throws IllegalArgumentException if it is less than 1
     */
    public HostTraining<T> workersPerHost(final int number) {
        return workers(number, new WorkerKind.Threads());
    }

    /**
     * Workers of each host that are processes, which the executor starts with its own class path. If Spark has assigned
     * GPUs to the executor, each worker gets one of them. The batches must be Serializable.
     *
     * @param number of processes
     * @param heap the largest heap of each, as of {@code -Xmx}: {@code 512m}, {@code 4g}. It is no part of the
     *     executor's memory: where Spark limits that, add it to {@code spark.executor.memoryOverhead}
     * @throws IllegalArgumentException if the number is less than 1
     */
    public HostTraining<T> workerProcessesPerHost(final int number, final String heap) {
        return workers(number, new WorkerKind.Processes(heap));
    }

    private HostTraining<T> workers(final int number, final WorkerKind newKind) {
        if (number < 1) {
            throw new IllegalArgumentException("a host has 1 worker or more: workers=" + number);
        }
        workers = number;
        kind = newKind;
        return this;
    }

    /** How long hosts train between two exchanges: 64 steps of each worker, at most 30 s, unless it is given. */
    public HostTraining<T> every(final Interval newInterval) {
        interval = newInterval;
        return this;
    }

    /**
     * How long a step may go on after the end of its interval; 10 minutes unless it is given. When a step takes longer,
     * the training fails, and the message tells where the step is.
     *
     * @throws IllegalArgumentException if it is no time
     */
    public HostTraining<T> stepTimeout(final Duration timeout) {
        if (timeout.isZero() || timeout.isNegative()) {
            throw new IllegalArgumentException("a step needs time: stepTimeout=" + timeout);
        }
        stepTimeout = timeout;
        return this;
    }

    /** How the hosts' parameters are combined: their average, unless it is given. */
    public HostTraining<T> combine(final Combine newCombine) {
        combine = newCombine;
        return this;
    }

    /**
     * Passes over the data, of an RDD; those before a checkpoint that is resumed included.
     *
     * @throws IllegalArgumentException if it is less than 1
     */
    public HostTraining<T> epochs(final int number) {
        if (number < 1) {
            throw new IllegalArgumentException("a training has 1 epoch or more: epochs=" + number);
        }
        epochs = number;
        return this;
    }

    /**
     * The greatest number of rounds, those before a checkpoint that is resumed included.
     *
     * @throws IllegalArgumentException if it is less than 1
     */
    public HostTraining<T> rounds(final long number) {
        if (number < 1) {
            throw new IllegalArgumentException("a training has 1 round or more: rounds=" + number);
        }
        rounds = number;
        return this;
    }

    /** Of the order in which batches are dealt to hosts; 1 unless it is given. */
    public HostTraining<T> seed(final long newSeed) {
        seed = newSeed;
        return this;
    }

    /**
     * The least number of hosts: with fewer the training waits this long, and then fails.
     *
     * @throws IllegalArgumentException if it is less than 1
     */
    public HostTraining<T> minHosts(final int number, final Duration timeout) {
        if (number < 1) {
            throw new IllegalArgumentException("a training needs 1 host or more: minHosts=" + number);
        }
        minHosts = number;
        hostsTimeout = timeout;
        return this;
    }

    /**
     * Writes checkpoints to a directory: before the first round, after each {@code everyRounds} rounds, at the end, and
     * when hosts are missing for too long. The last two are kept. With them a training goes on, from the last one, also
     * when all hosts that kept some of the parameters are lost at the same time; and another run can
     * {@linkplain #resumeFrom resume} it.
     *
     * @param directory in a file system of Hadoop that all hosts share, such as {@code hdfs://…} or {@code s3a://…}
     * @throws IllegalArgumentException if the number is less than 1
     */
    public HostTraining<T> checkpointTo(final String directory, final long everyRounds) {
        if (everyRounds < 1) {
            throw new IllegalArgumentException(
                    "there is 1 round or more between checkpoints: everyRounds=" + everyRounds);
        }
        checkpoints = checkpoints.to(directory, everyRounds);
        return this;
    }

    /**
     * Goes on from a checkpoint of a training of the same arrays and data: with its parameters and the outer momentum,
     * its counts, and the batches of the epoch that it has not trained on. {@link #rounds} and {@link #epochs} count
     * those of that training, too. The optimizer state of hosts is not in a checkpoint.
     *
     * @param path a directory of checkpoints, whose newest one it is that is not damaged, or a file
     */
    public HostTraining<T> resumeFrom(final String path) {
        checkpoints = checkpoints.from(path, false);
        return this;
    }

    /**
     * The same if there is a checkpoint. If there is none, the training begins: for a program that is started again
     * after a failure by the same command.
     *
     * @param path a directory of checkpoints
     */
    public HostTraining<T> resumeIfPresent(final String path) {
        checkpoints = checkpoints.from(path, true);
        return this;
    }

    /**
     * Calls a listener after each round, in the driver; the training ends when it returns false.
     *
     * @param goesOn whether the training goes on
     */
    public HostTraining<T> whileTrue(final Predicate<Round> goesOn) {
        listeners.add(goesOn);
        return this;
    }

    /**
     * Evaluates the common parameters after every so many rounds, on one of the hosts while the others wait: {@link
     * Round#evaluation()} is the figure, so that {@link #whileTrue} can end the training at a target.
     *
     * <pre>{@code
     * .evaluate(4, (MultiLayerNetwork network) -> network.evaluate(testData()).accuracy())
     * .whileTrue(round -> !(round.evaluation() >= 0.98)) // also true of NaN: a round that was not evaluated
     * }</pre>
     *
     * @param everyRounds after round {@code everyRounds - 1}, and so on
     * @param function is sent to the host; data that it needs it opens there
     * @throws IllegalArgumentException if {@code everyRounds} is less than 1
     */
    @SuppressWarnings("unchecked") // a host has the model of the training; another type fails there
    public <M> HostTraining<T> evaluate(final int everyRounds, final HostEvaluation<M> function) {
        if (everyRounds < 1) {
            throw new IllegalArgumentException("rounds are evaluated every 1 or more: everyRounds=" + everyRounds);
        }
        evaluation = new RoundEvaluation(everyRounds, (HostEvaluation<Object>) function);
        return this;
    }

    /** Prints a line for each round, at most one a second: rounds that end sooner have a line together. */
    public HostTraining<T> progress(final PrintStream out) {
        progress.add(new RoundLines(out, System::nanoTime));
        return this;
    }

    /**
     * Writes a report when the training ends, also if it fails: one HTML page with the curves of its rounds and what
     * each host has counted. If it can't be written then, an error is logged and the result is returned all the same.
     *
     * @param file of the driver, or of a file system of Hadoop's, as {@code hdfs://host/report.html}; a file that is
     *     there is replaced
     * @throws IllegalArgumentException if it is a file of the driver that can't be written
     */
    public HostTraining<T> reportTo(final String file) {
        report = ReportFile.of(file, context.hadoopConfiguration());
        return this;
    }

    /**
     * Trains.
     *
     * @throws IllegalArgumentException if the model or the arrays can't be trained so
     * @throws IllegalStateException if something is missing, naming it
     * @throws HostTrainingException if a worker or the exchange fails, there are too few hosts, or a checkpoint can't
     *     be written or resumed
     */
    public HostTrainingResult run() throws InterruptedException {
        checkComplete();
        return network == null ? runArrays() : runNetwork();
    }

    private void checkComplete() {
        if (network == null && specs.isEmpty()) {
            throw new IllegalStateException("there is nothing to train: call arrays(specs, fresh) or network(model)");
        }
        if (network != null && !sparse.isEmpty()) {
            throw new IllegalStateException(
                    "only arrays can be sparse, and a network is to be trained: sparse=" + sparse);
        }
        if (network == null && step == null) {
            throw new IllegalStateException("arrays need a step(...) that trains on a batch");
        }
        if (rdd == null && data == null) {
            throw new IllegalStateException("there is no data: call data(rdd) or data(opener)");
        }
        if (rdd == null && rounds == Long.MAX_VALUE && listeners.isEmpty()) {
            throw new IllegalStateException("data without epochs needs an end: call rounds(number)");
        }
        if (rdd == null && epochs > 0) {
            throw new IllegalStateException("only the data of an RDD has epochs: call rounds(number) instead");
        }
    }

    private HostTrainingResult runArrays() throws InterruptedException {
        return run(new ArraysModel<>(specs, sparse, initializer, step), rdd, data, Counts.ZERO);
    }

    private HostTrainingResult runNetwork() throws InterruptedException {
        final Broadcast<PortableModel> travelling = context.broadcast(PortableModel.of(network, mode));
        try {
            final JavaRDD<Object> encoded = rdd == null ? null : rdd.map(EncodedBatch::of);
            @SuppressWarnings("unchecked") // a step takes whatever it is
            final HostData<Object> opener = (HostData<Object>) data;
            final HostTrainingResult result = run(
                    new NetworkModel<>(network, travelling, mode),
                    encoded,
                    opener,
                    new Counts(PortableModel.iteration(network), PortableModel.epoch(network)));
            result.copyTo(network);
            return result;
        } finally {
            travelling.destroy();
        }
    }

    private <B> HostTrainingResult run(
            final HostModel<B> model, final JavaRDD<B> batches, final HostData<B> opener, final Counts before)
            throws InterruptedException {
        final String training = TrainingName.of(context);
        final HostPlan<B> plan = new HostPlan<>(training, model, workers, kind, interval, stepTimeout);
        final DividedData<B> divided = batches == null ? null : new DividedData<>(batches, seed);
        final long lastEpoch = batches == null ? Long.MAX_VALUE : Math.max(1, epochs);
        final RoundHistory history = new RoundHistory(System::nanoTime, System.currentTimeMillis());
        try (RoundLoop<B> loop = new RoundLoop<>(
                context,
                plan,
                combine,
                new TrainingState<>(before, divided),
                opener,
                new HostsNeeded(minHosts, hostsTimeout),
                new TrainingCheckpoints(context, checkpoints, model.table(), combine),
                history)) {
            return loop.run(rounds, lastEpoch, evaluation, this::goesOn);
        } catch (final Throwable e) {
            history.failed(e);
            throw e;
        } finally {
            progress.forEach(RoundLines::flush);
            writeReport(training, history);
        }
    }

    private boolean goesOn(final Round round) {
        progress.forEach(lines -> lines.add(round));
        boolean goesOn = true;
        for (final Predicate<Round> listener : listeners) {
            goesOn &= listener.test(round);
        }
        return goesOn;
    }

    /** A report that can't be written must not cost the result, nor hide why a training failed. */
    private void writeReport(final String training, final RoundHistory history) {
        if (report == null) {
            return;
        }
        try {
            report.write(RoundsPage.of(context.appName() + ": " + training, history, settings())
                    .html());
        } catch (final IOException | RuntimeException e) {
            LOG.log(System.Logger.Level.ERROR, e.getMessage(), e);
        }
    }

    /** For people. */
    private Map<String, String> settings() {
        final Map<String, String> settings = new LinkedHashMap<>();
        settings.put(
                "model",
                network == null ? specs.size() + " arrays" : network.getClass().getSimpleName());
        settings.put("mode", network == null ? "of each array" : mode.name().toLowerCase(Locale.ROOT));
        settings.put("workers of each host", Integer.toString(workers));
        settings.put(
                "interval",
                interval.steps() + " steps of each worker, at most "
                        + interval.longest().toMillis() / MS_PER_SECOND + " s");
        settings.put("combination", combine.toString());
        settings.put("seed", Long.toString(seed));
        settings.put("at least", minHosts + (minHosts == 1 ? " host" : " hosts"));
        settings.put("application", context.sc().applicationId());
        return settings;
    }
}
