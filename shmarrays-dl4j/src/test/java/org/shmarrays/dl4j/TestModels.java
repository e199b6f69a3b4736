package org.shmarrays.dl4j;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.util.ModelSerializer;

/** What DL4J's two classes of models have in common without an interface for it. */
final class TestModels {
    private TestModels() {}

    static SharedTraining join(final Model model, final TrainingOptions options) {
        return model instanceof ComputationGraph graph
                ? SharedTraining.join(graph, options)
                : SharedTraining.join((MultiLayerNetwork) model, options);
    }

    static int iteration(final Model model) {
        return model instanceof ComputationGraph graph
                ? graph.getIterationCount()
                : ((MultiLayerNetwork) model).getIterationCount();
    }

    /**
     * A copy that DL4J trains exactly as the original. clone() copies no counts, and not what the last step left as
     * gradient, which matters below a frozen layer: backpropagation ends above it.
     */
    static MultiLayerNetwork copy(final MultiLayerNetwork network) {
        final MultiLayerNetwork copy = network.clone();
        copy.setIterationCount(network.getIterationCount());
        copy.setEpochCount(network.getEpochCount());
        if (network.getFlattenedGradients() != null) {
            copy.initGradientsView();
            copy.getFlattenedGradients().assign(network.getFlattenedGradients());
        }
        return copy;
    }

    /** {@link #copy(MultiLayerNetwork)} of a graph, of which clone() loses the updaters of an AttentionVertex. */
    static ComputationGraph copy(final ComputationGraph graph) {
        try {
            final ByteArrayOutputStream file = new ByteArrayOutputStream();
            ModelSerializer.writeModel(graph, file, true);
            final ComputationGraph copy =
                    ModelSerializer.restoreComputationGraph(new ByteArrayInputStream(file.toByteArray()), true);
            if (graph.getFlattenedGradients() != null) {
                copy.initGradientsView();
                copy.getFlattenedGradients().assign(graph.getFlattenedGradients());
            }
            return copy;
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Model copy(final Model model) {
        return model instanceof ComputationGraph graph ? copy(graph) : copy((MultiLayerNetwork) model);
    }

    /** What DL4J reads from a file of a model of the same class, with the updater's state. */
    static Model restore(final Model model, final InputStream file) throws IOException {
        return model instanceof ComputationGraph
                ? ModelSerializer.restoreComputationGraph(file, true)
                : ModelSerializer.restoreMultiLayerNetwork(file, true);
    }
}
