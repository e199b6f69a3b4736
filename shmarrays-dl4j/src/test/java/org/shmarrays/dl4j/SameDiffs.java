package org.shmarrays.dl4j;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.BiConsumer;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.TrainingConfig;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Nesterovs;

/** Small SameDiff graphs of many kinds, by a name that says what is particular about each. */
final class SameDiffs {
    static final int INPUTS = 5;
    static final int CLASSES = 3;
    private static final int HIDDEN = 6;
    private static final int SAMPLES = 4;

    /** A graph, made the same each time, and its batches by number. */
    record Row(Supplier<SameDiff> graph, IntFunction<MultiDataSet> batches) {}

    private SameDiffs() {}

    static Map<String, Row> rows(final DataType type) {
        final Map<String, Row> rows = new LinkedHashMap<>();
        for (final IUpdater updater : Configurations.updaters()) {
            add(
                    rows,
                    type,
                    updater.getClass().getSimpleName() + " with L1 and L2",
                    config(updater).l1(0.001).l2(0.01),
                    (graph, z) -> {});
        }
        add(
                rows,
                type,
                "weight decay with the learning rate, and L2",
                config(new Adam(0.01)).l2(0.01).weightDecay(0.02, true),
                (graph, z) -> {});
        add(
                rows,
                type,
                "weight decay without the learning rate",
                config(new Nesterovs(0.01, 0.9)).weightDecay(0.001, false),
                (graph, z) -> {});
        add(rows, type, "maximising", config(new Adam(0.001)).minimize(false), (graph, z) -> {});
        add(rows, type, "two losses", config(new Adam(0.01)).l2(0.01), (graph, z) -> {
            graph.math().square(graph.getVariable("w1")).mean("small");
            graph.setLossVariables("loss", "small");
        });
        add(
                rows,
                type,
                "variables without gradient, between others",
                config(new Adam(0.01)).l2(0.01),
                (graph, z) -> {
                    graph.var("b5", Nd4j.rand(type, 3, 3));
                    graph.math().sin("unused", graph.var("wunused", Nd4j.rand(type, 7)));
                });
        add(
                rows,
                type,
                "a constant, a frozen variable and a scalar",
                config(new Adam(0.01)).l2(0.01),
                (graph, z) -> {
                    final SDVariable scale = graph.var("scale", Nd4j.scalar(type, 1.5));
                    final SDVariable half = graph.constant("half", Nd4j.scalar(type, 0.5));
                    graph.loss()
                            .softmaxCrossEntropy(
                                    "scaled",
                                    graph.getVariable("label"),
                                    z.mul(scale).mul(half),
                                    null);
                    graph.setLossVariables("scaled");
                    graph.getVariable("w0").convertToConstant();
                });
        add(rows, type, "a row in Fortran order, and a part of an array", config(new Adam(0.01)), (graph, z) -> {
            final SDVariable row = graph.var("row", Nd4j.rand(type, 1, CLASSES).dup('f'));
            final SDVariable part =
                    graph.var("part", Nd4j.rand(type, 4, CLASSES).getRow(2, true));
            graph.loss()
                    .softmaxCrossEntropy(
                            "shifted", graph.getVariable("label"), z.mul(row).add(part), null);
            graph.setLossVariables("shifted");
        });
        rows.put("masks", new Row(() -> masked(type), i -> sequences(type, i)));
        return rows;
    }

    private static void add(
            final Map<String, Row> rows,
            final DataType type,
            final String name,
            final TrainingConfig.Builder config,
            final BiConsumer<SameDiff, SDVariable> more) {
        rows.put(
                name,
                new Row(
                        () -> {
                            final SameDiff graph = perceptron(type);
                            more.accept(graph, graph.getVariable("z"));
                            graph.setTrainingConfig(config.build());
                            return graph;
                        },
                        i -> samples(type, i)));
    }

    static TrainingConfig.Builder config(final IUpdater updater) {
        return new TrainingConfig.Builder()
                .updater(updater)
                .dataSetFeatureMapping("input")
                .dataSetLabelMapping("label");
    }

    /** Two layers with variables w0, b0, w1 and b1, and the array z of logits; not configured. */
    static SameDiff perceptron(final DataType type) {
        return perceptron(type, INPUTS, CLASSES);
    }

    static SameDiff perceptron(final DataType type, final int inputs, final int classes) {
        Nd4j.getRandom().setSeed(11);
        final SameDiff graph = SameDiff.create();
        final SDVariable input = graph.placeHolder("input", type, -1, inputs);
        final SDVariable label = graph.placeHolder("label", type, -1, classes);
        final SDVariable w0 = graph.var("w0", Nd4j.randn(type, inputs, HIDDEN).muli(0.5));
        final SDVariable b0 = graph.var("b0", Nd4j.zeros(type, 1, HIDDEN));
        final SDVariable w1 = graph.var("w1", Nd4j.randn(type, HIDDEN, classes).muli(0.5));
        final SDVariable b1 = graph.var("b1", Nd4j.zeros(type, 1, classes));
        final SDVariable hidden = graph.nn().tanh(input.mmul(w0).add(b0));
        final SDVariable z = hidden.mmul(w1).add("z", b1);
        graph.nn().softmax("out", z);
        graph.loss().softmaxCrossEntropy("loss", label, z, null);
        graph.setLossVariables("loss");
        return graph;
    }

    /** A graph that is configured. */
    static SameDiff perceptron(final DataType type, final IUpdater updater) {
        final SameDiff graph = perceptron(type);
        graph.setTrainingConfig(config(updater).l2(0.01).build());
        return graph;
    }

    static MultiDataSet samples(final DataType type, final int seed) {
        final Random random = new Random(seed);
        final INDArray features = uniform(random, type, SAMPLES, INPUTS);
        final INDArray labels = Nd4j.zeros(type, SAMPLES, CLASSES);
        for (int i = 0; i < SAMPLES; i++) {
            labels.putScalar(i, random.nextInt(CLASSES), 1);
        }
        return new org.nd4j.linalg.dataset.MultiDataSet(features, labels);
    }

    /** A linear layer on each step of a sequence, of which a mask says what counts. */
    private static SameDiff masked(final DataType type) {
        Nd4j.getRandom().setSeed(12);
        final SameDiff graph = SameDiff.create();
        final SDVariable input = graph.placeHolder("input", type, -1, INPUTS);
        final SDVariable label = graph.placeHolder("label", type, -1, CLASSES);
        final SDVariable mask = graph.placeHolder("mask", type, -1, 1);
        final SDVariable w = graph.var("w", Nd4j.randn(type, INPUTS, CLASSES));
        graph.loss().meanSquaredError("loss", label, input.mmul(w), mask);
        graph.setLossVariables("loss");
        graph.setTrainingConfig(
                config(new Adam(0.01)).dataSetLabelMaskMapping("mask").build());
        return graph;
    }

    private static MultiDataSet sequences(final DataType type, final int seed) {
        final Random random = new Random(seed);
        final INDArray mask = Nd4j.zeros(type, SAMPLES, 1);
        for (int i = 0; i < SAMPLES; i++) {
            mask.putScalar(i, 0, i == 0 || random.nextBoolean() ? 1 : 0);
        }
        return new org.nd4j.linalg.dataset.MultiDataSet(
                new INDArray[] {uniform(random, type, SAMPLES, INPUTS)},
                new INDArray[] {uniform(random, type, SAMPLES, CLASSES)},
                null,
                new INDArray[] {mask});
    }

    private static INDArray uniform(final Random random, final DataType type, final long rows, final long columns) {
        return Nd4j.createFromArray(random.doubles(rows * columns, -1, 1).toArray())
                .castTo(type)
                .reshape(rows, columns);
    }

    /** All variables of type VARIABLE, by name. */
    static Map<String, double[]> values(final SameDiff graph) {
        final Map<String, double[]> values = new LinkedHashMap<>();
        for (final String name : SameDiffVariable.names(graph)) {
            values.put(name, vector(graph.getVariable(name).getArr()));
        }
        return values;
    }

    /** All updater state, by variable and key. */
    static Map<String, double[]> state(final SameDiff graph) {
        final Map<String, double[]> states = new LinkedHashMap<>();
        for (final String name : SameDiffVariable.names(graph)) {
            final org.nd4j.linalg.learning.GradientUpdater<?> updater =
                    graph.getUpdaterMap().get(name);
            final List<String> keys = new ArrayList<>(updater.getState().keySet());
            keys.sort(null);
            keys.forEach(key ->
                    states.put(name + " " + key, vector(updater.getState().get(key))));
        }
        return states;
    }

    private static double[] vector(final INDArray array) {
        return array.dup('c').reshape(array.length()).toDoubleVector();
    }
}
