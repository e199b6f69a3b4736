package org.shmarrays.dl4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration.ListBuilder;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.optimize.api.BaseTrainingListener;
import org.junit.jupiter.api.condition.DisabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Sgd;
import org.shmarrays.layout.Mode;

/** In a step, the lowest convolution does not compute the gradient of its input; the others are those of DL4J. */
@DisabledForJreRange(min = JRE.JAVA_18, max = JRE.JAVA_24, disabledReason = "kernels are built by Java 17 and 25")
class LowestConvolutionTest {
    private static final long SEED = 20261201;
    private static final int SIDE = 8;
    private static final int CHANNELS = 2;
    private static final double TOLERANCE = 1e-4;

    @TempDir
    private Path directory;

    private static ConvolutionLayer.Builder convolution(final int... kernel) {
        return new ConvolutionLayer.Builder(kernel).nOut(3).activation(Activation.RELU);
    }

    private static MultiLayerNetwork network(
            final InputType input, final org.deeplearning4j.nn.conf.layers.Layer... layers) {
        final ListBuilder list = Networks.builder(DataType.FLOAT, new Sgd(0.1)).list();
        for (final org.deeplearning4j.nn.conf.layers.Layer layer : layers) {
            list.layer(layer);
        }
        return Trained.network(list.layer(Networks.output(0, Configurations.CLASSES))
                .setInputType(input)
                .build());
    }

    private static ComputationGraph graph() {
        return Trained.graph(Networks.builder(DataType.FLOAT, new Sgd(0.1))
                .graphBuilder()
                .addInputs("in")
                .addLayer("first", convolution(3, 3).build(), "in")
                .addLayer("second", convolution(2, 2).build(), "first")
                .addLayer("out", Networks.output(0, Configurations.CLASSES), "second")
                .setOutputs("out")
                .setInputTypes(InputType.convolutional(SIDE, SIDE, CHANNELS))
                .build());
    }

    static Stream<Arguments> models() {
        final InputType image = InputType.convolutional(SIDE, SIDE, CHANNELS);
        final ConvolutionLayer second = convolution(2, 2).build();
        return Stream.of(
                Arguments.of("images", network(image, convolution(3, 3).build(), second.clone()), List.of(true, false)),
                Arguments.of(
                        "vectors",
                        network(
                                InputType.convolutionalFlat(SIDE, SIDE, CHANNELS),
                                convolution(5, 3).build(),
                                second.clone()),
                        List.of(true, false)),
                Arguments.of(
                        "same size, dropout",
                        network(
                                image,
                                convolution(3, 2)
                                        .convolutionMode(ConvolutionMode.Same)
                                        .dropOut(0.7)
                                        .build(),
                                second.clone()),
                        List.of(true, false)),
                Arguments.of(
                        "without bias",
                        network(image, convolution(1, 4).hasBias(false).build(), second.clone()),
                        List.of(true, false)),
                Arguments.of(
                        "stride",
                        network(image, convolution(3, 3).stride(2, 2).build(), second.clone()),
                        List.of(false, false)),
                Arguments.of(
                        "frozen",
                        network(image, new FrozenLayer(convolution(3, 3).build()), second.clone()),
                        List.of(false, true)),
                Arguments.of("graph", graph(), List.of(true, false)));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("models")
    void shouldTrainAsDl4j(final String name, final Model joined, final List<Boolean> expected) {
        final Model plain = copy(joined);
        final Set<List<Boolean>> inStep = new LinkedHashSet<>();
        joined.addListeners(new BaseTrainingListener() {
            @Override
            public void onBackwardPass(final Model model) { // called while the gradient is computed
                if (model == joined) { // a clone of a graph has the graph's listeners
                    inStep.add(discarding(model));
                }
            }
        });
        final Random random = new Random(SEED);

        try (SharedTraining training = join(joined)) {
            for (final int samples : new int[] {4, 2, 7, 1, 4}) {
                final DataSet batch = batch(random, samples, name.equals("vectors"));
                Nd4j.getRandom().setSeed(samples); // of dropout
                training.fit(batch);
                Nd4j.getRandom().setSeed(samples);
                fit(plain, batch);
                assertClose(joined.params(), plain.params());
                assertThat(discarding(joined)).containsOnly(false);
            }
            assertThat(discarding(training.snapshot(joined.getClass()))).containsOnly(false);
        }

        assertThat(inStep).containsExactly(expected);
    }

    private SharedTraining join(final Model model) {
        final TrainingOptions options = Trained.options(directory, Mode.LOCKED);
        return model instanceof ComputationGraph graph
                ? SharedTraining.join(graph, options)
                : SharedTraining.join((MultiLayerNetwork) model, options);
    }

    private static Model copy(final Model model) {
        return model instanceof ComputationGraph graph ? graph.clone() : ((MultiLayerNetwork) model).clone();
    }

    private static void fit(final Model model, final DataSet batch) {
        if (model instanceof ComputationGraph graph) {
            graph.fit(batch);
        } else {
            ((MultiLayerNetwork) model).fit(batch);
        }
    }

    private static DataSet batch(final Random random, final int samples, final boolean isFlat) {
        final INDArray images = Batches.values(random, DataType.FLOAT, samples, CHANNELS, SIDE, SIDE);
        return new DataSet(
                isFlat ? images.reshape(samples, CHANNELS * SIDE * SIDE) : images,
                Batches.classes(random, DataType.FLOAT, samples, Configurations.CLASSES));
    }

    /** Of each convolution, whether it discards the gradient of its input now. */
    private static List<Boolean> discarding(final Model model) {
        return Arrays.stream(NetworkSeam.layers(model))
                .map(OneDnnLayers::unwrapped)
                .map(Layer::getHelper)
                .filter(OneDnnConvolution.class::isInstance)
                .map(helper -> Internals.<BooleanSupplier>value(
                                OneDnnConvolution.class, "discardsInputGradient", helper)
                        .getAsBoolean())
                .toList();
    }

    private static void assertClose(final INDArray actual, final INDArray expected) {
        assertThat(actual.sub(expected).amaxNumber().doubleValue())
                .isLessThanOrEqualTo(TOLERANCE * expected.amaxNumber().doubleValue());
    }

    /** As it is for external errors; also while a step waits for its push, and after one that has failed. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldComputeGradientOfInputForWhoeverReadsIt(final boolean isOfVectors) {
        final InputType input = isOfVectors
                ? InputType.convolutionalFlat(SIDE, SIDE, CHANNELS)
                : InputType.convolutional(SIDE, SIDE, CHANNELS);
        final MultiLayerNetwork joined = network(input, convolution(3, 3).build());
        final MultiLayerNetwork plain = joined.clone();
        final DataSet batch = batch(new Random(SEED), 3, isOfVectors);
        final DataSet unfit = new DataSet(batch.getFeatures(), Nd4j.create(DataType.FLOAT, 3, 1));
        final List<INDArray> read = new ArrayList<>();

        try (SharedTraining training = join(joined)) {
            training.fit(batch);
            plain.fit(batch);
            read.add(gradientOfInput(joined, batch));
            training.gradient(batch);
            read.add(gradientOfInput(joined, batch));
            assertThatThrownBy(() -> joined.fit(unfit)).isInstanceOf(RuntimeException.class);
            read.add(gradientOfInput(joined, batch));
        }

        assertThat(read).hasSize(3).allSatisfy(gradient -> assertClose(gradient, gradientOfInput(plain, batch)));
    }

    private static INDArray gradientOfInput(final MultiLayerNetwork network, final DataSet batch) {
        return network.calculateGradients(batch.getFeatures(), batch.getLabels(), null, null)
                .getSecond();
    }
}
