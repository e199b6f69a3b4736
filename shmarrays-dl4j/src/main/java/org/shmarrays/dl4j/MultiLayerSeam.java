package org.shmarrays.dl4j;

import java.io.IOException;
import java.io.OutputStream;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.updater.BaseMultiLayerUpdater;
import org.deeplearning4j.nn.updater.MultiLayerUpdater;
import org.deeplearning4j.util.ModelSerializer;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.DataSet;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.nd4j.linalg.dataset.api.iterator.DataSetIterator;
import org.nd4j.linalg.dataset.api.iterator.MultiDataSetIterator;

/** The seam of a MultiLayerNetwork. */
final class MultiLayerSeam extends NetworkSeam {
    private final MultiLayerNetwork network;
    private SharedMultiLayerUpdater installed;

    MultiLayerSeam(final MultiLayerNetwork network) {
        super(network, ConstrainedLayer.of(network), notJoined((BaseMultiLayerUpdater<?>) network.getUpdater()));
        this.network = network;
        if (network.getFlattenedGradients() == null) {
            network.initGradientsView();
        }
    }

    @Override
    INDArray gradient() {
        return vector(network.getFlattenedGradients());
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
    void install(final StepProtocol protocol, final INDArray state) {
        installed = new SharedMultiLayerUpdater(network, state, protocol);
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
    void fit(final DataSetIterator iterator, final int epochs) {
        network.fit(iterator, epochs);
    }

    @Override
    void fit(final MultiDataSetIterator iterator, final int epochs) {
        network.fit(iterator, epochs);
    }

    @Override
    void fit(final DataSet batch) {
        network.fit(batch);
    }

    @Override
    void fit(final MultiDataSet batch) {
        network.fit(batch);
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
