package org.shmarrays.dl4j;

import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.file.Path;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.DataSet;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.nd4j.linalg.dataset.api.iterator.DataSetIterator;
import org.nd4j.linalg.dataset.api.iterator.MultiDataSetIterator;
import org.shmarrays.layout.Mode;
import org.shmarrays.nd4j.Nd4jArrays;
import org.shmarrays.output.DurableFile;
import org.shmarrays.worker.Worker;

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
 * brought. In mode LOCKED the model computes on a copy of its own, which each step refreshes; in mode HOGWILD its
 * parameters are the shared memory, and INDArrays that were taken from the model before it joined are no longer its
 * parameters. One worker alone gets, in both modes and to the last bit, the parameters of a plain {@code fit}.
 *
 * <p>A training, and its model, belong to one thread at a time.
 */
public final class SharedTraining implements AutoCloseable {
    private final ModelSeam seam;
    private final TrainingSegment segment;
    private final StepProtocol protocol;
    private boolean closed;

    private SharedTraining(final ModelSeam seam, final TrainingSegment segment, final boolean live) {
        this.seam = seam;
        this.segment = segment;
        if (live) {
            seam.bind(segment.views().values());
        }
        this.protocol = new StepProtocol(seam, segment, live);
        protocol.pull();
        seam.counts(segment.iteration(), segment.firstEpoch());
        seam.install(protocol);
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

    private static SharedTraining join(final ModelSeam seam, final TrainingOptions options) {
        final TrainingSegment segment = TrainingSegment.createOrAttach(seam, options);
        try {
            return new SharedTraining(seam, segment, options.mode() == Mode.HOGWILD);
        } catch (final RuntimeException e) {
            segment.close();
            throw e;
        }
    }

    /**
     * Trains the model on all batches, as often as told, by its own {@code fit}.
     *
     * @throws IllegalStateException if the training is closed, or the model's updater was replaced
     */
    public void fit(final DataSetIterator iterator, final int epochs) {
        installed().fit(iterator, epochs);
        checkInstalled();
    }

    /** {@link #fit(DataSetIterator, int)} for models with several inputs or outputs. */
    public void fit(final MultiDataSetIterator iterator, final int epochs) {
        installed().fit(iterator, epochs);
        checkInstalled();
    }

    /** Trains the model on a batch, by its own {@code fit}. */
    public void fit(final DataSet batch) {
        installed().fit(batch);
        checkInstalled();
    }

    /** {@link #fit(DataSet)} for models with several inputs or outputs. */
    public void fit(final MultiDataSet batch) {
        installed().fit(batch);
        checkInstalled();
    }

    private ModelSeam installed() {
        checkInstalled();
        return seam;
    }

    private void checkInstalled() {
        if (closed) {
            throw new IllegalStateException("the training is closed");
        }
        if (!seam.isInstalled()) {
            throw new IllegalStateException("the model no longer trains on shared memory, because its updater was"
                    + " replaced: network.clear(), setUpdater() and setLearningRate() do that; close the training, and"
                    + " join again");
        }
    }

    /**
     * Saves the model, with its updater state, as DL4J's ModelSerializer does. Pushes of all workers wait while
     * parameters and state are copied. The file is replaced as a whole.
     *
     * @throws IOException if it can't be written
     */
    public void save(final Path file) throws IOException {
        checkInstalled();
        final INDArray parameters = segment.views().values().ulike();
        final INDArray[] state = new INDArray[1];
        final int[] iteration = new int[1];
        segment.whilePaused(() -> {
            parameters.assign(segment.views().values());
            state[0] = protocol.updaterState();
            iteration[0] = segment.iteration();
        });
        DurableFile.replace(
                file,
                channel -> seam.write(
                        Channels.newOutputStream(channel), parameters, state[0], iteration[0], seam.epoch()));
    }

    /** Iterations of all workers, and those that the model had been trained for before. */
    public long iteration() {
        return segment.iteration();
    }

    /** Epochs of this worker, and those that the model had been trained for before. */
    public int epoch() {
        return seam.epoch();
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
     * Leaves the training; twice is harmless. The model keeps the parameters and the updater state as they are now, and
     * trains alone from then on; in mode HOGWILD its parameters stay the shared memory.
     */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        try {
            protocol.pull();
            seam.uninstall(protocol.updaterState());
        } finally {
            segment.close();
        }
    }
}
