package org.shmarrays.dl4j;

import java.util.ArrayList;
import java.util.List;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.api.Trainable;
import org.deeplearning4j.nn.conf.layers.recurrent.Bidirectional;
import org.deeplearning4j.nn.conf.layers.wrapper.BaseWrapperLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.graph.vertex.GraphVertex;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A layer whose parameters DL4J constrains after each update.
 *
 * @param from index, in the flat array of parameters, of the layer's first element
 * @param to index after its last element
 * @param layer that applies the constraints to the model's own parameters
 */
record ConstrainedLayer(int from, int to, Layer layer) {
    static List<ConstrainedLayer> of(final MultiLayerNetwork network) {
        final List<ConstrainedLayer> constrained = new ArrayList<>();
        int from = 0;
        for (final Layer layer : network.getLayers()) {
            final int to = from + elementCount(layer);
            if (from < to && isConstrained(layer.conf().getLayer())) {
                constrained.add(new ConstrainedLayer(from, to, layer));
            }
            from = to;
        }
        return constrained;
    }

    static List<ConstrainedLayer> of(final ComputationGraph graph) {
        final List<ConstrainedLayer> constrained = new ArrayList<>();
        int from = 0;
        for (final int index : graph.topologicalSortOrder()) { // the order of the flat parameters
            final GraphVertex vertex = graph.getVertices()[index];
            final int to = from + elementCount(vertex);
            if (from < to
                    && vertex.hasLayer()
                    && isConstrained(vertex.getLayer().conf().getLayer())) {
                constrained.add(new ConstrainedLayer(from, to, vertex.getLayer()));
            }
            from = to;
        }
        return constrained;
    }

    private static int elementCount(final Trainable trainable) {
        return Math.toIntExact(trainable.paramTable(false).values().stream()
                .mapToLong(INDArray::length)
                .sum());
    }

    /** Whether a layer, or one that it wraps, has constraints; of others' wrappers it can't be known. */
    private static boolean isConstrained(final org.deeplearning4j.nn.conf.layers.Layer configured) {
        if (configured.getConstraints() != null && !configured.getConstraints().isEmpty()) {
            return true;
        } else if (configured instanceof Bidirectional both) {
            return isConstrained(both.getFwd()) || isConstrained(both.getBwd());
        } else if (configured instanceof BaseWrapperLayer wrapper) {
            return isConstrained(wrapper.getUnderlying());
        }
        return !configured.getClass().getName().startsWith("org.deeplearning4j.");
    }
}
