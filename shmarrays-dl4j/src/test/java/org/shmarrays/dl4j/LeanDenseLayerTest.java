package org.shmarrays.dl4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration.ListBuilder;
import org.deeplearning4j.nn.conf.graph.ElementWiseVertex;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayer;
import org.deeplearning4j.nn.conf.weightnoise.DropConnect;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Sgd;
import org.shmarrays.layout.Mode;

/** Every result is compared with that of DL4J's own layers, to the last bit. */
class LeanDenseLayerTest {
    private static final int INPUTS = 5;
    private static final int UNITS = 4;
    private static final int CLASSES = 3;

    @TempDir
    private Path directory;

    private TrainingOptions options(final Mode mode) {
        return Trained.options(directory, mode);
    }

    private static DataSet batch(final int samples, final int seed) {
        Nd4j.getRandom().setSeed(seed);
        final INDArray labels = Nd4j.zeros(DataType.FLOAT, samples, CLASSES);
        for (int i = 0; i < samples; i++) {
            labels.putScalar(i, (i + seed) % CLASSES, 1);
        }
        return new DataSet(Nd4j.randn(DataType.FLOAT, samples, INPUTS), labels);
    }

    private static DenseLayer.Builder dense(final int inputs) {
        return new DenseLayer.Builder().nIn(inputs).nOut(UNITS);
    }

    private static ListBuilder list() {
        return Networks.builder(DataType.FLOAT, new Sgd(0.01)).list();
    }

    private static MultiLayerNetwork network(final DenseLayer first, final DenseLayer second) {
        final MultiLayerNetwork network = new MultiLayerNetwork(list().layer(first)
                .layer(second)
                .layer(Networks.output(UNITS, CLASSES))
                .build());
        network.init();
        return network;
    }

    /** Two layers of the same input, added; a residual connection above; a layer of two inputs' sum as the last one. */
    private static ComputationGraph graph() {
        final ComputationGraph graph = new ComputationGraph(Networks.builder(DataType.FLOAT, new Sgd(0.01))
                .graphBuilder()
                .addInputs("in", "other")
                .addLayer("a", dense(INPUTS).build(), "in")
                .addLayer("b", dense(INPUTS).build(), "in")
                .addLayer("c", dense(INPUTS).build(), "other")
                .addVertex("sum", new ElementWiseVertex(ElementWiseVertex.Op.Add), "a", "b", "c")
                .addLayer("d", dense(UNITS).activation(Activation.RELU).build(), "sum")
                .addVertex("residual", new ElementWiseVertex(ElementWiseVertex.Op.Add), "d", "sum")
                .addLayer("out", Networks.output(UNITS, CLASSES), "residual")
                .setOutputs("out")
                .build());
        graph.init();
        return graph;
    }

    /** Batches of several sizes, one of them larger than the first. */
    private static void assertThatAllBatchesGiveThePlainParameters(
            final MultiLayerNetwork joined, final MultiLayerNetwork plain, final TrainingOptions options) {
        try (SharedTraining training = SharedTraining.join(joined, options)) {
            for (final int samples : new int[] {6, 2, 6, 9, 1, 6}) {
                Nd4j.getRandom().setSeed(samples);
                plain.fit(batch(samples, samples));
                Nd4j.getRandom().setSeed(samples);
                training.fit(batch(samples, samples));
                assertThat(joined.params()).isEqualTo(plain.params());
            }
        }
    }

    /** Without CUBE, of which DL4J's gradient is NaN. */
    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "CUBE")
    void shouldComputeWithEachActivationFunction(final Activation activation) {
        final DenseLayer layer = dense(UNITS).activation(activation).build();
        final DenseLayer first = dense(INPUTS).activation(activation).build();
        final MultiLayerNetwork joined = network(first, layer);

        assertThatAllBatchesGiveThePlainParameters(joined, joined.clone(), options(Mode.LOCKED));
    }

    static Stream<Arguments> networks() {
        final DenseLayer usual = dense(UNITS).build();
        return Stream.of(
                Arguments.of(
                        "dropout",
                        network(
                                dense(INPUTS).dropOut(0.7).build(),
                                dense(UNITS).dropOut(0.5).build())),
                Arguments.of("no bias", network(dense(INPUTS).hasBias(false).build(), usual)),
                Arguments.of(
                        "layer norm", network(dense(INPUTS).hasLayerNorm(true).build(), usual)),
                Arguments.of(
                        "weight noise",
                        network(dense(INPUTS).weightNoise(new DropConnect(0.6)).build(), usual)));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("networks")
    void shouldComputeAsTheLayerIsConfigured(final String name, final MultiLayerNetwork joined) {
        assertThatAllBatchesGiveThePlainParameters(joined, joined.clone(), options(Mode.LOCKED));
    }

    @Test
    void shouldComputeOnTheSharedMemory() {
        final MultiLayerNetwork joined =
                network(dense(INPUTS).build(), dense(UNITS).build());

        assertThatAllBatchesGiveThePlainParameters(joined, joined.clone(), options(Mode.HOGWILD));
    }

    @Test
    void shouldComputeAboveFrozenLayers() {
        final MultiLayerNetwork joined =
                new MultiLayerNetwork(list().layer(new FrozenLayer(dense(INPUTS).build()))
                        .layer(dense(UNITS).build())
                        .layer(Networks.output(UNITS, CLASSES))
                        .build());
        joined.init();

        assertThatAllBatchesGiveThePlainParameters(joined, joined.clone(), options(Mode.LOCKED));
    }

    @Test
    void shouldApplyTheMask() {
        final MultiLayerNetwork joined =
                network(dense(INPUTS).build(), dense(UNITS).build());
        final MultiLayerNetwork plain = joined.clone();
        final DataSet batch = batch(6, 1);
        batch.setFeaturesMaskArray(Nd4j.createFromArray(1f, 0, 1, 1, 0, 1).reshape(6, 1));

        try (SharedTraining training = SharedTraining.join(joined, options(Mode.LOCKED))) {
            training.fit(batch);
            plain.fit(batch);

            assertThat(joined.params()).isEqualTo(plain.params());
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"LOCKED", "HOGWILD"})
    void shouldComputeInAGraph(final Mode mode) {
        final ComputationGraph joined = graph();
        final ComputationGraph plain = joined.clone();

        try (SharedTraining training = SharedTraining.join(joined, options(mode))) {
            for (final int samples : new int[] {6, 2, 9}) {
                final org.nd4j.linalg.dataset.MultiDataSet batch = new org.nd4j.linalg.dataset.MultiDataSet(
                        new INDArray[] {
                            batch(samples, 1).getFeatures(), batch(samples, 2).getFeatures()
                        },
                        new INDArray[] {batch(samples, 3).getLabels()});
                training.fit(batch);
                plain.fit(batch);
            }

            assertThat(joined.params()).isEqualTo(plain.params());
            assertThat(joined.getLayers()).hasSize(5);
            assertThat(joined.getLayer("a")).isInstanceOf(LeanDenseLayer.class).isSameAs(joined.getLayer(0));
        }
        assertThat(classes(joined)).isEqualTo(classes(plain));
        assertThat(joined.getLayer("a")).isSameAs(joined.getLayer(0));
    }

    /**
     * DL4J gives this to whoever asks for it, such as the trainer of a network before this one; also while a step waits
     * for its push, and after one that has failed.
     */
    @Test
    void shouldGiveTheGradientOfTheInputToWhoeverReadsIt() {
        final MultiLayerNetwork joined =
                network(dense(INPUTS).build(), dense(UNITS).build());
        final MultiLayerNetwork plain = joined.clone();
        final DataSet batch = batch(6, 1);
        final DataSet unfit = new DataSet(batch.getFeatures(), Nd4j.create(DataType.FLOAT, 6, CLASSES + 1));

        try (SharedTraining training = SharedTraining.join(joined, options(Mode.LOCKED))) {
            training.fit(batch);
            plain.fit(batch);
            final INDArray expected = gradientOfInput(plain, batch);

            assertThat(gradientOfInput(joined, batch)).isEqualTo(expected);
            training.gradient(batch);
            assertThat(gradientOfInput(joined, batch)).isEqualTo(expected);
            assertThatThrownBy(() -> joined.fit(unfit)).isInstanceOf(RuntimeException.class);
            assertThat(gradientOfInput(joined, batch)).isEqualTo(expected);
        }
    }

    private static INDArray gradientOfInput(final MultiLayerNetwork network, final DataSet batch) {
        return network.calculateGradients(batch.getFeatures(), batch.getLabels(), null, null)
                .getSecond();
    }

    @ParameterizedTest
    @EnumSource(names = {"LOCKED", "HOGWILD"})
    void shouldLeaveTheNetworkWithItsOwnLayers(final Mode mode) {
        final MultiLayerNetwork joined =
                network(dense(INPUTS).build(), dense(UNITS).build());
        final MultiLayerNetwork plain = joined.clone();

        try (SharedTraining training = SharedTraining.join(joined, options(mode))) {
            training.fit(batch(6, 1));
            assertThat(joined.getLayer(0)).isInstanceOf(LeanDenseLayer.class);
            assertThat(joined.getLayer(1)).isInstanceOf(LeanDenseLayer.class);
        }
        joined.fit(batch(6, 2));

        plain.fit(batch(6, 1));
        plain.fit(batch(6, 2));
        assertThat(classes(joined)).isEqualTo(classes(plain));
        assertThat(joined.params()).isEqualTo(plain.params());
    }

    @Test
    void shouldLeaveTheLayersOfANetworkThatUsesNoHelpers() {
        final MultiLayerNetwork joined =
                network(dense(INPUTS).build(), dense(UNITS).build());
        final Layer[] own = joined.getLayers().clone();

        try (SharedTraining training =
                SharedTraining.join(joined, options(Mode.LOCKED).withoutHelpers())) {
            training.fit(batch(6, 1));

            assertThat(joined.getLayers()).containsExactly(own);
        }
    }

    private static Object[] classes(final Model network) {
        final Layer[] layers = network instanceof ComputationGraph graph
                ? graph.getLayers()
                : ((MultiLayerNetwork) network).getLayers();
        return Arrays.stream(layers).map(Layer::getClass).toArray();
    }
}
