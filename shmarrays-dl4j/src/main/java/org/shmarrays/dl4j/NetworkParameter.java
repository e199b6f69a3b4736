package org.shmarrays.dl4j;

import java.util.ArrayList;
import java.util.List;
import org.deeplearning4j.nn.api.Trainable;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.graph.vertex.GraphVertex;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.regularization.Regularization;

/**
 * A parameter of an initialised network.
 *
 * @param trainable the layer, or in a graph the vertex, that has it
 * @param layer the layer's index, or in a graph the vertex's name
 * @param key the parameter's name within the layer: {@code W}, {@code b}
 */
record NetworkParameter(Trainable trainable, String layer, String key) {
    static List<NetworkParameter> of(final MultiLayerNetwork network) {
        final List<NetworkParameter> parameters = new ArrayList<>();
        for (int i = 0; i < network.getnLayers(); i++) {
            add(network.getLayer(i), Integer.toString(i), parameters);
        }
        return parameters;
    }

    static List<NetworkParameter> of(final ComputationGraph graph) {
        final List<NetworkParameter> parameters = new ArrayList<>();
        for (final GraphVertex vertex : graph.getVertices()) {
            if (vertex.numParams() > 0) {
                add(vertex, vertex.getVertexName(), parameters);
            }
        }
        return parameters;
    }

    private static void add(final Trainable trainable, final String layer, final List<NetworkParameter> to) {
        for (final String key : trainable.paramTable(false).keySet()) {
            to.add(new NetworkParameter(trainable, layer, key));
        }
    }

    /** The name that DL4J gives it in the network's table of parameters: {@code 0_W}, {@code lstm_RW}. */
    String name() {
        return layer + "_" + key;
    }

    /** The configuration of its updater. */
    IUpdater updater() {
        return trainable.getConfig().getUpdaterByParam(key);
    }

    /** Its regularisations, in the order in which DL4J applies them. */
    List<Regularization> regularizations() {
        final List<Regularization> configured = trainable.getConfig().getRegularizationByParam(key);
        return configured == null ? List.of() : configured;
    }
}
