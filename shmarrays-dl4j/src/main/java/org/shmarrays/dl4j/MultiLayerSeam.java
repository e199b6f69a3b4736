package org.shmarrays.dl4j;

import java.io.IOException;
import java.io.OutputStream;
import java.util.Collection;
import org.deeplearning4j.nn.conf.BackpropType;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.updater.BaseMultiLayerUpdater;
import org.deeplearning4j.nn.updater.MultiLayerUpdater;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.deeplearning4j.util.ModelSerializer;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.DataSet;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.nd4j.linalg.dataset.api.iterator.DataSetIterator;
import org.nd4j.linalg.dataset.api.iterator.MultiDataSetIterator;
import org.shmarrays.dl4j.ModelConfiguration.Kind;

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
    ModelConfiguration configuration() {
        return ModelConfiguration.of(
                Kind.MULTI_LAYER_NETWORK, network.getLayerWiseConfigurations().toJson());
    }

    @Override
    INDArray gradient() {
        return FlatParameters.vector(network.getFlattenedGradients());
    }

    /**
     * Initialises the network a second time, which keeps its solver, listeners and counts. What the gradient's memory
     * holds is kept too: below a frozen layer DL4J goes on from the last update there.
     */
    @Override
    void initialize(final INDArray values) {
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
    void setPlainUpdater(final INDArray state) {
        network.setUpdater(new MultiLayerUpdater(network, state));
    }

    @Override
    void removeAccumulator() {
        network.setGradientsAccumulator(null);
    }

    @Override
    Collection<TrainingListener> listeners() {
        return network.getListeners();
    }

    @Override
    void setListeners(final Collection<TrainingListener> listeners) {
        network.setListeners(listeners);
    }

    @Override
    boolean isTruncated() {
        return network.getLayerWiseConfigurations().getBackpropType() == BackpropType.TruncatedBPTT;
    }

    @Override
    boolean continuesBatch() {
        return isTruncated() && hasRecurrentState(network.getLayers());
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
    void fit(final DataSetIterator iterator) {
        network.fit(iterator);
    }

    @Override
    void fit(final MultiDataSetIterator iterator) {
        network.fit(iterator);
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
    void computeGradientAndScore(final MultiDataSet batch) {
        network.setInput(only(batch.getFeatures(), "features"));
        network.setLabels(only(batch.getLabels(), "labels"));
        network.setLayerMaskArrays(first(batch.getFeaturesMaskArrays()), first(batch.getLabelsMaskArrays()));
        try {
            network.computeGradientAndScore();
        } finally {
            network.clearLayerMaskArrays();
        }
    }

    private static INDArray only(final INDArray[] arrays, final String name) {
        if (arrays.length != 1) {
            throw new IllegalArgumentException(
                    "a MultiLayerNetwork has one input and one output: " + name + "=" + arrays.length);
        }
        return arrays[0];
    }

    private static INDArray first(final INDArray[] masks) {
        return masks == null ? null : masks[0];
    }

    @Override
    void applyGradient() {
        final int iteration = network.getIterationCount();
        final int epoch = network.getEpochCount();
        installed.update(network.gradient(), iteration, epoch, network.batchSize(), LayerWorkspaceMgr.noWorkspaces());
        network.clearLayersStates();
        endIteration(iteration, epoch);
    }

    @Override
    MultiLayerNetwork plainCopy(final INDArray parameters, final INDArray state, final int iteration, final int epoch) {
        final MultiLayerConfiguration conf =
                network.getLayerWiseConfigurations().clone();
        conf.setIterationCount(iteration);
        conf.setEpochCount(epoch);
        final MultiLayerNetwork copy = new MultiLayerNetwork(conf);
        copy.init(parameters, false);
        copy.initGradientsView();
        copy.setUpdater(new MultiLayerUpdater(copy, state));
        return copy;
    }

    @Override
    void write(
            final OutputStream to,
            final INDArray parameters,
            final INDArray state,
            final int iteration,
            final int epoch)
            throws IOException {
        ModelSerializer.writeModel(plainCopy(parameters, state, iteration, epoch), to, true);
    }
}
