package org.shmarrays.dl4j;

import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.IUpdater;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.Mode;
import org.shmarrays.layout.Printable;
import org.shmarrays.nd4j.Nd4jArrays;
import org.shmarrays.nd4j.Nd4jUpdates;
import org.shmarrays.update.UpdateFunction;
import org.shmarrays.update.Updates;
import org.shmarrays.worker.Worker;

/**
 * A MultiLayerNetwork whose parameters several processes share. The segment holds one array, {@code params}, and an
 * alias for each parameter: {@code 0_W}, {@code 0_b} and so on, in DL4J's own shapes and orders.
 *
 * <p>In modes HOGWILD and ATOMIC the network is {@linkplain #isLive() live}: its parameters are the shared memory, as
 * after PyTorch's {@code model.share_memory()}. Whatever changes them is seen by all at once, the network's own
 * {@code fit} too, which stores without locks, as HOGWILD does, and keeps its updater's state to itself. Otherwise the
 * network works on a copy of its own, which {@link #pull()} refreshes: in modes LOCKED and ORDERED, of a read-only
 * attachment, where ND4J runs on another backend than the CPU's, and where parameters are rounded stochastically, which
 * ND4J can't.
 *
 * <p>A step is {@link #pull()}, {@link #gradient(DataSet)}, {@link #push()}. For one thread; each thread has a network
 * of its own.
 */
public final class SharedNetwork implements AutoCloseable {
    private final Nd4jArrays arrays;
    private final MultiLayerNetwork network;
    private final boolean live;
    private BatchGradient gradient;

    private SharedNetwork(final Nd4jArrays arrays, final MultiLayerNetwork network, final boolean live) {
        this.arrays = arrays;
        this.network = network;
        this.live = live;
    }

    // --- Creation and attachment ---

    /**
     * Creates a segment with the parameters as DL4J initialises them from the configuration's seed, and with companions
     * for the state of its updaters.
     *
     * @throws org.shmarrays.segment.SegmentExistsException if there is one of this name
     */
    public static SharedNetwork create(final MultiLayerConfiguration conf, final String name, final Mode mode) {
        return create(conf, name, spec -> spec.inMode(mode), Settings.fromProperties());
    }

    /**
     * {@link #create(MultiLayerConfiguration, String, Mode)} with settings.
     *
     * @param choice of mode and companions: {@code spec -> spec.inMode(HOGWILD).withState(0)}
     */
    public static SharedNetwork create(
            final MultiLayerConfiguration conf,
            final String name,
            final UnaryOperator<ArraySpec> choice,
            final Settings settings) {
        final MultiLayerNetwork initial = initialized(conf);
        return of(
                conf,
                ShmArrays.create(
                        name, List.of(choice.apply(NetworkLayout.spec(initial))), to -> write(initial, to), settings));
    }

    /**
     * Attaches to the segment, or creates it: of several processes that call this at the same time, exactly one writes
     * the initial parameters, and the others wait until it has. Each computes them, which seeds ND4J's random numbers
     * by the configuration's seed: workers whose dropout is to differ seed them again.
     *
     * @throws org.shmarrays.segment.SegmentExistsException if there is one that no living process uses; see {@link
     *     Settings#withLeftovers}
     * @throws IllegalArgumentException if there is one of another network
     */
    public static SharedNetwork createOrAttach(final MultiLayerConfiguration conf, final String name, final Mode mode) {
        return createOrAttach(conf, name, spec -> spec.inMode(mode), Settings.fromProperties());
    }

    /** {@link #createOrAttach(MultiLayerConfiguration, String, Mode)} with settings; the choice as for creation. */
    public static SharedNetwork createOrAttach(
            final MultiLayerConfiguration conf,
            final String name,
            final UnaryOperator<ArraySpec> choice,
            final Settings settings) {
        final MultiLayerNetwork initial = initialized(conf);
        return of(
                conf,
                ShmArrays.createOrAttach(
                        name, List.of(choice.apply(NetworkLayout.spec(initial))), to -> write(initial, to), settings));
    }

    /** The same for a worker, in the segment that its launcher named; the worker takes the handle's slot. */
    public static SharedNetwork createOrAttach(
            final MultiLayerConfiguration conf, final Worker worker, final UnaryOperator<ArraySpec> choice) {
        return createOrAttach(conf, worker, worker.segmentName(), choice, Settings.fromProperties());
    }

    /** The same for a worker, in a segment of this name. */
    public static SharedNetwork createOrAttach(
            final MultiLayerConfiguration conf,
            final Worker worker,
            final String name,
            final UnaryOperator<ArraySpec> choice,
            final Settings settings) {
        final MultiLayerNetwork initial = initialized(conf);
        return of(
                conf,
                ShmArrays.createOrAttach(
                        worker,
                        name,
                        List.of(choice.apply(NetworkLayout.spec(initial))),
                        to -> write(initial, to),
                        settings));
    }

    /**
     * Attaches to a segment that holds the parameters of a network of this configuration. ND4J's random numbers are not
     * seeded anew.
     *
     * @throws IllegalArgumentException if the segment is another network's
     */
    public static SharedNetwork attach(final MultiLayerConfiguration conf, final String name) {
        return of(conf, ShmArrays.attach(name));
    }

    /** {@link #attach(MultiLayerConfiguration, String)} with settings. */
    public static SharedNetwork attach(final MultiLayerConfiguration conf, final String name, final Settings settings) {
        return of(conf, ShmArrays.attach(name, settings));
    }

    /** Attaches a worker to the segment that its launcher named; the worker takes the handle's slot. */
    public static SharedNetwork attach(final MultiLayerConfiguration conf, final Worker worker) {
        return of(conf, ShmArrays.attach(worker));
    }

    /** Attaches a worker to a segment of this name; the worker takes the handle's slot. */
    public static SharedNetwork attach(
            final MultiLayerConfiguration conf, final Worker worker, final String name, final Settings settings) {
        return of(conf, ShmArrays.attach(worker, name, settings));
    }

    /** Attaches without a slot, mapped read-only: for evaluators and servers, which {@link #pull()} now and then. */
    public static SharedNetwork attachReadOnly(final MultiLayerConfiguration conf, final String name) {
        return of(conf, ShmArrays.attachReadOnly(name));
    }

    /** {@link #attachReadOnly(MultiLayerConfiguration, String)} with settings. */
    public static SharedNetwork attachReadOnly(
            final MultiLayerConfiguration conf, final String name, final Settings settings) {
        return of(conf, ShmArrays.attachReadOnly(name, settings));
    }

    /**
     * A network over a handle that is there; closing the network closes it, and so does a failure.
     *
     * @throws IllegalArgumentException if the segment is another network's
     */
    public static SharedNetwork of(final MultiLayerConfiguration conf, final ShmArrays arrays) {
        try {
            return attached(conf.clone(), Nd4jArrays.of(arrays));
        } catch (final RuntimeException e) {
            arrays.close();
            throw e;
        }
    }

    private static SharedNetwork attached(final MultiLayerConfiguration conf, final Nd4jArrays arrays) {
        final ArraySpec found = arrays.arrays().specs().stream()
                .filter(spec -> spec.name().equals(NetworkLayout.PARAMS))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("the segment holds no network's parameters: segment="
                        + arrays.name() + ", expected=" + NetworkLayout.PARAMS + ", arrays="
                        + arrays.arrays().specs()));
        NetworkLayout.checkCount(conf, arrays);
        final boolean live = !found.mode().isLocked()
                && !found.rounding().isStochastic()
                && arrays.isZeroCopy()
                && !arrays.arrays().isReadOnly();
        final INDArray parameters =
                live ? arrays.view(NetworkLayout.PARAMS) : Nd4j.create(conf.getDataType(), (long) found.elementCount());
        final MultiLayerNetwork network = new MultiLayerNetwork(conf);
        network.init(parameters, false);
        NetworkLayout.check(NetworkLayout.aliases(network), found, arrays.name());
        final SharedNetwork shared = new SharedNetwork(arrays, network, live);
        shared.pull();
        return shared;
    }

    private static MultiLayerNetwork initialized(final MultiLayerConfiguration conf) {
        final MultiLayerNetwork network = new MultiLayerNetwork(conf.clone());
        network.init();
        return network;
    }

    private static void write(final MultiLayerNetwork initial, final ShmArrays to) {
        Nd4jArrays.of(to).write(Map.of(NetworkLayout.PARAMS, initial.params()));
    }

    // --- Training ---

    /** The network; its parameters are the shared memory if it is {@linkplain #isLive() live}, else a copy. */
    public MultiLayerNetwork network() {
        return network;
    }

    /** The segment's arrays: {@code params}, and the aliases. */
    public Nd4jArrays arrays() {
        return arrays;
    }

    /** Whether the network's parameters are the shared memory itself. */
    public boolean isLive() {
        return live;
    }

    /** Refreshes the network's copy of the parameters; for a live network there is nothing to do. */
    public void pull() {
        if (!live) {
            arrays.readInto(Map.of(NetworkLayout.PARAMS, network.params()));
        }
    }

    /**
     * Computes score and gradient of a batch by the network's parameters as they are.
     *
     * @return the mean score of the batch's samples, regularisation included
     * @throws IllegalArgumentException if the configuration asks for what a push can't do: truncated backpropagation
     *     through time, constraints, weight decay
     */
    public double gradient(final DataSet batch) {
        return computed().compute(batch);
    }

    private BatchGradient computed() {
        if (gradient == null) {
            gradient = new BatchGradient(network);
        }
        return gradient;
    }

    /**
     * The last batch's gradient: of its samples' mean score, normalised and regularised as configured. A vector in the
     * order of {@code params}, in memory which the next batch overwrites.
     */
    public INDArray gradient() {
        return computed().vector();
    }

    /**
     * Pushes the last gradient by the configuration's own updater, whose state is shared in the companions, at this
     * worker's iteration and epoch.
     *
     * @throws IllegalArgumentException if parameters have different updaters, or the updater is none that arrays have
     */
    public void push() {
        push(computed().updater());
    }

    /** Pushes the last gradient by ND4J's formula of Sgd, Nesterovs or Adam, at this worker's iteration and epoch. */
    public void push(final IUpdater updater) {
        push(Nd4jUpdates.of(updater, network.getIterationCount(), network.getEpochCount()));
    }

    /**
     * Pushes the last gradient, and counts an iteration. Statistics of layers like BatchNormalization change as the
     * batch says, whatever the function.
     *
     * @throws IllegalArgumentException if there are such statistics in mode ORDERED
     */
    public void push(final UpdateFunction function) {
        final BatchGradient pushed = computed();
        final Map<String, INDArray> statistics = pushed.parts(true);
        if (statistics.isEmpty()) {
            arrays.update(Map.of(NetworkLayout.PARAMS, pushed.vector()), function);
        } else if (arrays.arrays().array(NetworkLayout.PARAMS).mode() == Mode.ORDERED) {
            throw new IllegalArgumentException(
                    "a turn of mode ORDERED is one push, but these are statistics, which change"
                            + " otherwise than the other parameters: " + Printable.list(statistics.keySet())
                            + "; use another mode");
        } else {
            arrays.update(pushed.parts(false), function);
            arrays.update(statistics, Updates.addScaled(-1));
        }
        countIteration();
    }

    private void countIteration() {
        final int iteration = network.getIterationCount();
        for (final TrainingListener listener : network.getListeners()) {
            listener.iterationDone(network, iteration, network.getEpochCount());
        }
        network.setIterationCount(iteration + 1);
    }

    /** Closes the handle and frees its slot; twice is harmless. The network, which may be live, goes on to work. */
    @Override
    public void close() {
        arrays.close();
    }
}
