package org.shmarrays.dl4j;

import static org.shmarrays.dl4j.ExactnessRow.samples;

import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.conf.graph.GraphVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.samediff.SDLayerParams;
import org.deeplearning4j.nn.conf.layers.samediff.SDVertexParams;
import org.deeplearning4j.nn.conf.layers.samediff.SameDiffLambdaLayer;
import org.deeplearning4j.nn.conf.layers.samediff.SameDiffLambdaVertex;
import org.deeplearning4j.nn.conf.layers.samediff.SameDiffLayer;
import org.deeplearning4j.nn.conf.layers.samediff.SameDiffOutputLayer;
import org.deeplearning4j.nn.conf.layers.samediff.SameDiffVertex;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;

/** Layers and vertices that users write as SameDiff graphs. */
final class SameDiffLayerRows {
    private static final String KIND = "Layers and vertices of users";
    private static final int INPUTS = Configurations.INPUTS;
    private static final int CLASSES = Configurations.CLASSES;
    private static final int UNITS = 3;

    private SameDiffLayerRows() {}

    static List<ExactnessRow> rows() {
        return List.of(
                ExactnessRow.network(
                        KIND,
                        "`SameDiffLayer`, `SameDiffLambdaLayer`, `SameDiffOutputLayer`",
                        type -> Networks.builder(type, new Adam(0.01))
                                .l2(0.01)
                                .list()
                                .layer(new Dense())
                                .layer(new Squared())
                                .layer(new SquaredError())
                                .build(),
                        samples(INPUTS)),
                ExactnessRow.graph(
                        KIND,
                        "`SameDiffVertex`, `SameDiffLambdaVertex`",
                        type -> Networks.builder(type, new Adam(0.01))
                                .l2(0.01)
                                .graphBuilder()
                                .addInputs("in")
                                .addVertex("scaled", new Scaled(), "in")
                                .addVertex("sum", new Sum(), "scaled", "in")
                                .addLayer("out", Networks.output(INPUTS, CLASSES), "sum")
                                .setOutputs("out")
                                .build(),
                        samples(INPUTS)));
    }

    private static void initialize(final Map<String, INDArray> parameters) {
        parameters.forEach((name, value) -> value.assign(
                name.equals("W")
                        ? Nd4j.linspace(value.dataType(), -0.5, 0.07, value.length())
                                .reshape(value.shape())
                        : Nd4j.zerosLike(value)));
    }

    /** A dense layer. */
    public static final class Dense extends SameDiffLayer {
        private static final long serialVersionUID = 1;

        @Override
        public InputType getOutputType(final int index, final InputType input) {
            return InputType.feedForward(UNITS);
        }

        @Override
        public void defineParameters(final SDLayerParams parameters) {
            parameters.addWeightParam("W", INPUTS, UNITS);
            parameters.addBiasParam("b", 1, UNITS);
        }

        @Override
        public void initializeParameters(final Map<String, INDArray> parameters) {
            initialize(parameters);
        }

        @Override
        public SDVariable defineLayer(
                final SameDiff graph,
                final SDVariable input,
                final Map<String, SDVariable> parameters,
                final SDVariable mask) {
            return graph.math().tanh(input.mmul(parameters.get("W")).add(parameters.get("b")));
        }
    }

    /** A layer without parameters. */
    public static final class Squared extends SameDiffLambdaLayer {
        private static final long serialVersionUID = 1;

        @Override
        public SDVariable defineLayer(final SameDiff graph, final SDVariable input) {
            return input.mul(input);
        }
    }

    /** A linear layer, and the squared error of what it computes. */
    public static final class SquaredError extends SameDiffOutputLayer {
        private static final long serialVersionUID = 1;

        @Override
        public InputType getOutputType(final int index, final InputType input) {
            return InputType.feedForward(CLASSES);
        }

        @Override
        public void defineParameters(final SDLayerParams parameters) {
            parameters.addWeightParam("W", UNITS, CLASSES);
        }

        @Override
        public void initializeParameters(final Map<String, INDArray> parameters) {
            initialize(parameters);
        }

        @Override
        public SDVariable defineLayer(
                final SameDiff graph,
                final SDVariable input,
                final SDVariable labels,
                final Map<String, SDVariable> parameters) {
            final SDVariable output = input.mmul("out", parameters.get("W"));
            final SDVariable error = output.sub(labels);
            return error.mul(error).mean("score", 1);
        }

        @Override
        public String activationsVertexName() {
            return "out";
        }
    }

    /** A factor for each input. */
    public static final class Scaled extends SameDiffVertex {
        private static final long serialVersionUID = 1;

        @Override
        public GraphVertex clone() {
            return new Scaled();
        }

        @Override
        public void defineParametersAndInputs(final SDVertexParams parameters) {
            parameters.defineInputs("in");
            parameters.addWeightParam("W", 1, INPUTS);
        }

        @Override
        public void initializeParameters(final Map<String, INDArray> parameters) {
            initialize(parameters);
        }

        @Override
        public SDVariable defineVertex(
                final SameDiff graph,
                final Map<String, SDVariable> inputs,
                final Map<String, SDVariable> parameters,
                final Map<String, SDVariable> masks) {
            return inputs.get("in").mul(parameters.get("W"));
        }
    }

    /** The sum of two inputs. */
    public static final class Sum extends SameDiffLambdaVertex {
        private static final long serialVersionUID = 1;

        @Override
        public GraphVertex clone() {
            return new Sum();
        }

        @Override
        public SDVariable defineVertex(final SameDiff graph, final VertexInputs inputs) {
            return inputs.getInput(0).add(inputs.getInput(1));
        }
    }
}
