package org.shmarrays.dl4j;

import java.io.IOException;
import java.io.OutputStream;
import java.util.Collection;
import org.deeplearning4j.nn.conf.BackpropType;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.layers.samediff.SameDiffVertex;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.updater.graph.ComputationGraphUpdater;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.deeplearning4j.util.ModelSerializer;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.DataSet;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.nd4j.linalg.dataset.api.iterator.DataSetIterator;
import org.nd4j.linalg.dataset.api.iterator.MultiDataSetIterator;
import org.shmarrays.dl4j.ModelConfiguration.Kind;

/** The seam of a ComputationGraph. */
final class GraphSeam extends NetworkSeam {
    private final ComputationGraph graph;
    private SharedGraphUpdater installed;

    GraphSeam(final ComputationGraph graph) {
        super(graph, ConstrainedLayer.of(graph), notJoined(graph.getUpdater()));
        this.graph = graph;
        if (graph.getFlattenedGradients() == null) {
            graph.initGradientsView();
        }
    }

    @Override
    ModelConfiguration configuration() {
        return ModelConfiguration.of(
                Kind.COMPUTATION_GRAPH, graph.getConfiguration().toJson());
    }

    @Override
    INDArray gradient() {
        return FlatParameters.vector(graph.getFlattenedGradients());
    }

    /**
     * Initialises the graph a second time, which keeps its solver, listeners and counts. What the gradient's memory
     * holds is kept too: below a frozen layer DL4J goes on from the last update there.
     */
    @Override
    void initialize(final INDArray values) {
        final INDArray gradient = graph.getFlattenedGradients();
        Internals.forgetInit(graph);
        graph.init(values, false);
        graph.initGradientsView();
        graph.getFlattenedGradients().assign(gradient);
    }

    @Override
    void install(final StepProtocol protocol, final INDArray state) {
        installed = new SharedGraphUpdater(graph, state, protocol);
        graph.setUpdater(installed);
        graph.setGradientsAccumulator(new SharedAccumulator(protocol));
    }

    @Override
    boolean isInstalled() {
        return graph.getUpdater(false) == installed;
    }

    @Override
    void setPlainUpdater(final INDArray state) {
        graph.setUpdater(new ComputationGraphUpdater(graph, state));
    }

    @Override
    void removeAccumulator() {
        graph.setGradientsAccumulator(null);
    }

    @Override
    Collection<TrainingListener> listeners() {
        return graph.getListeners();
    }

    @Override
    void setListeners(final Collection<TrainingListener> listeners) {
        graph.setListeners(listeners);
    }

    @Override
    boolean isTruncated() {
        return graph.getConfiguration().getBackpropType() == BackpropType.TruncatedBPTT;
    }

    @Override
    boolean continuesBatch() {
        return isTruncated() && hasRecurrentState(graph.getLayers());
    }

    @Override
    int iteration() {
        return graph.getIterationCount();
    }

    @Override
    int epoch() {
        return graph.getEpochCount();
    }

    @Override
    void counts(final int iteration, final int epoch) {
        graph.getConfiguration().setIterationCount(iteration);
        graph.getConfiguration().setEpochCount(epoch);
    }

    @Override
    void fit(final DataSetIterator iterator) {
        graph.fit(iterator);
    }

    @Override
    void fit(final MultiDataSetIterator iterator) {
        graph.fit(iterator);
    }

    @Override
    void fit(final DataSet batch) {
        graph.fit(batch);
    }

    @Override
    void fit(final MultiDataSet batch) {
        graph.fit(batch);
    }

    @Override
    void computeGradientAndScore(final MultiDataSet batch) {
        graph.setInputs(batch.getFeatures());
        graph.setLabels(batch.getLabels());
        graph.setLayerMaskArrays(batch.getFeaturesMaskArrays(), batch.getLabelsMaskArrays());
        try {
            graph.computeGradientAndScore();
        } finally {
            graph.clearLayerMaskArrays();
        }
    }

    @Override
    void applyGradient() {
        final int iteration = graph.getIterationCount();
        final int epoch = graph.getEpochCount();
        installed.update(graph.gradient(), iteration, epoch, graph.batchSize(), LayerWorkspaceMgr.noWorkspaces());
        graph.clearLayersStates();
        endIteration(iteration, epoch);
    }

    @Override
    ComputationGraph plainCopy(final INDArray parameters, final INDArray state, final int iteration, final int epoch) {
        final ComputationGraphConfiguration conf = graph.getConfiguration().clone();
        graph.getConfiguration().getVertices().forEach((name, vertex) -> {
            if (vertex instanceof SameDiffVertex) { // such as AttentionVertex, whose clone has lost the updaters
                conf.getVertices().put(name, vertex);
            }
        });
        conf.setIterationCount(iteration);
        conf.setEpochCount(epoch);
        return copy(conf, parameters, state);
    }

    private static ComputationGraph copy(
            final ComputationGraphConfiguration conf, final INDArray parameters, final INDArray state) {
        final ComputationGraph copy = new ComputationGraph(conf);
        copy.init(parameters, false);
        copy.initGradientsView();
        copy.setUpdater(new ComputationGraphUpdater(copy, state));
        return copy;
    }

    /** By the graph's own configuration. */
    @Override
    void write(
            final OutputStream to,
            final INDArray parameters,
            final INDArray state,
            final int iteration,
            final int epoch)
            throws IOException {
        final int ownIteration = iteration();
        final int ownEpoch = epoch();
        counts(iteration, epoch);
        try {
            ModelSerializer.writeModel(copy(graph.getConfiguration(), parameters, state), to, true);
        } finally {
            counts(ownIteration, ownEpoch);
        }
    }
}
