package org.shmarrays.dl4j;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.nd4j.autodiff.samediff.ArrayHolder;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.TrainingConfig;
import org.nd4j.autodiff.samediff.array.SingleThreadArrayHolder;
import org.nd4j.autodiff.samediff.internal.SameDiffOp;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.shade.jackson.core.JsonProcessingException;
import org.nd4j.shade.jackson.databind.JsonNode;
import org.nd4j.shade.jackson.databind.ObjectMapper;
import org.nd4j.shade.jackson.databind.node.ObjectNode;
import org.shmarrays.dl4j.ModelConfiguration.Kind;
import org.shmarrays.layout.AliasSpec;

/** What tells a SameDiff graph from others: how it is trained, its loss and variables, how its arrays are computed. */
final class SameDiffConfiguration {
    private SameDiffConfiguration() {}

    /** The configuration of a graph that has a TrainingConfig. */
    static ModelConfiguration of(final SameDiff graph) {
        final ObjectMapper mapper = NeuralNetConfiguration.mapper();
        final ObjectNode configuration = mapper.createObjectNode();
        configuration.set("training", training(graph, mapper));
        configuration.set("losses", mapper.valueToTree(graph.getLossVariables()));
        final ObjectNode arrays = configuration.putObject("arrays");
        for (final SameDiffOp op : graph.getOps().values()) {
            arrays.put(String.join(", ", op.getOutputsOfOp()), op.getOp().opName() + op.getInputsToOp());
        }
        final ObjectNode variables = configuration.putObject("variables");
        for (final SameDiffVariable variable : SameDiffVariable.of(graph)) {
            variables.put(
                    variable.name(),
                    variable.array().dataType()
                            + Arrays.toString(variable.array().shape()));
        }
        return ModelConfiguration.of(Kind.SAME_DIFF, configuration.toString(), withoutValues(graph));
    }

    /** The graph as DL4J writes it, with its constants, without the values of its variables and without its counts. */
    private static ByteBuffer withoutValues(final SameDiff graph) {
        final TrainingConfig training = graph.getTrainingConfig();
        final int iteration = training.getIterationCount();
        final int epoch = training.getEpochCount();
        final ArrayHolder values = graph.getVariablesArrays();
        training.setIterationCount(0);
        training.setEpochCount(0);
        graph.setArrayHolders(new SingleThreadArrayHolder(), graph.getConstantArrays(), false);
        try {
            return graph.asFlatBuffers(false);
        } finally {
            graph.setArrayHolders(values, graph.getConstantArrays(), false);
            training.setIterationCount(iteration);
            training.setEpochCount(epoch);
        }
    }

    /**
     * A graph of a configuration, whose variables are parts of a vector.
     *
     * @param variables as parts of {@code parameters}
     * @param parameters {@code [n]}
     */
    static SameDiff graph(
            final ModelConfiguration configuration, final List<AliasSpec> variables, final INDArray parameters) {
        final SameDiff graph;
        try {
            graph = SameDiff.fromFlatBuffers(configuration.graph());
        } catch (final IOException e) {
            throw new UncheckedIOException("DL4J can't read the graph", e);
        }
        final ArrayHolder values = new SingleThreadArrayHolder();
        for (final AliasSpec variable : variables) {
            final int from = variable.elementOffset();
            values.setArray(
                    variable.name(),
                    parameters
                            .get(NDArrayIndex.interval(from, from + variable.elementCount()))
                            .reshape(
                                    variable.order().symbol(),
                                    Arrays.stream(variable.shape())
                                            .asLongStream()
                                            .toArray()));
        }
        graph.setArrayHolders(values, graph.getConstantArrays(), false);
        return graph;
    }

    private static JsonNode training(final SameDiff graph, final ObjectMapper mapper) {
        try {
            return mapper.readTree(graph.getTrainingConfig().toJson());
        } catch (final JsonProcessingException e) {
            throw new IllegalStateException("DL4J wrote a TrainingConfig that is no JSON", e);
        }
    }
}
