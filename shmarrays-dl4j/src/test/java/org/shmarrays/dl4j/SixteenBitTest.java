package org.shmarrays.dl4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.constraint.MaxNormConstraint;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.util.ModelSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.adapter.SingletonDataSetIterator;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.learning.GradientUpdater;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Nesterovs;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.learning.regularization.L2Regularization;
import org.shmarrays.ArrayHandle;
import org.shmarrays.ChunkPush;
import org.shmarrays.ShmArrays;
import org.shmarrays.layout.ElementType;
import org.shmarrays.layout.Mode;
import org.shmarrays.layout.Rounding;
import org.shmarrays.nd4j.ChunkArrays;
import org.shmarrays.nd4j.DeviceMemory;
import org.shmarrays.nd4j.UpdaterSlice;
import org.shmarrays.worker.Worker;

/** Networks of type HALF, whose shared values are rounded to float16, while all else is float32. */
class SixteenBitTest {
    private static final long SEED = Long.getLong("seed", 20261205);
    private static final double L2 = 0.01;
    private static final int FITS = 12;
    private static final int STEPS_IN_THREADS = 200;

    @TempDir
    private Path directory;

    private TrainingOptions options(final Mode mode) {
        return Trained.options(directory, mode);
    }

    private static MultiLayerConfiguration small(final IUpdater updater) {
        return Networks.dense(
                Networks.builder(DataType.FLOAT16, updater).l2(L2), Configurations.INPUTS, 9, Configurations.CLASSES);
    }

    private static DataSet batch(final int i) {
        return Batches.ofSamples(DataType.FLOAT16, Configurations.INPUTS, i);
    }

    private static Stream<Arguments> cases() {
        return Stream.of(Mode.LOCKED, Mode.HOGWILD, Mode.ORDERED)
                .flatMap(mode -> Stream.of(new Adam(0.01), new Nesterovs(0.05, 0.9), new Sgd(0.1))
                        .flatMap(updater -> Stream.<BiFunction<ArrayHandle, ChunkPush, ChunkArrays>>of(
                                        ChunkArrays::of, DeviceMemory::of)
                                .map(memory -> Arguments.of(mode, updater, memory))));
    }

    /**
     * What training is expected to compute: DL4J's gradient of type HALF, divided by the number of samples as DL4J does
     * it; then regularisation, ND4J's updater and the difference in float32; then the values are rounded, and the state
     * is not.
     */
    private static final class Reference {
        private final MultiLayerNetwork network;
        private final IUpdater config;
        private final Map<String, INDArray> state = new HashMap<>();
        private final GradientUpdater<?> updater;

        Reference(final MultiLayerNetwork network, final IUpdater config) {
            this.network = network;
            this.config = config;
            for (final String key : UpdaterSlice.stateKeys(config)) {
                state.put(key, Nd4j.zeros(DataType.FLOAT, network.numParams()));
            }
            updater = config.instantiate(state, true);
            network.initGradientsView();
        }

        void fit(final DataSet batch, final int iteration) {
            network.setInput(batch.getFeatures());
            network.setLabels(batch.getLabels());
            network.computeGradientAndScore();
            final long n = network.numParams();
            final INDArray gradient = network.getFlattenedGradients()
                    .reshape(n)
                    .div(batch.numExamples())
                    .castTo(DataType.FLOAT);
            final INDArray values = network.params().reshape(n).castTo(DataType.FLOAT);
            final double rate = config.getLearningRate(iteration, 0);
            network.paramTable().forEach((name, parameter) -> {
                if (name.endsWith("W")) {
                    final long from = parameter.offset() - network.params().offset();
                    final var part = NDArrayIndex.interval(from, from + parameter.length());
                    new L2Regularization(L2).apply(values.get(part), gradient.get(part), rate, iteration, 0);
                }
            });
            updater.applyUpdater(gradient, iteration, 0);
            network.params()
                    .assign(values.subi(gradient)
                            .castTo(DataType.FLOAT16)
                            .reshape(network.params().shape()));
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void shouldComputeInFloat32WithRoundedValues(
            final Mode mode, final IUpdater updater, final BiFunction<ArrayHandle, ChunkPush, ChunkArrays> memory) {
        final MultiLayerNetwork joined = Trained.network(small(updater));
        final Reference reference = new Reference(joined.clone(), updater);
        try (SharedTraining training = SharedTraining.join(joined, options(mode).withMemory(memory))) {
            for (int i = 0; i < FITS; i++) {
                joined.fit(batch(i));
                reference.fit(batch(i), i);
                assertThat(joined.params().castTo(DataType.FLOAT).toFloatVector())
                        .as("parameters after step %s", i)
                        .isEqualTo(reference
                                .network
                                .params()
                                .castTo(DataType.FLOAT)
                                .toFloatVector());
            }
            final ArrayHandle shared = training.arrays().arrays().array("params");
            assertThat(shared.elementType()).isEqualTo(ElementType.FLOAT16);
            final List<String> keys = UpdaterSlice.stateKeys(updater);
            for (int k = 0; k < keys.size(); k++) {
                final float[] stored = new float[shared.elementCount()];
                shared.readStateInto(k, stored);
                assertThat(stored)
                        .as("state %s in float32", keys.get(k))
                        .isEqualTo(reference.state.get(keys.get(k)).toFloatVector());
            }
        }
        assertThat(joined.params().castTo(DataType.FLOAT).toFloatVector())
                .as("parameters after the training")
                .isEqualTo(reference.network.params().castTo(DataType.FLOAT).toFloatVector());
    }

    /** The square of a gradient, and 1e-8 in Adam's divisor, are 0 in HALF: a plain fit divides 0 by 0. */
    @Test
    void shouldTrainWithAdamWherePlainFitCannot() {
        final MultiLayerNetwork plain = Trained.network(small(new Adam(0.01)));
        final MultiLayerNetwork joined = plain.clone();
        for (int i = 0; i < FITS; i++) {
            plain.fit(batch(i));
        }
        try (SharedTraining training = SharedTraining.join(joined, options(Mode.LOCKED))) {
            for (int i = 0; i < FITS; i++) {
                training.fit(batch(i));
            }
        }
        assertThat(plain.params().isNaN().any()).as("NaN in a plain fit").isTrue();
        assertThat(joined.params().isNaN().any()).as("NaN in a training").isFalse();
    }

    @ParameterizedTest
    @EnumSource(
            value = Mode.class,
            names = {"HOGWILD", "LOCKED"})
    void shouldLearnInTwoThreadsWhatNoLineSeparates(final Mode mode) throws Exception {
        final MultiLayerNetwork[] networks = new MultiLayerNetwork[2];
        final Thread[] workers = new Thread[networks.length];
        for (int rank = 0; rank < workers.length; rank++) {
            networks[rank] =
                    Trained.network(Networks.dense(Networks.builder(DataType.FLOAT16, new Adam(0.02)), 2, 8, 2));
            final SharedTraining training = SharedTraining.join(
                    networks[rank],
                    options(mode).withRounding(Rounding.stochastic(SEED)).withWorker(Worker.of(rank, workers.length)));
            final long seed = SEED + 1000L * (1 + rank);
            workers[rank] = new Thread(() -> {
                try (training) {
                    for (int step = 0; step < STEPS_IN_THREADS; step++) {
                        training.fit(Networks.exclusiveOr(DataType.FLOAT16, 16, seed + step));
                    }
                }
            });
        }
        for (final Thread worker : workers) {
            worker.start();
        }
        for (final Thread worker : workers) {
            worker.join();
        }

        try (SharedModel model = SharedModel.attach(Trained.SEGMENT, Trained.settings(directory))) {
            assertThat(model.iteration()).isEqualTo(2 * STEPS_IN_THREADS);
            assertThat(model.network().params().dataType()).isEqualTo(DataType.FLOAT16);
            assertThat(model.network()
                            .evaluate(new SingletonDataSetIterator(Networks.exclusiveOr(DataType.FLOAT16, 1000, SEED)))
                            .accuracy())
                    .as("seed %s", SEED)
                    .isGreaterThan(0.99);
        }
    }

    /**
     * Under locks chance is repeated. Steps of less than half of the last place count, which are lost otherwise: from
     * 2^-7 on the last place is 2^-17, and a step is 1e-6 times a gradient below 1.
     */
    @Test
    void shouldRoundStochastically() {
        final double[] before = Trained.parameters(Trained.network(small(new Sgd(1e-6))));
        final double[] nearest = trained(Rounding.NEAREST);
        final double[] first = trained(Rounding.stochastic(5));
        final double[] second = trained(Rounding.stochastic(5));

        assertThat(second).isEqualTo(first);
        assertThat(movedLarge(before, nearest)).isZero();
        assertThat(movedLarge(before, first)).isPositive();
    }

    private static long movedLarge(final double[] before, final double[] after) {
        return IntStream.range(0, before.length)
                .filter(i -> Math.abs(before[i]) >= 0x1p-7 && after[i] != before[i])
                .count();
    }

    private double[] trained(final Rounding rounding) {
        final MultiLayerNetwork network = Trained.network(small(new Sgd(1e-6)));
        try (SharedTraining training =
                SharedTraining.join(network, options(Mode.LOCKED).withRounding(rounding))) {
            for (int i = 0; i < FITS; i++) {
                training.fit(batch(i));
            }
        }
        ShmArrays.remove(Trained.SEGMENT, Trained.settings(directory));
        return Trained.parameters(network);
    }

    /** DL4J keeps state of type HALF: it is rounded when the training gives it, and widened when one begins. */
    @Test
    void shouldRoundTheStateItGivesAndWidenTheStateItTakes() throws IOException {
        final Path file = directory.resolve("network.zip");
        final MultiLayerNetwork network = Trained.network(small(new Nesterovs(0.05, 0.9)));
        final INDArray rounded;
        try (SharedTraining training = SharedTraining.join(network, options(Mode.LOCKED))) {
            for (int i = 0; i < FITS; i++) {
                training.fit(batch(i));
            }
            final float[] state = new float[Math.toIntExact(network.numParams())];
            training.arrays().arrays().array("params").readStateInto(0, state);
            rounded = Nd4j.createFromArray(state).castTo(DataType.FLOAT16);
            assertThat(rounded.castTo(DataType.FLOAT).toFloatVector()).isNotEqualTo(state);
            assertThat(network.getUpdater().getStateViewArray()).isEqualTo(rounded);
            training.save(file);
        }
        ShmArrays.remove(Trained.SEGMENT, Trained.settings(directory));
        assertThat(network.getUpdater().getStateViewArray()).isEqualTo(rounded);

        final MultiLayerNetwork restored = ModelSerializer.restoreMultiLayerNetwork(file.toFile(), true);

        assertThat(restored.params()).isEqualTo(network.params());
        assertThat(restored.getUpdater().getStateViewArray().reshape(rounded.length()))
                .isEqualTo(rounded);
        try (SharedTraining training = SharedTraining.join(restored, options(Mode.LOCKED))) {
            final float[] state = new float[Math.toIntExact(restored.numParams())];
            training.arrays().arrays().array("params").readStateInto(0, state);
            assertThat(state).isEqualTo(rounded.castTo(DataType.FLOAT).toFloatVector());
        }
    }

    @Test
    void shouldTrainGraphs() {
        final ComputationGraph graph = new ComputationGraph(Networks.builder(DataType.FLOAT16, new Adam(0.01))
                .graphBuilder()
                .addInputs("in")
                .addLayer("out", Networks.output(Configurations.INPUTS, Configurations.CLASSES), "in")
                .setOutputs("out")
                .build());
        graph.init();
        final INDArray before = graph.params().dup();
        try (SharedTraining training = SharedTraining.join(graph, options(Mode.HOGWILD))) {
            training.fit(batch(0));
            assertThat(training.arrays().read("params").get("params").castTo(DataType.FLOAT16))
                    .isEqualTo(graph.params().reshape(graph.numParams()))
                    .isNotEqualTo(before.reshape(graph.numParams()));
        }
    }

    @Test
    void shouldRefuseConstraints() {
        final MultiLayerNetwork network = Trained.network(Networks.dense(
                Networks.builder(DataType.FLOAT16, new Sgd(0.1)).constrainWeights(new MaxNormConstraint(1, 1)),
                2,
                3,
                2));
        assertThatThrownBy(() -> SharedTraining.join(network, options(Mode.LOCKED)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("constraints of 16-bit networks can't be shared, because DL4J computes them from rounded"
                        + " parameters: layer=0, type=HALF; use dataType(DataType.FLOAT), or no constraints");
    }

    /** DL4J 1.0.0-M2.1 has no networks of type BFLOAT16. */
    @Test
    void shouldFindNoNetworksOfTypeBfloat16() {
        assertThatThrownBy(() -> Networks.builder(DataType.BFLOAT16, new Sgd(0.1)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("BFLOAT16");
    }

    @Test
    void shouldRefuseStochasticRoundingOfOtherTypes() {
        assertThatThrownBy(() -> SharedTraining.join(
                        Trained.network(Trained.dense(new Sgd(0.1))),
                        options(Mode.LOCKED).withRounding(Rounding.stochastic(1))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("stochastic rounding is for FLOAT16 and BFLOAT16");
    }
}
