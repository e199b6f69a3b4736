package org.shmarrays.dl4j;

import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.file.Path;
import java.util.function.Supplier;
import org.deeplearning4j.earlystopping.EarlyStoppingConfiguration;
import org.deeplearning4j.earlystopping.EarlyStoppingResult;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.nd4j.autodiff.listeners.Listener;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.DataSet;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.nd4j.linalg.dataset.api.iterator.DataSetIterator;
import org.nd4j.linalg.dataset.api.iterator.MultiDataSetIterator;
import org.shmarrays.nd4j.ChunkViews;
import org.shmarrays.nd4j.Nd4jArrays;
import org.shmarrays.output.DurableFile;
import org.shmarrays.worker.Worker;

// Over 300 lines: the façade of a joined model, with the contract of each call.
/**
 * A DL4J model that trains on shared memory, by its own {@code fit}, as it would train alone: with its own updaters,
 * regularisation, gradient normalisation and schedules. Parameters and updater state are those of all workers.
 *
 * <pre>{@code
 * try (SharedTraining training = SharedTraining.join(network)) {
 *     training.fit(iterator, epochs);
 *     training.save(Path.of("network.zip"));
 * }
 * }</pre>
 *
 * <p>The first worker brings the model as it is, fresh or trained, with its updater state; the others take over what it
 * brought. In modes LOCKED and ORDERED the model computes on a copy of its own, which each step refreshes; in mode
 * HOGWILD its parameters are the shared memory, and INDArrays that were taken from the model before it joined are no
 * longer its parameters. One worker alone gets, in all modes and to the last bit, the parameters of a plain {@code
 * fit}. In mode ORDERED so do several: those of a plain {@code fit} over their batches in the order of the turns. A
 * turn lasts from before the forward pass to the push, so that only one worker computes at a time.
 *
 * <p>Convolutions and batch normalisations in float32 compute by oneDNN while the network is joined, where ND4J has it:
 * a plain {@code fit} without DL4J's helpers has other roundings. See {@link TrainingOptions#withoutHelpers}.
 *
 * <p>Where ND4J computes on a device, and for networks of type HALF, the model computes on a copy in mode HOGWILD too.
 * Networks of type HALF are updated in float32, and their shared values rounded once, so that a plain {@code fit} has
 * other numbers.
 *
 * <p>A training, and its model, belong to one thread at a time.
 */
public final class SharedTraining implements AutoCloseable {
    static {
        ConfigurationJson.keepRamps();
    }

    private final ModelSeam seam;
    private final TrainingSegment segment;
    private final StepProtocol protocol;
    private final Passes passes;

    /** Of worker 0, if it is wanted; else null. */
    private final ProgressPrinter progress;

    /** What {@link #sharedBatches} has attached to, or null. */
    private SharedData data;

    private boolean isComputed;
    private boolean closed;

    private SharedTraining(final ModelSeam seam, final TrainingSegment segment, final TrainingOptions options) {
        this.seam = seam;
        this.segment = segment;
        boolean live = false;
        if (!options.mode().isLocked() && segment.memory() instanceof ChunkViews views) {
            seam.bind(views.values());
            live = true;
        } else {
            seam.refusePretraining();
        }
        this.protocol = new StepProtocol(
                seam, segment, live, options.kernels(segment.memory().values(0).dataType()), options.randomStream());
        if (options.usesHelpers()) {
            seam.useOneDnn();
            seam.useLeanLayers(protocol::isInStep);
        }
        this.passes = new Passes(seam, segment, protocol, options.takesEveryBatch());
        seam.install(protocol);
        if (options.samplesOfEpoch() > 0) {
            segment.control().samplesOfEpoch(options.samplesOfEpoch());
        }
        final int ownEpoch = seam.epoch();
        protocol.start();
        progress = options.progress() != null && segment.worker().rank() == 0 ? progress(ownEpoch, options) : null;
        seam.settle();
    }

    /** A worker that is started again brings the model with which the training began. */
    private ProgressPrinter progress(final int ownEpoch, final TrainingOptions options) {
        final boolean isUnderWay =
                worker().isLate() || segment.positions().claims().isResumed();
        final ProgressPrinter made = new ProgressPrinter(
                options.progress(),
                ProgressPrinter.Source.of(segment.arrays().arrays().status(), segment.control()),
                System::nanoTime,
                isUnderWay ? ownEpoch : segment.epoch(),
                !isUnderWay);
        protocol.afterPush(made::step);
        return made;
    }

    /**
     * Trains a network in several processes that this call starts, and waits for their end. Then the network has the
     * trained parameters, the updater state, the iteration and the epoch, as after its own {@code fit}.
     *
     * <pre>{@code
     * SharedTraining.spawn(network, shard -> new MyIterator(shard), SpawnOptions.defaults().withEpochs(10));
     * }</pre>
     *
     * <p>The program needs no JVM flags and no launcher. Workers load its classes from the same directories and jars.
     * The network, the data and the options travel to them in a private temporary directory, which is removed in any
     * case. If this JVM ends, also by a kill, the workers end too. If a worker fails, the network stays as it is.
     *
     * @param network initialised, and not joined
     * @param data opens each worker's part in the workers; a lambda may use only what is serializable
     * @throws IllegalArgumentException if the network can't be trained so, if the data uses what is not serializable,
     *     or if workers can't load its classes; the message says what to do
     * @throws IllegalStateException if the network is not initialised or has joined a training, if this process is a
     *     worker itself, if there is a segment of that name, or if the thread is interrupted: then the workers are
     *     stopped
     * @throws SpawnFailedException if a worker fails for good
     * @throws java.io.UncheckedIOException if the temporary directory can't be written, or a process not be started
     */
    public static SpawnResult spawn(
            final MultiLayerNetwork network, final ShardedData data, final SpawnOptions options) {
        return Spawn.run(network, data, options);
    }

    /** {@link #spawn(MultiLayerNetwork, ShardedData, SpawnOptions)} for a graph. */
    public static SpawnResult spawn(final ComputationGraph graph, final ShardedData data, final SpawnOptions options) {
        return Spawn.run(graph, data, options);
    }

    /**
     * {@link #spawn(MultiLayerNetwork, ShardedData, SpawnOptions)} for a SameDiff graph, which can't have listeners.
     */
    public static SpawnResult spawn(final SameDiff graph, final ShardedData data, final SpawnOptions options) {
        return Spawn.run(graph, data, options);
    }

    /**
     * Trains a network in several processes that this call starts, each of which runs a program: for what {@link
     * #spawn(MultiLayerNetwork, ShardedData, SpawnOptions) spawn} has no option for, such as data that is in memory
     * once for all workers, early stopping, or evaluation by one of them.
     *
     * <pre>{@code
     * SharedTraining.spawnWorkers(network, training -> {
     *     IndexedBatches batches = training.sharedBatches(() -> loadAll(), 32);
     *     training.fit(batches.shuffled(42), 10);
     * }, SpawnOptions.defaults());
     * }</pre>
     *
     * <p>For the rest as {@code spawn}. The network gets what all workers have trained until the last one of them came
     * to the end of its program.
     *
     * @throws IllegalArgumentException as of {@code spawn}, or if the options have epochs, or every batch
     */
    public static SpawnResult spawnWorkers(
            final MultiLayerNetwork network, final WorkerProgram program, final SpawnOptions options) {
        return Spawn.runProgram(network, program, options);
    }

    /** {@link #spawnWorkers(MultiLayerNetwork, WorkerProgram, SpawnOptions)} for a graph. */
    public static SpawnResult spawnWorkers(
            final ComputationGraph graph, final WorkerProgram program, final SpawnOptions options) {
        return Spawn.runProgram(graph, program, options);
    }

    /** {@link #spawnWorkers(MultiLayerNetwork, WorkerProgram, SpawnOptions)} for a SameDiff graph. */
    public static SpawnResult spawnWorkers(
            final SameDiff graph, final WorkerProgram program, final SpawnOptions options) {
        return Spawn.runProgram(graph, program, options);
    }

    /** {@link #join(MultiLayerNetwork, TrainingOptions)} with the default options. */
    public static SharedTraining join(final MultiLayerNetwork network) {
        return join(network, TrainingOptions.defaults());
    }

    /**
     * Joins the training in a segment, or begins it: of several workers that join at the same time, exactly one brings
     * its model.
     *
     * @param network initialised
     * @throws IllegalStateException if the network is not initialised, or has joined already
     * @throws IllegalArgumentException if the network can't be trained so, naming the layer, the parameter and the
     *     reason; or if there is a segment of a network with other parameters
     */
    public static SharedTraining join(final MultiLayerNetwork network, final TrainingOptions options) {
        JoinChecks.check(network, options.mode());
        return join(new MultiLayerSeam(network), options);
    }

    /** {@link #join(ComputationGraph, TrainingOptions)} with the default options. */
    public static SharedTraining join(final ComputationGraph graph) {
        return join(graph, TrainingOptions.defaults());
    }

    /** {@link #join(MultiLayerNetwork, TrainingOptions)} for a graph. */
    public static SharedTraining join(final ComputationGraph graph, final TrainingOptions options) {
        JoinChecks.check(graph, options.mode());
        return join(new GraphSeam(graph), options);
    }

    /** {@link #join(SameDiff, TrainingOptions)} with the default options. */
    public static SharedTraining join(final SameDiff graph) {
        return join(graph, TrainingOptions.defaults());
    }

    /**
     * {@link #join(MultiLayerNetwork, TrainingOptions)} for a SameDiff graph, of which the variables are trained;
     * constants stay its own. While it is joined, its variables can't be frozen. Its listeners see zeros as updates. A
     * variable that is read after its gradient is complete, in the same step, still has its old value, where DL4J may
     * have updated it already. When the training is closed, the graph has its own arrays again, in all modes.
     *
     * @throws IllegalStateException if the graph has no TrainingConfig, or has joined already
     * @throws IllegalArgumentException if the graph can't be trained so, naming the variable and the reason; or if the
     *     segment is of another graph
     */
    public static SharedTraining join(final SameDiff graph, final TrainingOptions options) {
        JoinChecks.check(graph, options.mode());
        return join(new SameDiffSeam(graph), options);
    }

    /**
     * Marks a listener to be called once for the training, instead of by each worker: as DL4J's own CheckpointListener,
     * EvaluativeListener and StatsListener are without a mark. Rank 0 calls it for each iteration and each epoch of the
     * training, whichever workers made them, and the other ranks do not. Of several workers rank 0 makes several calls
     * at a time, after a step of its own and at the end of a fit. In the calls {@code iterationDone}, {@code
     * onEpochStart} and {@code onEpochEnd} the model is a copy with the shared parameters, updater state and counts of
     * one moment, which the next calls renew. Each time that is a copy of all, for which pushes of all workers wait.
     * Without other workers, and in a model that has not joined, the listener is called as DL4J does.
     */
    public static TrainingListener once(final TrainingListener listener) {
        return new MarkedListener(listener);
    }

    /**
     * {@link #once(TrainingListener)} for a listener of a SameDiff graph. In {@code iterationDone}, {@code epochStart}
     * and {@code epochEnd} the graph itself shows the values of one moment.
     */
    public static Listener once(final Listener listener) {
        return new MarkedSameDiffListener(listener);
    }

    private static SharedTraining join(final ModelSeam seam, final TrainingOptions options) {
        MemoryLimitWarning.giveOnce();
        SlowBlasWarning.giveOnce();
        LoggerWarning.giveOnce();
        ConfigurationJson.warnOnce(seam.model());
        final TrainingSegment segment = SegmentJoin.createOrAttach(seam, options);
        FewerCompilations.askOnce(segment.worker().isLaunched());
        try {
            return new SharedTraining(seam, segment, options);
        } catch (final RuntimeException | Error e) {
            try {
                seam.undo();
            } finally {
                segment.abandon();
            }
            throw e;
        }
    }

    /**
     * Trains the model on all batches, {@code epochs} times, by its own {@code fit}. The workers share the batches of
     * each pass: the next one is for the worker that is ready first. So all must read the same batches in the same
     * order, and make as many passes together as one worker does alone; see {@link TrainingOptions#withEveryBatch}. The
     * first call begins when all workers of the run have come to it. Each ends when the others have come to the end
     * too, or when the training is {@linkplain #shouldStop asked to stop}. Then the model has the values that all of
     * them have pushed. A worker that is dead when the others end is not waited for, though it may be started again.
     *
     * <p>Each batch of a pass is trained once, also where workers are killed and started again, added or removed
     * meanwhile. At most a batch whose step was cut off by a kill, or not yet counted, is trained twice. A worker that
     * is started again trains that batch, and goes on with the present pass. One that can't be trained, because its
     * worker is dead when the others end, is named in a warning. If the workers' iterators have different numbers of
     * batches, a pass ends where the first worker finds no more, and warnings name ranks and numbers.
     *
     * <p>A {@link SkippingIterator} loads only what its worker trains on, when that is ready for it. Of other iterators
     * each worker loads all batches, ahead in a thread of its own where they support that.
     * A fit that was not stopped leaves the iterator at its end, as a plain fit does, and the next one begins with a
     * reset. A worker that is started again comes to the end of each fit that the others have ended, for which an
     * iterator that can't skip loads the batches of a pass.
     *
     * <p>A fit that throws, in one of several workers, leaves its batch to the others, which go on. They wait for this
     * worker at the end of the fit until its training is closed.
     *
     * @param epochs at least 1; if more, the iterator must support reset
     * @throws IllegalStateException if the training is closed, the model's updater was replaced, or a fit of this
     *     worker has failed while the run had other workers
     */
    public void fit(final DataSetIterator iterator, final int epochs) {
        checkInstalled();
        isComputed = false;
        showing(epochs, () -> passes.fit(iterator, epochs));
    }

    /** {@link #fit(DataSetIterator, int)} for models with several inputs or outputs. */
    public void fit(final MultiDataSetIterator iterator, final int epochs) {
        checkInstalled();
        isComputed = false;
        showing(epochs, () -> passes.fit(iterator, epochs));
    }

    /**
     * Batches of a data set that is in memory once for all workers. Exactly one worker of the run loads it, into a
     * segment that has the name of the training's and {@code -data}; the others wait, and use it there. All workers
     * call this with the same data set and size. Batches are copies of samples, so that a change of a batch changes
     * nothing else.
     *
     * <pre>{@code
     * IndexedBatches batches = training.sharedBatches(() -> loadAll(), 32);
     * training.fit(batches.shuffled(42), epochs);
     * }</pre>
     *
     * <p>Features, labels and masks have type FLOAT, DOUBLE, INT, LONG, HALF or BFLOAT16, and less than 2 GiB each. A
     * run has one shared data set, and each worker takes it once. A worker that is started again, or added, uses what
     * is there. A further run in a segment that was kept loads its data itself, and replaces that of the former run.
     *
     * <p>The batches can be used until the training is closed. The segment is removed with the training's, if that has
     * no name of a user's. Otherwise it stays, as the training's does.
     *
     * @param loading gives all samples: features {@code [samples, …]}, labels {@code [samples, …]} and masks; called in
     *     the worker that loads
     * @param batchSize at least 1; the last batch of an epoch may have fewer samples
     * @throws IllegalArgumentException if the data set is empty, has another type, or is too large
     * @throws IllegalStateException if the training is closed, if this worker has called this in its run already, or if
     *     there is a segment of that name which is another run's under way, or no data set of a training
     * @throws org.shmarrays.errors.LockTimeoutException if another worker loads for longer than the worker timeout
     * @throws org.shmarrays.errors.InsufficientSpaceException if there is too little room
     */
    public IndexedBatches sharedBatches(final Supplier<? extends DataSet> loading, final int batchSize) {
        checkInstalled();
        if (batchSize < 1) {
            throw new IllegalArgumentException("a batch has 1 sample or more: batch=" + batchSize);
        }
        final SharedData taken = SharedData.createOrAttach(segment, loading);
        data = taken;
        return taken.batches(batchSize);
    }

    private void showing(final int epochs, final Runnable fit) {
        if (progress != null) {
            progress.begin(epochs);
        }
        fit.run();
        if (progress != null) {
            progress.end();
        }
    }

    /**
     * Trains the network until a condition ends it, as DL4J's {@code EarlyStoppingTrainer} does, in all workers. All of
     * them call this with equal configurations. Rank 0 scores a copy of the shared network after each epoch of the
     * training, while the others go on, saves it by the configuration's saver, and looks at the conditions of epochs.
     * Each worker looks at the conditions of iterations after each step of its own. The first condition that holds ends
     * the fit of all workers, and of no later fit.
     *
     * @param iterator must support reset; it is reset before the first epoch too, as DL4J's trainer does
     * @return the reason, the best epoch with its score, and the number of epochs, which are the same in all workers;
     *     the scores of all epochs, which rank 0 alone has; and the best model, as this worker's saver gives it: null
     *     if no epoch was scored, or if the saver keeps it in the memory of another process. If the training was
     *     {@linkplain #shouldStop asked to stop}, the details say so
     * @throws IllegalArgumentException if the model is a SameDiff graph
     * @throws IllegalStateException if the training is closed, or the model's updater was replaced
     * @throws java.io.UncheckedIOException if the saver can't save or read a model
     */
    public <T extends Model> EarlyStoppingResult<T> fit(
            final DataSetIterator iterator, final EarlyStoppingConfiguration<T> configuration) {
        return fit(configuration, () -> {
            if (iterator.resetSupported()) {
                iterator.reset();
            }
            passes.fit(iterator, Integer.MAX_VALUE);
        });
    }

    /** {@link #fit(DataSetIterator, EarlyStoppingConfiguration)} for networks with several inputs or outputs. */
    public <T extends Model> EarlyStoppingResult<T> fit(
            final MultiDataSetIterator iterator, final EarlyStoppingConfiguration<T> configuration) {
        return fit(configuration, () -> {
            if (iterator.resetSupported()) {
                iterator.reset();
            }
            passes.fit(iterator, Integer.MAX_VALUE);
        });
    }

    @SuppressWarnings("unchecked") // the configuration is for the network's class
    private <T extends Model> EarlyStoppingResult<T> fit(
            final EarlyStoppingConfiguration<T> configuration, final Runnable fit) {
        if (!(installed() instanceof NetworkSeam network)) {
            throw new IllegalArgumentException(
                    "DL4J's early stopping is for a MultiLayerNetwork or a ComputationGraph, not for a SameDiff graph");
        }
        isComputed = false;
        return new EarlyStopping<>(configuration, segment)
                .fit(
                        network,
                        fit,
                        () -> {
                            passes.awaitOthers();
                            protocol.values().pullPaused();
                        },
                        () -> (T) snapshot(network.model().getClass()));
    }

    /**
     * Trains the model on data that is divided among the workers, {@code epochs} times, by its own {@code fit}. Each
     * epoch has as many shards as there are workers when it begins. A worker trains on all batches of a shard that it
     * opens at the begin of the epoch, and of a further one where there is one left, such as that of a worker that was
     * removed. An epoch ends when all of its shards are done: a worker that is through waits for the others, and one
     * that was added begins with the next epoch. For the rest as {@link #fit(DataSetIterator, int)}.
     *
     * <p>A worker that is started again opens its shard a second time, and skips the batches that it has pushed. If it
     * isn't started before another worker is through, that one does so.
     *
     * @param epochs at least 1
     * @throws IllegalArgumentException if a shard is opened that is neither a DataSetIterator nor a
     *     MultiDataSetIterator
     * @throws IllegalStateException if the training is closed, the model's updater was replaced, or each worker
     *     {@linkplain TrainingOptions#withEveryBatch takes every batch}
     * @throws org.shmarrays.errors.WaitTimeoutException if the other workers make no step for the worker timeout, as in
     *     {@link Worker#barrier()}
     */
    public void fit(final ShardedData data, final int epochs) {
        checkInstalled();
        isComputed = false;
        showing(epochs, () -> passes.fit(data, epochs));
    }

    /**
     * Trains the model on a batch, by its own {@code fit}. Does nothing if the training {@linkplain #shouldStop should
     * stop}.
     */
    public void fit(final DataSet batch) {
        fit(() -> seam.fit(batch));
    }

    /** {@link #fit(DataSet)} for models with several inputs or outputs. */
    public void fit(final MultiDataSet batch) {
        fit(() -> seam.fit(batch));
    }

    private void fit(final Runnable step) {
        checkInstalled();
        isComputed = false;
        if (shouldStop()) {
            return;
        }
        protocol.enterFit();
        protocol.announceBatch(() -> {});
        try {
            step.run();
        } finally {
            protocol.leaveFit();
        }
        checkInstalled();
    }

    /**
     * Pulls, and computes the gradient of a batch, as {@code fit} would; {@link #push} ends the step. For programs that
     * look at the gradient, or change it in place: {@code network.getFlattenedGradients()}.
     *
     * @return the batch's score, regularisation included
     * @throws IllegalArgumentException if the model trains by truncated backpropagation through time, which has several
     *     gradients for a batch
     * @throws TrainingStoppedException if the training should stop
     */
    public double gradient(final DataSet batch) {
        return gradient(batch.toMultiDataSet());
    }

    /** {@link #gradient(DataSet)} for models with several inputs or outputs. */
    public double gradient(final MultiDataSet batch) {
        if (installed().isTruncated()) {
            throw new IllegalArgumentException(
                    "a batch has several gradients in truncated backpropagation through time; use fit");
        }
        isComputed = false;
        protocol.begin();
        try {
            seam.computeGradient(batch);
            isComputed = true;
        } finally {
            protocol.endRandom();
            if (!isComputed) {
                protocol.abandon();
            }
        }
        return seam.score();
    }

    /**
     * Pushes the gradient that {@link #gradient} has computed, by the model's own updaters, and ends the iteration as
     * {@code fit} does.
     *
     * @throws IllegalStateException if there is none, or it was pushed already
     */
    public void push() {
        checkInstalled();
        if (!isComputed) {
            throw new IllegalStateException("nothing to push: each push needs a gradient(batch) before it");
        }
        isComputed = false;
        seam.applyGradient();
    }

    /** Copies the shared values into the model's parameters, as each step does; nothing where they are the same. */
    public void pull() {
        checkInstalled();
        protocol.values().pull();
    }

    /** Waits for the other workers to come to the same call, or to end, as long as they make steps. */
    void awaitOthers() {
        checkInstalled();
        passes.awaitOthers();
    }

    /** Whether the training was asked to stop, or to go on without this worker. */
    public boolean shouldStop() {
        return worker().shouldStop();
    }

    private ModelSeam installed() {
        checkInstalled();
        return seam;
    }

    private void checkInstalled() {
        if (closed) {
            throw new IllegalStateException("the training is closed");
        }
        seam.checkInstalled();
    }

    /**
     * Saves the model, with its updater state, as DL4J's ModelSerializer, or {@code SameDiff.save}, does. Pushes of all
     * workers wait while parameters and state are copied. The file is replaced as a whole.
     *
     * @throws IOException if it can't be written
     */
    public void save(final Path file) throws IOException {
        checkInstalled();
        protocol.clock().notePasses();
        final INDArray parameters = seam.parameters().ulike();
        final SharedValues.Contents contents = protocol.values().contents(parameters);
        DurableFile.replace(
                file,
                channel -> seam.write(
                        Channels.newOutputStream(channel),
                        parameters,
                        contents.updaterState(),
                        contents.iteration(),
                        contents.epoch()));
    }

    /**
     * A copy of the model as all workers have trained it so far: a plain model with the parameters, updater state and
     * counts of one moment. Pushes of all workers wait while these are copied. The copy is independent of the training,
     * so that another thread may evaluate, save or train it while the training goes on. For the thread that trains, as
     * in a listener.
     *
     * @param type {@code MultiLayerNetwork.class}, {@code ComputationGraph.class} or {@code SameDiff.class}
     * @throws IllegalArgumentException if the model is of another class
     * @throws IllegalStateException if the training is closed, or the model's updater was replaced
     */
    public <M> M snapshot(final Class<M> type) {
        checkInstalled();
        if (!type.isInstance(seam.model())) {
            throw new IllegalArgumentException("the model is of another class: wanted=" + type.getSimpleName()
                    + ", found=" + seam.model().getClass().getSimpleName());
        }
        protocol.clock().notePasses();
        final INDArray parameters = seam.parameters().ulike();
        final SharedValues.Contents contents = protocol.values().contents(parameters);
        return type.cast(seam.copy(parameters, contents.updaterState(), contents.iteration(), contents.epoch()));
    }

    /** Iterations of all workers, and those that the model had been trained for before. */
    public long iteration() {
        return segment.iteration();
    }

    /**
     * Epochs of the training, and those that the model had been trained for before: passes of all workers over their
     * data, divided by the number of workers, or as {@link TrainingOptions#withSamplesOfEpoch} counts.
     */
    public int epoch() {
        protocol.clock().notePasses();
        return segment.epoch();
    }

    /** The arrays: {@code params}, and an alias for each parameter, such as {@code 0_W}. */
    public Nd4jArrays arrays() {
        return segment.arrays();
    }

    /** The worker that trains. */
    public Worker worker() {
        return segment.worker();
    }

    /**
     * Leaves the training; twice is harmless. Listeners that are {@linkplain #once(TrainingListener) called once} are
     * told what all workers have done so far. The model keeps the parameters and the updater state as they are now, and
     * trains alone from then on; in mode HOGWILD a network's parameters stay the shared memory if they were that. A
     * network of which the updater was replaced meanwhile is left as it is.
     */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        try {
            leave();
        } finally {
            try {
                segment.close();
            } finally {
                if (data != null) {
                    data.close();
                }
            }
        }
    }

    private void leave() {
        boolean isReplaced = false;
        try {
            protocol.abandon();
            isReplaced = seam.leaveReplaced();
            if (!isReplaced) {
                protocol.clock().notePasses();
                seam.advanceListeners(); // after the user's own loop, nothing else tells the end of its last epoch
            }
        } finally {
            closed = true;
            if (!isReplaced) {
                uninstall();
            }
        }
    }

    private void uninstall() {
        final INDArray state;
        try {
            state = protocol.values().pullWithState();
            protocol.clock().follow();
        } catch (final RuntimeException e) {
            seam.uninstall(null); // the shared state can't be read
            throw e;
        }
        seam.uninstall(state);
    }
}
