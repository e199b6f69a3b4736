package org.shmarrays.dl4j;

import java.util.Arrays;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.conf.InputPreProcessor;
import org.deeplearning4j.nn.conf.preprocessor.FeedForwardToCnnPreProcessor;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.graph.vertex.GraphVertex;
import org.deeplearning4j.nn.graph.vertex.VertexIndices;
import org.deeplearning4j.nn.graph.vertex.impl.FrozenVertex;
import org.deeplearning4j.nn.graph.vertex.impl.LayerVertex;
import org.deeplearning4j.nn.layers.FrozenLayer;
import org.deeplearning4j.nn.layers.convolution.ConvolutionLayer;
import org.deeplearning4j.nn.layers.feedforward.dense.DenseLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;

/**
 * Puts each {@link LeanDenseLayer} into a network, and takes it out again, and tells the lowest {@linkplain
 * OneDnnConvolution convolutions} when no one reads the gradient of their input.
 */
final class LeanDenseLayers {
    private static final BooleanSupplier NEVER = () -> false;

    private LeanDenseLayers() {}

    /**
     * Replaces the dense layers of a network where that gives the same numbers.
     *
     * @param isInStep whether a step of the training computes its gradient now: it does not use the gradient of the
     *     network's inputs
     */
    static void begin(final Model network, final BooleanSupplier isInStep) {
        if (network instanceof ComputationGraph graph) {
            for (final GraphVertex vertex : graph.getVertices()) {
                if (vertex instanceof LayerVertex layer && LeanDenseLayer.canReplace(layer.getLayer())) {
                    final boolean isLowest =
                            layer.getLayerPreProcessor() == null && isLowest(layer, graph.getVertices());
                    replace(graph, layer, lean((DenseLayer) layer.getLayer(), isLowest ? isInStep : NEVER));
                }
            }
        } else {
            final MultiLayerNetwork layers = (MultiLayerNetwork) network;
            for (int i = 0; i < layers.getnLayers(); i++) {
                final InputPreProcessor below =
                        layers.getLayerWiseConfigurations().getInputPreProcess(i);
                if (LeanDenseLayer.canReplace(layers.getLayer(i))) {
                    final BooleanSupplier discards = below == null && isLowest(i, layers) ? isInStep : NEVER;
                    layers.getLayers()[i] = lean((DenseLayer) layers.getLayer(i), discards);
                }
            }
        }
    }

    /**
     * Tells the lowest convolutions of a network when the gradient of their input is not used.
     *
     * @param isInStep as for {@link #begin}
     */
    static void discardInputGradients(final Model network, final BooleanSupplier isInStep) {
        if (network instanceof ComputationGraph graph) {
            for (final GraphVertex vertex : graph.getVertices()) {
                if (vertex instanceof LayerVertex layer
                        && isLowest(layer, graph.getVertices())
                        && takesZeros(layer.getLayerPreProcessor())) {
                    discardInputGradient(layer.getLayer(), isInStep);
                }
            }
        } else {
            final MultiLayerNetwork layers = (MultiLayerNetwork) network;
            for (int i = 0; i < layers.getnLayers(); i++) {
                if (isLowest(i, layers)
                        && takesZeros(layers.getLayerWiseConfigurations().getInputPreProcess(i))) {
                    discardInputGradient(layers.getLayer(i), isInStep);
                }
            }
        }
    }

    /** Whether what makes images of vectors, or nothing, is between a layer and what is below it. */
    private static boolean takesZeros(final InputPreProcessor below) {
        return below == null || below.getClass() == FeedForwardToCnnPreProcessor.class;
    }

    private static void discardInputGradient(final Layer layer, final BooleanSupplier isInStep) {
        if (layer instanceof ConvolutionLayer convolution
                && convolution.getHelper() instanceof OneDnnConvolution helper
                && OneDnnConvolution.canDiscardInputGradient(convolution)
                && OneDnnLayers.gradientsAreEqual(convolution)) {
            helper.discardInputGradient(isInStep);
        }
    }

    /** Gives a network its own layers again, where it still has others. */
    static void end(final Model network) {
        if (network instanceof ComputationGraph graph) {
            for (final GraphVertex vertex : graph.getVertices()) {
                if (vertex instanceof LayerVertex layer && layer.getLayer() instanceof LeanDenseLayer lean) {
                    replace(graph, layer, lean.replaced());
                }
            }
        } else {
            final UnaryOperator<Layer> own = layer -> layer instanceof LeanDenseLayer lean ? lean.replaced() : layer;
            Arrays.setAll(
                    ((MultiLayerNetwork) network).getLayers(),
                    i -> own.apply(((MultiLayerNetwork) network).getLayer(i)));
        }
    }

    private static LeanDenseLayer lean(final DenseLayer layer, final BooleanSupplier discardsInputGradient) {
        return new LeanDenseLayer(layer, layer.params().dataType(), discardsInputGradient);
    }

    private static void replace(final ComputationGraph graph, final LayerVertex vertex, final Layer layer) {
        for (int i = 0; i < graph.getNumLayers(); i++) {
            if (graph.getLayers()[i] == vertex.getLayer()) {
                graph.getLayers()[i] = layer;
            }
        }
        vertex.setLayer(layer);
    }

    /** Whether DL4J goes no further back than to this layer. */
    private static boolean isLowest(final int index, final MultiLayerNetwork network) {
        return index == 0 || network.getLayer(index - 1) instanceof FrozenLayer;
    }

    /** The same of a graph. A vertex below that has other outputs needs a gradient from each to add them up. */
    private static boolean isLowest(final LayerVertex vertex, final GraphVertex[] vertices) {
        for (final VertexIndices index : vertex.getInputVertices()) {
            final GraphVertex below = vertices[index.getVertexIndex()];
            final boolean isEnd = below.isInputVertex()
                    || below instanceof FrozenVertex
                    || below.hasLayer() && below.getLayer() instanceof FrozenLayer;
            if (!isEnd || below.getNumOutputConnections() != 1) {
                return false;
            }
        }
        return true;
    }
}
