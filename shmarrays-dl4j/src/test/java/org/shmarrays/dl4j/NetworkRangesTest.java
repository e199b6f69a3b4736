package org.shmarrays.dl4j;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.conf.stepfunctions.DefaultStepFunction;
import org.deeplearning4j.nn.conf.stepfunctions.GradientStepFunction;
import org.deeplearning4j.nn.conf.stepfunctions.NegativeDefaultStepFunction;
import org.deeplearning4j.nn.conf.stepfunctions.NegativeGradientStepFunction;
import org.deeplearning4j.nn.conf.stepfunctions.StepFunction;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.updater.UpdaterBlock;
import org.deeplearning4j.optimize.stepfunctions.StepFunctions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.learning.config.Sgd;
import org.shmarrays.nd4j.UpdaterKernels;
import org.shmarrays.nd4j.UpdaterSlice;
import org.shmarrays.nd4j.UpdaterSlice.Objective;

class NetworkRangesTest {
    private static final long SEED = Long.getLong("seed", 20261202);
    private static final int STEPS = 5;

    private static INDArray cut(final INDArray vector, final int from, final int to) {
        return vector.get(NDArrayIndex.interval(from, to));
    }

    /** Ranges cut at random indices, as partitions cut them. */
    private static List<UpdaterSlice> slices(
            final Random random,
            final NetworkRanges network,
            final INDArray values,
            final INDArray gradient,
            final List<INDArray> states) {
        final TreeSet<Integer> cuts = new TreeSet<>();
        random.ints(random.nextInt(20), 1, network.elementCount()).forEach(cuts::add);
        network.ranges().forEach(range -> cuts.add(range.to()));
        final UpdaterKernels kernels = UpdaterKernels.of(values.dataType());
        final List<UpdaterSlice> slices = new ArrayList<>();
        int first = 0;
        for (final int end : cuts) {
            final int from = first;
            final UpdaterRange range = network.ranges().stream()
                    .filter(candidate -> candidate.from() <= from && end <= candidate.to())
                    .findFirst()
                    .orElseThrow();
            slices.add(range.slice(
                    from,
                    cut(values, from, end),
                    cut(gradient, from, end),
                    states.stream().map(state -> cut(state, from, end)).toList(),
                    network.objective(),
                    kernels));
            first = end;
        }
        return slices;
    }

    /** Expected numbers are those of DL4J's own updater blocks. */
    @ParameterizedTest
    @EnumSource(
            value = DataType.class,
            names = {"FLOAT", "DOUBLE"})
    void shouldUpdateAsDl4jsBlocksToTheLastBit(final DataType type) {
        final Random random = new Random(SEED);
        Configurations.models(type).forEach((name, model) -> checkUpdates(random, name, model));
    }

    private static void checkUpdates(final Random random, final String name, final Model model) {
        Nd4j.getRandom().setSeed(random.nextLong());
        final NetworkRanges network = NetworkRanges.of(Configurations.updater(model));
        final StateLayout layout = new StateLayout(network);
        final INDArray flatState = Configurations.updater(model).getStateViewArray();
        final INDArray expected = model.params().reshape(model.params().length());
        final INDArray values = expected.dup();
        final INDArray gradient = values.like();
        final List<INDArray> states = IntStream.range(0, network.stateCount())
                .mapToObj(i -> values.like())
                .toList();
        layout.toArrays(flatState, states);
        final List<UpdaterSlice> slices = slices(random, network, values, gradient, states);
        for (int iteration = 0; iteration < STEPS; iteration++) {
            final INDArray update = Nd4j.randn(values.dataType(), values.length());
            gradient.assign(update);
            for (final UpdaterBlock block : Configurations.updater(model).getUpdaterBlocks()) {
                if (!block.skipDueToPretrainConfig(false)) {
                    block.updateExternalGradient(iteration, 0, update, expected);
                }
            }
            expected.subi(update);
            for (final UpdaterSlice slice : slices) {
                slice.apply(iteration, 0);
            }
        }
        final String description = name + ", seed " + SEED;
        assertThat(values.toDoubleVector()).as(description).isEqualTo(expected.toDoubleVector());
        if (flatState != null) {
            assertThat(layout.toFlat(states, values.dataType()).toDoubleVector())
                    .as(description)
                    .isEqualTo(flatState.reshape(flatState.length()).toDoubleVector());
        }
    }

    @Test
    void shouldNameParametersAsDl4jsTable() {
        Configurations.models(DataType.FLOAT).forEach((name, model) -> {
            final List<NetworkParameter> parameters = model instanceof MultiLayerNetwork network
                    ? NetworkParameter.of(network)
                    : NetworkParameter.of((org.deeplearning4j.nn.graph.ComputationGraph) model);
            assertThat(parameters.stream().map(NetworkParameter::name).toList())
                    .as(name)
                    .containsExactlyElementsOf(model.paramTable().keySet());
        });
    }

    /** The step functions themselves say which way they go. */
    @Test
    void shouldStepInTheDirectionOfTheStepFunction() {
        final List<StepFunction> functions = List.of(
                new NegativeGradientStepFunction(),
                new NegativeDefaultStepFunction(),
                new GradientStepFunction(),
                new DefaultStepFunction());
        for (final StepFunction function : functions) {
            final MultiLayerNetwork network =
                    new MultiLayerNetwork(Networks.dense(Networks.builder(DataType.DOUBLE, new Sgd(0.1)), 2, 3, 2));
            network.init();
            network.conf().setStepFunction(function);
            final INDArray value = Nd4j.zeros(DataType.DOUBLE, 1);
            StepFunctions.createStepFunction(function).step(value, Nd4j.ones(DataType.DOUBLE, 1));

            assertThat(NetworkRanges.objective(network.conf()))
                    .as("%s", function)
                    .isEqualTo(value.getDouble(0) > 0 ? Objective.MAXIMIZE : Objective.MINIMIZE);
        }
    }
}
