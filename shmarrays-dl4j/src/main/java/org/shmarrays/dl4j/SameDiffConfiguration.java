package org.shmarrays.dl4j;

import java.util.Arrays;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.internal.SameDiffOp;
import org.nd4j.shade.jackson.core.JsonProcessingException;
import org.nd4j.shade.jackson.databind.JsonNode;
import org.nd4j.shade.jackson.databind.ObjectMapper;
import org.nd4j.shade.jackson.databind.node.ObjectNode;
import org.shmarrays.dl4j.ModelConfiguration.Kind;

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
        return ModelConfiguration.of(Kind.SAME_DIFF, configuration.toString());
    }

    private static JsonNode training(final SameDiff graph, final ObjectMapper mapper) {
        try {
            return mapper.readTree(graph.getTrainingConfig().toJson());
        } catch (final JsonProcessingException e) {
            throw new IllegalStateException("DL4J wrote a TrainingConfig that is no JSON", e);
        }
    }
}
