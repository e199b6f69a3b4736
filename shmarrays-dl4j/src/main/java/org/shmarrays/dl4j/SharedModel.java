package org.shmarrays.dl4j;

import java.util.Map;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.TrainingConfig;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;
import org.shmarrays.nd4j.Nd4jArrays;

/**
 * The model of a {@link SharedTraining}, attached by the name of its segment alone, for evaluators and servers. It
 * computes on a copy of the parameters, which {@link #refresh} renews, takes no lock and changes nothing in the
 * segment. It is a plain model, but that its convolutions and batch normalisations compute by oneDNN as those of the
 * networks that train: see {@link #withoutHelpers}. A clone of it, or a file, is without helpers.
 *
 * <pre>{@code
 * try (SharedModel model = SharedModel.attach("mnist")) {
 *     while (waitForNextEvaluation()) {
 *         model.refresh();
 *         System.out.println(model.network().evaluate(testData).accuracy());
 *     }
 * }
 * }</pre>
 *
 * <p>For one thread.
 */
public final class SharedModel implements AutoCloseable {
    static {
        ConfigurationJson.keepRamps();
    }

    private final Nd4jArrays arrays;
    private final INDArray parameters;
    private final Object model;
    private OneDnnLayers oneDnn = OneDnnLayers.none();

    private SharedModel(final ShmArrays attached) {
        final ModelConfiguration configuration = TrainingSegment.configuration(attached);
        arrays = Nd4jArrays.of(attached);
        parameters = Nd4j.create(arrays.dataType(TrainingSegment.PARAMS), (long)
                attached.array(TrainingSegment.PARAMS).elementCount());
        switch (configuration.kind()) {
            case MULTI_LAYER_NETWORK -> {
                final MultiLayerNetwork network = new MultiLayerNetwork(
                        ConfigurationJson.read(configuration.json(), MultiLayerConfiguration::fromJson));
                network.init(parameters, false);
                model = network;
            }
            case COMPUTATION_GRAPH -> {
                final ComputationGraph graph = new ComputationGraph(
                        ConfigurationJson.read(configuration.json(), ComputationGraphConfiguration::fromJson));
                graph.init(parameters, false);
                model = graph;
            }
            case SAME_DIFF ->
                model = SameDiffConfiguration.graph(configuration, TrainingSegment.parameters(attached), parameters);
            default -> throw new AssertionError(configuration.kind());
        }
        if (model instanceof Model network) {
            oneDnn = OneDnnLayers.of(NetworkSeam.layers(network));
            oneDnn.begin(NetworkSeam.layers(network));
        }
        refresh();
    }

    /** {@link #attach(String, Settings)} with the settings of the system properties. */
    public static SharedModel attach(final String name) {
        return attach(name, Settings.fromProperties());
    }

    /**
     * Attaches to the segment of a training, read-only. Waits for one that is about to be created.
     *
     * @throws org.shmarrays.errors.SegmentNotFoundException if none appears before the attach timeout
     * @throws IllegalArgumentException if the segment is not of a training, or DL4J can't read the model's
     *     configuration back
     */
    public static SharedModel attach(final String name, final Settings settings) {
        final ShmArrays attached = ShmArrays.attachReadOnly(name, settings);
        try {
            return new SharedModel(attached);
        } catch (final RuntimeException e) {
            attached.close();
            throw e;
        }
    }

    /**
     * Has the model compute as DL4J has it from now on: slower, and otherwise rounded. It is for models whose numbers
     * are compared with those of a training {@linkplain TrainingOptions#withoutHelpers without helpers}. The system
     * property {@code org.eclipse.deeplearning4j.helpers.disable=true} does the same for all models.
     *
     * @return this
     */
    public SharedModel withoutHelpers() {
        if (model instanceof Model network) {
            oneDnn.end(NetworkSeam.layers(network));
            oneDnn = OneDnnLayers.none();
        }
        return this;
    }

    /** Copies the parameters as they are now, consistent per partition, and the counts. */
    public void refresh() {
        arrays.readInto(Map.of(TrainingSegment.PARAMS, parameters));
        final int iteration = Math.toIntExact(iteration());
        final int epoch = epoch();
        if (model instanceof MultiLayerNetwork network) {
            network.setIterationCount(iteration);
            network.setEpochCount(epoch);
        } else if (model instanceof ComputationGraph graph) {
            graph.getConfiguration().setIterationCount(iteration);
            graph.getConfiguration().setEpochCount(epoch);
        } else {
            final TrainingConfig training = ((SameDiff) model).getTrainingConfig();
            training.setIterationCount(iteration);
            training.setEpochCount(epoch);
        }
    }

    /** Iterations of all workers, and those that the model had been trained for before. */
    public long iteration() {
        return arrays.arrays().runControl().globalStep();
    }

    /** Epochs of the training, and those that the model had been trained for before. */
    public int epoch() {
        return Math.toIntExact(arrays.arrays().runControl().epoch());
    }

    /**
     * The model.
     *
     * @throws IllegalStateException if it is no MultiLayerNetwork
     */
    public MultiLayerNetwork network() {
        return model(MultiLayerNetwork.class);
    }

    /**
     * The model.
     *
     * @throws IllegalStateException if it is no ComputationGraph
     */
    public ComputationGraph graph() {
        return model(ComputationGraph.class);
    }

    /**
     * The model.
     *
     * @throws IllegalStateException if it is no SameDiff graph
     */
    public SameDiff sameDiff() {
        return model(SameDiff.class);
    }

    private <T> T model(final Class<T> wanted) {
        if (!wanted.isInstance(model)) {
            throw new IllegalStateException("the model is of another class: segment=" + arrays.name() + ", wanted="
                    + wanted.getSimpleName() + ", found=" + model.getClass().getSimpleName());
        }
        return wanted.cast(model);
    }

    /** Ends the attachment; the model stays as it is. Twice is harmless. */
    @Override
    public void close() {
        arrays.close();
    }
}
