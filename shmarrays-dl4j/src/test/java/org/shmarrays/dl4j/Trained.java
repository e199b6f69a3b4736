package org.shmarrays.dl4j;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.deeplearning4j.datasets.iterator.utilty.ListDataSetIterator;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.optimize.solvers.BaseOptimizer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.api.iterator.DataSetIterator;
import org.nd4j.linalg.learning.config.IUpdater;
import org.shmarrays.Settings;
import org.shmarrays.layout.Mode;
import org.shmarrays.worker.Worker;

/** What tests of trainings do with networks and segments. */
final class Trained {
    static final String SEGMENT = "training";

    /** The least: most partitions begin in the middle of a parameter. */
    private static final int PARTITION_BYTES = 128;

    private Trained() {}

    static Settings settings(final Path directory) {
        return Settings.fromProperties()
                .withDirectory(directory)
                .withPartitionBytes(PARTITION_BYTES)
                .withSlots(8);
    }

    static TrainingOptions options(final Path directory, final Mode mode) {
        return options(directory, mode, Worker.of(0, 1));
    }

    static TrainingOptions options(final Path directory, final Mode mode, final Worker worker) {
        return TrainingOptions.defaults()
                .withName(SEGMENT)
                .inMode(mode)
                .withWorker(worker)
                .withSettings(settings(directory));
    }

    static MultiLayerConfiguration dense(final IUpdater updater) {
        return Networks.dense(
                Networks.builder(DataType.DOUBLE, updater), Configurations.INPUTS, 6, Configurations.CLASSES);
    }

    static ComputationGraphConfiguration denseGraph(final IUpdater updater) {
        return Networks.builder(DataType.DOUBLE, updater)
                .graphBuilder()
                .addInputs("in")
                .addLayer(
                        "dense",
                        new DenseLayer.Builder()
                                .nIn(Configurations.INPUTS)
                                .nOut(6)
                                .build(),
                        "in")
                .addLayer("out", Networks.output(6, Configurations.CLASSES), "dense")
                .setOutputs("out")
                .build();
    }

    static MultiLayerNetwork network(final MultiLayerConfiguration configuration) {
        final MultiLayerNetwork network = new MultiLayerNetwork(configuration.clone());
        network.init();
        return network;
    }

    /** A graph of this configuration, which is no one else's: a clone of it would lose AttentionVertex's updater. */
    static ComputationGraph graph(final ComputationGraphConfiguration configuration) {
        final ComputationGraph graph = new ComputationGraph(configuration);
        graph.init();
        return graph;
    }

    static DataSet batch(final int seed) {
        return Batches.ofSamples(DataType.DOUBLE, Configurations.INPUTS, seed);
    }

    static List<DataSet> batches(final int count) {
        return IntStream.range(0, count).mapToObj(Trained::batch).toList();
    }

    static DataSetIterator iterator(final int batches) {
        return new ListDataSetIterator<>(batches(batches), 1);
    }

    static double[] state(final Model model) {
        final INDArray state = Configurations.updater(model).getStateViewArray();
        return state == null ? new double[0] : state.reshape(state.length()).toDoubleVector();
    }

    static double[] parameters(final Model model) {
        return model.params().reshape(model.params().length()).toDoubleVector();
    }

    /** Parameters, updater state and counts. */
    static void assertSame(final Model actual, final Model expected, final String description) {
        assertThat(parameters(actual)).as("parameters of %s", description).isEqualTo(parameters(expected));
        assertThat(state(actual)).as("updater state of %s", description).isEqualTo(state(expected));
        assertThat(BaseOptimizer.getIterationCount(actual))
                .as("iteration of %s", description)
                .isEqualTo(BaseOptimizer.getIterationCount(expected));
        assertThat(BaseOptimizer.getEpochCount(actual))
                .as("epoch of %s", description)
                .isEqualTo(BaseOptimizer.getEpochCount(expected));
    }
}
