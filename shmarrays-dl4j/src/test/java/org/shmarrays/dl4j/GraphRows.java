package org.shmarrays.dl4j;

import static org.shmarrays.dl4j.ExactnessRow.samples;
import static org.shmarrays.dl4j.ExactnessRow.shape;
import static org.shmarrays.dl4j.ExactnessRow.values;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.UnaryOperator;
import org.deeplearning4j.nn.conf.BackpropType;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration.GraphBuilder;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.constraint.MaxNormConstraint;
import org.deeplearning4j.nn.conf.graph.ElementWiseVertex;
import org.deeplearning4j.nn.conf.graph.FrozenVertex;
import org.deeplearning4j.nn.conf.graph.L2NormalizeVertex;
import org.deeplearning4j.nn.conf.graph.L2Vertex;
import org.deeplearning4j.nn.conf.graph.LayerVertex;
import org.deeplearning4j.nn.conf.graph.MergeVertex;
import org.deeplearning4j.nn.conf.graph.PoolHelperVertex;
import org.deeplearning4j.nn.conf.graph.PreprocessorVertex;
import org.deeplearning4j.nn.conf.graph.ReshapeVertex;
import org.deeplearning4j.nn.conf.graph.ScaleVertex;
import org.deeplearning4j.nn.conf.graph.ShiftVertex;
import org.deeplearning4j.nn.conf.graph.StackVertex;
import org.deeplearning4j.nn.conf.graph.SubsetVertex;
import org.deeplearning4j.nn.conf.graph.UnstackVertex;
import org.deeplearning4j.nn.conf.graph.rnn.DuplicateToTimeSeriesVertex;
import org.deeplearning4j.nn.conf.graph.rnn.LastTimeStepVertex;
import org.deeplearning4j.nn.conf.graph.rnn.ReverseTimeSeriesVertex;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.LSTM;
import org.deeplearning4j.nn.conf.layers.RnnOutputLayer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayer;
import org.deeplearning4j.nn.conf.preprocessor.CnnToFeedForwardPreProcessor;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;
import org.shmarrays.dl4j.ExactnessRow.BatchSource;

/** Graphs, and the vertices in them. */
final class GraphRows {
    private static final int INPUTS = Configurations.INPUTS;
    private static final int CLASSES = Configurations.CLASSES;
    private static final int STEPS = Batches.STEPS;
    private static final int UNITS = 3;

    private final List<ExactnessRow> rows = new ArrayList<>();

    private GraphRows() {}

    static List<ExactnessRow> rows() {
        final GraphRows table = new GraphRows();
        table.addFromOneInput();
        table.addFromTwoInputs();
        table.addOfSequences();
        return table.rows;
    }

    private void add(final String name, final BatchSource batches, final UnaryOperator<GraphBuilder> vertices) {
        rows.add(ExactnessRow.graph(
                "Graphs and vertices",
                name,
                type -> vertices.apply(
                                Networks.builder(type, new Adam(0.01)).l2(0.01).graphBuilder())
                        .build(),
                batches));
    }

    private static DenseLayer dense(final int inputs) {
        return FeedForwardRows.dense(inputs, UNITS);
    }

    private static GraphBuilder withOutput(final GraphBuilder builder, final int inputs, final String last) {
        return builder.addLayer("out", Networks.output(inputs, CLASSES), last).setOutputs("out");
    }

    private void addFromOneInput() {
        for (final ElementWiseVertex.Op op : ElementWiseVertex.Op.values()) {
            add(
                    "`ElementWiseVertex`, " + op + ", around a layer",
                    samples(INPUTS),
                    builder -> withOutput(
                            builder.addInputs("in")
                                    .addLayer("a", dense(INPUTS), "in")
                                    .addLayer("b", dense(UNITS), "a")
                                    .addVertex("sum", new ElementWiseVertex(op), "a", "b"),
                            UNITS,
                            "sum"));
        }
        add("`LayerVertex`, `MergeVertex`, `SubsetVertex`, `ScaleVertex`, `ShiftVertex`", samples(INPUTS), builder -> {
            builder.addInputs("in")
                    .addLayer("a", dense(INPUTS), "in")
                    .addLayer("b", dense(INPUTS), "in")
                    .addVertex("merged", new MergeVertex(), "a", "b")
                    .addVertex("subset", new SubsetVertex(1, 4), "merged")
                    .addVertex("scaled", new ScaleVertex(0.5), "subset")
                    .addVertex("shifted", new ShiftVertex(0.1), "scaled");
            return withOutput(builder, 4, "shifted");
        });
        add(
                "`ReshapeVertex`, `L2NormalizeVertex`",
                samples(INPUTS),
                builder -> withOutput(
                        builder.addInputs("in")
                                .addLayer("a", FeedForwardRows.dense(INPUTS, 4), "in")
                                .addVertex("normalized", new L2NormalizeVertex(), "a")
                                .addVertex("reshaped", new ReshapeVertex(-1, 2), "normalized")
                                .addVertex("back", new ReshapeVertex(-1, 4), "reshaped"),
                        4,
                        "back"));
        add(
                "`FrozenVertex`",
                samples(INPUTS),
                builder -> withOutput(
                        builder.addInputs("in")
                                .addVertex("frozen", new FrozenVertex(vertex(INPUTS)), "in")
                                .addLayer("a", dense(UNITS), "frozen"),
                        UNITS,
                        "a"));
        add(
                "`PoolHelperVertex`, `PreprocessorVertex`",
                values(shape(1, 4, 4), shape(CLASSES)),
                builder -> withOutput(
                        builder.addInputs("in")
                                .addLayer(
                                        "a",
                                        new ConvolutionLayer.Builder(2, 2)
                                                .nIn(1)
                                                .nOut(2)
                                                .build(),
                                        "in")
                                .addVertex("cut", new PoolHelperVertex(), "a")
                                .addVertex(
                                        "flat",
                                        new PreprocessorVertex(new CnnToFeedForwardPreProcessor(2, 2, 2)),
                                        "cut"),
                        8,
                        "flat"));
    }

    private static LayerVertex vertex(final int inputs) {
        final DenseLayer layer = dense(inputs);
        layer.setLayerName("frozen");
        return new LayerVertex(
                Networks.builder(DataType.FLOAT, new Adam(0.01)).layer(layer).build(), null);
    }

    private void addFromTwoInputs() {
        add(
                "`StackVertex`, `UnstackVertex`, `L2Vertex`, two inputs through the same layer",
                GraphRows::pairs,
                builder -> withOutput(
                        builder.addInputs("in", "other")
                                .addVertex("stacked", new StackVertex(), "in", "other")
                                .addLayer("a", dense(INPUTS), "stacked")
                                .addVertex("first", new UnstackVertex(0, 2), "a")
                                .addVertex("second", new UnstackVertex(1, 2), "a")
                                .addVertex("distance", new L2Vertex(), "first", "second")
                                .addVertex("merged", new MergeVertex(), "first", "distance"),
                        UNITS + 1,
                        "merged"));
        add(
                "several inputs and outputs, truncated backpropagation, a `FrozenLayer`, constraints",
                GraphRows::mixed,
                builder -> {
                    builder.addInputs("sequence", "sample")
                            .addLayer(
                                    "lstm",
                                    new LSTM.Builder()
                                            .dataFormat(RNNFormat.NCW)
                                            .nIn(INPUTS)
                                            .nOut(UNITS)
                                            .constrainWeights(new MaxNormConstraint(0.3, 1))
                                            .build(),
                                    "sequence")
                            .addLayer("frozen", new FrozenLayer(dense(INPUTS)), "sample")
                            .addLayer("dense", dense(UNITS), "frozen")
                            .addVertex("repeated", new DuplicateToTimeSeriesVertex("sequence"), "dense")
                            .addVertex("merged", new MergeVertex(), "lstm", "repeated")
                            .addLayer("steps", sequenceOutput(2 * UNITS), "merged")
                            .addLayer("more", sequenceOutput(UNITS), "lstm")
                            .setOutputs("steps", "more")
                            .backpropType(BackpropType.TruncatedBPTT)
                            .tBPTTForwardLength(3)
                            .tBPTTBackwardLength(3);
                    return builder;
                });
    }

    private static MultiDataSet pairs(final DataType type, final int number) {
        final Random random = new Random(number);
        return new MultiDataSet(
                new INDArray[] {
                    Batches.values(random, type, Batches.SAMPLES, INPUTS),
                    Batches.values(random, type, Batches.SAMPLES, INPUTS)
                },
                new INDArray[] {Batches.classes(random, type, Batches.SAMPLES, CLASSES)});
    }

    private static MultiDataSet mixed(final DataType type, final int number) {
        final Random random = new Random(number);
        return new MultiDataSet(
                new INDArray[] {
                    Batches.values(random, type, Batches.SAMPLES, INPUTS, STEPS),
                    Batches.values(random, type, Batches.SAMPLES, INPUTS)
                },
                new INDArray[] {
                    Batches.classes(random, type, Batches.SAMPLES, CLASSES, STEPS),
                    Batches.classes(random, type, Batches.SAMPLES, CLASSES, STEPS)
                });
    }

    private static RnnOutputLayer sequenceOutput(final int inputs) {
        return new RnnOutputLayer.Builder(LossFunction.MCXENT)
                .dataFormat(RNNFormat.NCW)
                .nIn(inputs)
                .nOut(CLASSES)
                .activation(Activation.SOFTMAX)
                .build();
    }

    private void addOfSequences() {
        final LSTM lstm = new LSTM.Builder()
                .dataFormat(RNNFormat.NCW)
                .nIn(INPUTS)
                .nOut(UNITS)
                .build();
        add(
                "`ReverseTimeSeriesVertex`, `LastTimeStepVertex`, `DuplicateToTimeSeriesVertex`",
                values(shape(INPUTS, STEPS), shape(CLASSES, STEPS)),
                builder -> builder.addInputs("in")
                        .addLayer("lstm", lstm, "in")
                        .addVertex("reversed", new ReverseTimeSeriesVertex("in"), "lstm")
                        .addVertex("last", new LastTimeStepVertex("in"), "reversed")
                        .addVertex("repeated", new DuplicateToTimeSeriesVertex("in"), "last")
                        .addVertex("merged", new MergeVertex(), "lstm", "repeated")
                        .addLayer("out", sequenceOutput(2 * UNITS), "merged")
                        .setOutputs("out"));
    }
}
