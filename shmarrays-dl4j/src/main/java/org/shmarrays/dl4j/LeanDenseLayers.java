package org.shmarrays.dl4j;

import java.util.Arrays;
import java.util.Set;
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
    private static final Set<String> NETWORKS =
            Set.of(MultiLayerNetwork.class.getName(), ComputationGraph.class.getName());

    /** Of a network, while a layer computes its gradient: the loop over the layers, and the method that calls it. */
    private static final int FRAMES = 2;

    private LeanDenseLayers() {}

    /**
     * Replaces the dense layers of a network where that gives the same numbers.
     *
     * @param isUnused whether no code reads the gradient of the network's inputs that is computed now
     */
    static void begin(final Model network, final BooleanSupplier isUnused) {
        if (network instanceof ComputationGraph graph) {
            for (final GraphVertex vertex : graph.getVertices()) {
                if (vertex instanceof LayerVertex layer && LeanDenseLayer.canReplace(layer.getLayer())) {
                    final boolean isLowest =
                            layer.getLayerPreProcessor() == null && isLowest(layer, graph.getVertices());
                    replace(graph, layer, lean((DenseLayer) layer.getLayer(), isLowest ? isUnused : NEVER));
                }
            }
        } else {
            final MultiLayerNetwork layers = (MultiLayerNetwork) network;
            for (int i = 0; i < layers.getnLayers(); i++) {
                final InputPreProcessor below =
                        layers.getLayerWiseConfigurations().getInputPreProcess(i);
                if (LeanDenseLayer.canReplace(layers.getLayer(i))) {
                    final BooleanSupplier discards = below == null && isLowest(i, layers) ? isUnused : NEVER;
                    layers.getLayers()[i] = lean((DenseLayer) layers.getLayer(i), discards);
                }
            }
        }
    }

    /**
     * Tells the lowest convolutions of a network when the gradient of their input is not used.
     *
     * @param isUnused as for {@link #begin}
     */
    static void discardInputGradients(final Model network, final BooleanSupplier isUnused) {
        if (network instanceof ComputationGraph graph) {
            for (final GraphVertex vertex : graph.getVertices()) {
                if (vertex instanceof LayerVertex layer
                        && isLowest(layer, graph.getVertices())
                        && takesZeros(layer.getLayerPreProcessor())) {
                    discardInputGradient(layer.getLayer(), isUnused);
                }
            }
        } else {
            final MultiLayerNetwork layers = (MultiLayerNetwork) network;
            for (int i = 0; i < layers.getnLayers(); i++) {
                if (isLowest(i, layers)
                        && takesZeros(layers.getLayerWiseConfigurations().getInputPreProcess(i))) {
                    discardInputGradient(layers.getLayer(i), isUnused);
                }
            }
        }
    }

    /** Whether a preprocessor is absent, or only reshapes vectors to images, which zeros as gradient pass through. */
    private static boolean takesZeros(final InputPreProcessor below) {
        return below == null || below.getClass() == FeedForwardToCnnPreProcessor.class;
    }

    private static void discardInputGradient(final Layer layer, final BooleanSupplier isUnused) {
        if (layer instanceof ConvolutionLayer convolution
                && convolution.getHelper() instanceof OneDnnConvolution helper
                && OneDnnConvolution.canDiscardInputGradient(convolution)
                && OneDnnLayers.gradientsAreEqual(convolution)) {
            helper.discardInputGradient(isUnused);
        }
    }

    /**
     * Whether DL4J computes this gradient for a fit, which drops that of the network's input. {@code
     * MultiLayerNetwork.calculateGradients} returns that of the input, and may be called in a step: between a gradient
     * and its push, or after a fit that has failed.
     */
    static boolean isForFit() {
        return StackWalker.getInstance()
                .walk(frames -> frames.filter(frame -> NETWORKS.contains(frame.getClassName()))
                        .limit(FRAMES)
                        .anyMatch(frame -> frame.getMethodName().equals("computeGradientAndScore")));
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
