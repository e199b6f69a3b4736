package org.shmarrays.dl4j;

import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.updater.BaseMultiLayerUpdater;
import org.deeplearning4j.nn.updater.MultiLayerUpdater;
import org.deeplearning4j.util.ModelSerializer;
import org.nd4j.linalg.api.ndarray.INDArray;

/** The seam of a MultiLayerNetwork. */
final class MultiLayerSeam extends ModelSeam {
    private final MultiLayerNetwork network;
    private final NetworkRanges ranges;
    private INDArray updaterState;
    private SharedMultiLayerUpdater installed;

    MultiLayerSeam(final MultiLayerNetwork network) {
        this.network = network;
        final BaseMultiLayerUpdater<?> updater = (BaseMultiLayerUpdater<?>) network.getUpdater();
        if (updater instanceof SharedMultiLayerUpdater) {
            throw new IllegalStateException("the network has joined a training already; close that one first");
        }
        ranges = NetworkRanges.of(updater);
        final INDArray state = updater.getStateViewArray();
        updaterState = state == null ? null : state.dup();
        if (network.getFlattenedGradients() == null) {
            network.initGradientsView();
        }
    }

    @Override
    MultiLayerNetwork model() {
        return network;
    }

    @Override
    NetworkRanges ranges() {
        return ranges;
    }

    @Override
    List<ConstrainedLayer> constrainedLayers() {
        return ConstrainedLayer.of(network);
    }

    @Override
    INDArray updaterState() {
        return updaterState;
    }

    @Override
    INDArray gradient() {
        final INDArray gradient = network.getFlattenedGradients();
        return gradient.reshape(gradient.length());
    }

    /**
     * Initialises the network a second time, which keeps its solver, listeners and counts. What the gradient's memory
     * holds is kept too: below a frozen layer DL4J goes on from the last update there.
     */
    @Override
    void bind(final INDArray values) {
        final INDArray gradient = network.getFlattenedGradients();
        Internals.forgetInit(network);
        network.setLayers(null);
        network.init(values, false);
        network.initGradientsView();
        network.getFlattenedGradients().assign(gradient);
    }

    @Override
    void install(final StepProtocol protocol) {
        installed = new SharedMultiLayerUpdater(network, updaterState, protocol);
        updaterState = null; // from now on it is in the segment
        network.setUpdater(installed);
        network.setGradientsAccumulator(new SharedAccumulator(protocol));
    }

    @Override
    boolean isInstalled() {
        return network.getUpdater(false) == installed;
    }

    @Override
    void uninstall(final INDArray state) {
        network.setUpdater(new MultiLayerUpdater(network, state));
        network.setGradientsAccumulator(null);
    }

    @Override
    double score() {
        return network.score();
    }

    @Override
    int iteration() {
        return network.getIterationCount();
    }

    @Override
    int epoch() {
        return network.getEpochCount();
    }

    @Override
    void counts(final int iteration, final int epoch) {
        network.setIterationCount(iteration);
        network.setEpochCount(epoch);
    }

    @Override
    void write(
            final OutputStream to,
            final INDArray parameters,
            final INDArray state,
            final int iteration,
            final int epoch)
            throws IOException {
        final MultiLayerConfiguration conf =
                network.getLayerWiseConfigurations().clone();
        conf.setIterationCount(iteration);
        conf.setEpochCount(epoch);
        final MultiLayerNetwork copy = new MultiLayerNetwork(conf);
        copy.init(parameters, false);
        copy.initGradientsView();
        copy.setUpdater(new MultiLayerUpdater(copy, state));
        ModelSerializer.writeModel(copy, to, true);
    }
}
