package org.shmarrays.dl4j;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.WorkspaceMode;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.Convolution1DLayer;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.Deconvolution2D;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.DepthwiseConvolution2D;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.LocalResponseNormalization;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.conf.layers.RnnOutputLayer;
import org.deeplearning4j.nn.conf.layers.SeparableConvolution2D;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayerWithBackprop;
import org.deeplearning4j.nn.conf.weightnoise.DropConnect;
import org.deeplearning4j.nn.gradient.Gradient;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.layers.AbstractLayer;
import org.deeplearning4j.nn.layers.LayerHelper;
import org.deeplearning4j.nn.layers.mkldnn.MKLDNNConvHelper;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;
import org.shmarrays.layout.Mode;

/** Layers with a helper give what DL4J's own way gives; all others are left as they are. */
class OneDnnLayersTest {
    private static final long SEED = 20261201;
    private static final int[] BATCHES = {4, 5, 1, 6, 4};
    private static final double TOLERANCE = 1e-4;

    /** Of one sample the variance is of few values, or of one: then all gradients below the layer cancel to 0. */
    private static final double TOLERANCE_OF_ONE = 1e-3;

    private static final int HEIGHT = 9;
    private static final int WIDTH = 7;
    private static final int CHANNELS = 3;

    @TempDir
    private Path directory;

    /** Hidden layers, of which the last one feeds a softmax. */
    private record Row(String name, InputType input, Layer... layers) {
        @Override
        public String toString() {
            return name;
        }

        MultiLayerNetwork network(final DataType type) {
            final NeuralNetConfiguration.ListBuilder list =
                    Networks.builder(type, new Sgd(0.1)).list();
            for (final Layer layer : layers) {
                list.layer(layer.clone());
            }
            return Trained.network(list.layer(Networks.output(0, Configurations.CLASSES))
                    .setInputType(input)
                    .build());
        }

        /** Values in the order of their shape, in Fortran order, or as a view with the channels elsewhere. */
        INDArray features(final Random random, final int samples) {
            final long[] shape = input.getShape(true);
            shape[0] = samples;
            final INDArray values = Batches.values(random, DataType.FLOAT, shape);
            return switch (samples % 3) {
                case 1 -> values;
                case 2 -> values.dup('f');
                default ->
                    shape.length == 4 ? values.permute(0, 2, 3, 1).dup('c').permute(0, 3, 1, 2) : values;
            };
        }
    }

    private static InputType image(final CNN2DFormat format) {
        return InputType.convolutional(HEIGHT, WIDTH, CHANNELS, format);
    }

    private static ConvolutionLayer.Builder convolution(final int... kernel) {
        return new ConvolutionLayer.Builder(kernel).nOut(4).activation(Activation.RELU);
    }

    private static SubsamplingLayer.Builder pooling(final int... kernel) {
        return new SubsamplingLayer.Builder(PoolingType.MAX).kernelSize(kernel);
    }

    static Stream<Row> rows() {
        final List<Row> rows = new ArrayList<>();
        for (final CNN2DFormat format : CNN2DFormat.values()) {
            for (final int[] kernel : new int[][] {{3, 3}, {5, 2}, {1, 1}}) {
                for (final int[] stride : new int[][] {{1, 1}, {2, 1}}) {
                    rows.add(row(
                            format,
                            "same",
                            kernel,
                            stride,
                            convolution(kernel).stride(stride).convolutionMode(ConvolutionMode.Same)));
                    for (final int[] padding : new int[][] {{0, 0}, {1, 1}, {2, 1}}) {
                        rows.add(row(
                                format,
                                "truncate, padding " + Arrays.toString(padding),
                                kernel,
                                stride,
                                convolution(kernel)
                                        .stride(stride)
                                        .padding(padding)
                                        .convolutionMode(ConvolutionMode.Truncate)));
                    }
                }
            }
            for (final Activation activation :
                    List.of(Activation.IDENTITY, Activation.TANH, Activation.LEAKYRELU, Activation.RRELU)) {
                rows.add(new Row(
                        format + " " + activation,
                        image(format),
                        convolution(3, 3).activation(activation).build()));
            }
            rows.add(new Row(
                    format + " strict, without bias",
                    image(format),
                    convolution(3, 3)
                            .stride(2, 2)
                            .convolutionMode(ConvolutionMode.Strict)
                            .hasBias(false)
                            .build()));
            rows.add(new Row(format + " normalisation", image(format), new BatchNormalization()));
            rows.add(new Row(
                    format + " normalisation, variance",
                    image(format),
                    new BatchNormalization.Builder().useLogStd(false).build()));
            rows.add(new Row(
                    format + " convolution, normalisation, convolution",
                    image(format),
                    convolution(3, 3).build(),
                    new BatchNormalization.Builder().decay(0.5).eps(1e-3).build(),
                    convolution(2, 2).build()));
        }
        for (final int[] stride : new int[][] {{1, 1}, {2, 2}, {3, 4}}) {
            for (final ConvolutionMode mode : List.of(ConvolutionMode.Same, ConvolutionMode.Truncate)) {
                rows.add(new Row(
                        "max pooling, stride " + Arrays.toString(stride) + ", " + mode,
                        image(CNN2DFormat.NCHW),
                        convolution(2, 2).build(),
                        pooling(2, 2).stride(stride).convolutionMode(mode).build()));
            }
        }
        rows.add(new Row(
                "max pooling of the input",
                image(CNN2DFormat.NCHW),
                pooling(2, 2).stride(2, 2).build(),
                convolution(2, 2).build()));
        rows.add(new Row(
                "frozen max pooling",
                image(CNN2DFormat.NCHW),
                convolution(2, 2).build(),
                new FrozenLayerWithBackprop(pooling(2, 2).build())));
        rows.add(new Row(
                "normalisation of vectors",
                InputType.feedForward(6),
                new DenseLayer.Builder().nOut(5).build(),
                new BatchNormalization()));
        rows.add(new Row(
                "normalisation of vectors, channels last",
                InputType.feedForward(6),
                new DenseLayer.Builder().nOut(5).build(),
                new BatchNormalization.Builder().dataFormat(CNN2DFormat.NHWC).build()));
        return rows.stream();
    }

    private static Row row(
            final CNN2DFormat format,
            final String mode,
            final int[] kernel,
            final int[] stride,
            final ConvolutionLayer.Builder layer) {
        return new Row(
                format + " kernel " + Arrays.toString(kernel) + ", stride " + Arrays.toString(stride) + ", " + mode,
                image(format),
                layer.build());
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("rows")
    void shouldComputeAsDl4j(final Row row) {
        final MultiLayerNetwork plain = trained(row.network(DataType.FLOAT), row);

        assertComputesAsDl4j(row, plain, plain.clone());
    }

    /** The backward pass follows a forward pass in test mode. DL4J's own way fails with workspaces. */
    @ParameterizedTest
    @EnumSource(CNN2DFormat.class)
    void shouldComputeAsDl4jInFrozenLayers(final CNN2DFormat format) {
        final Row row = new Row(
                "frozen",
                image(format),
                convolution(3, 3).build(),
                new FrozenLayerWithBackprop(new BatchNormalization()),
                new FrozenLayerWithBackprop(convolution(2, 2).build()));
        final MultiLayerNetwork plain = row.network(DataType.FLOAT);
        plain.getLayerWiseConfigurations().setTrainingWorkspaceMode(WorkspaceMode.NONE);
        plain.params().addi(0.3); // also the running mean and variance
        final MultiLayerNetwork network = trained(plain, row).clone();
        network.getLayerWiseConfigurations().setTrainingWorkspaceMode(WorkspaceMode.ENABLED);

        assertComputesAsDl4j(row, plain, network);
    }

    /** A network that was trained on a batch, which moves the running mean and variance. */
    private static MultiLayerNetwork trained(final MultiLayerNetwork network, final Row row) {
        network.fit(batch(row, new Random(SEED), 4));
        return network;
    }

    private static void assertComputesAsDl4j(
            final Row row, final MultiLayerNetwork plain, final MultiLayerNetwork network) {
        final Random random = new Random(SEED);
        OneDnnLayers.of(network.getLayers()).begin(network.getLayers());
        assertThat(helpers(network.getLayers())).hasSize(suitable(row));

        for (final int samples : BATCHES) {
            final DataSet batch = batch(row, random, samples);
            final INDArray inOrder = batch.getFeatures().dup('c');
            final double tolerance = samples == 1 ? TOLERANCE_OF_ONE : TOLERANCE;
            final INDArray output = network.output(batch.getFeatures());
            assertClose(output, plain.output(inOrder), tolerance, "output");

            final Pair<Gradient, INDArray> actual = gradients(network, batch.getFeatures(), batch.getLabels());
            final Pair<Gradient, INDArray> expected = gradients(plain, inOrder, batch.getLabels());

            assertClose(actual.getSecond(), expected.getSecond(), tolerance, "epsilon");
            expected.getFirst()
                    .gradientForVariable()
                    .forEach((name, gradient) ->
                            assertClose(actual.getFirst().getGradientFor(name), gradient, tolerance, name));
        }
        Stream.of(network.getLayers())
                .map(OneDnnLayers::unwrapped)
                .filter(layer -> layer.getHelper() != null)
                .forEach(layer -> assertThat(Internals.helperFailures(layer)).isZero());
    }

    private static Pair<Gradient, INDArray> gradients(
            final MultiLayerNetwork network, final INDArray features, final INDArray labels) {
        Nd4j.getRandom().setSeed(SEED); // for activation functions that draw
        return network.calculateGradients(features, labels, null, null);
    }

    private static DataSet batch(final Row row, final Random random, final int samples) {
        return new DataSet(
                row.features(random, samples),
                Batches.classes(random, DataType.FLOAT, samples, Configurations.CLASSES));
    }

    private static int suitable(final Row row) {
        return (int) Stream.of(row.layers())
                .filter(layer -> !(layer instanceof DenseLayer))
                .count();
    }

    private static void assertClose(
            final INDArray actual, final INDArray expected, final double tolerance, final String name) {
        final double greatest = expected.amaxNumber().doubleValue();
        assertThat(actual.sub(expected).amaxNumber().doubleValue())
                .as("%s of %s samples", name, actual.size(0))
                .isLessThanOrEqualTo(tolerance * (tolerance == TOLERANCE_OF_ONE ? Math.max(1, greatest) : greatest));
    }

    private static List<LayerHelper> helpers(final org.deeplearning4j.nn.api.Layer... layers) {
        return Stream.of(layers)
                .map(layer -> OneDnnLayers.unwrapped(layer).getHelper())
                .filter(helper -> helper != null)
                .toList();
    }

    static Stream<Arguments> excluded() {
        final InputType image = image(CNN2DFormat.NCHW);
        return Stream.of(
                Arguments.of(
                        DataType.DOUBLE,
                        new Row("doubles", image, convolution(3, 3).build())),
                Arguments.of(
                        DataType.FLOAT16,
                        new Row("16 bits", image, convolution(3, 3).build())),
                Arguments.of(DataType.DOUBLE, new Row("normalised doubles", image, new BatchNormalization())),
                Arguments.of(
                        DataType.FLOAT,
                        new Row(
                                "dilation",
                                image,
                                convolution(3, 3).dilation(2, 1).build())),
                Arguments.of(
                        DataType.FLOAT,
                        new Row(
                                "weight noise",
                                image,
                                convolution(3, 3)
                                        .weightNoise(new DropConnect(0.5))
                                        .build())),
                Arguments.of(
                        DataType.FLOAT,
                        new Row(
                                "locked scale",
                                image,
                                new BatchNormalization.Builder()
                                        .lockGammaBeta(true)
                                        .build())),
                Arguments.of(
                        DataType.FLOAT,
                        new Row(
                                "subclass",
                                image,
                                new Deconvolution2D.Builder(3, 3).nOut(4).build())),
                Arguments.of(
                        DataType.FLOAT,
                        new Row(
                                "another subclass",
                                image,
                                new DepthwiseConvolution2D.Builder(2, 2)
                                        .depthMultiplier(2)
                                        .nOut(6)
                                        .build())),
                Arguments.of(
                        DataType.FLOAT,
                        new Row(
                                "a third one",
                                image,
                                new SeparableConvolution2D.Builder(2, 2).nOut(4).build())),
                Arguments.of(
                        DataType.FLOAT,
                        new Row(
                                "pooling",
                                image,
                                new SubsamplingLayer.Builder(PoolingType.AVG)
                                        .kernelSize(2, 2)
                                        .build())),
                Arguments.of(
                        DataType.DOUBLE,
                        new Row("pooling of doubles", image, pooling(2, 2).build())),
                Arguments.of(
                        DataType.FLOAT,
                        new Row(
                                "pooling, channels last",
                                image(CNN2DFormat.NHWC),
                                pooling(2, 2).build())),
                Arguments.of(
                        DataType.FLOAT,
                        new Row("larger windows", image, pooling(3, 2).build())),
                Arguments.of(
                        DataType.FLOAT,
                        new Row(
                                "pooling, padding",
                                image,
                                pooling(2, 2).padding(1, 0).build())),
                Arguments.of(
                        DataType.FLOAT,
                        new Row(
                                "pooling, dilation",
                                image,
                                pooling(2, 2).dilation(2, 1).build())),
                Arguments.of(
                        DataType.FLOAT, new Row("response", image, new LocalResponseNormalization.Builder().build())));
    }

    @ParameterizedTest(name = "{1}")
    @MethodSource("excluded")
    void shouldLeaveOtherLayersAsTheyAre(final DataType type, final Row row) {
        final MultiLayerNetwork network = row.network(type);

        OneDnnLayers.of(network.getLayers()).begin(network.getLayers());

        assertThat(helpers(network.getLayers())).isEmpty();
    }

    @Test
    void shouldLeaveConvolutionsOfSequencesAsTheyAre() {
        final MultiLayerNetwork network = Trained.network(Networks.builder(DataType.FLOAT, new Sgd(0.1))
                .list()
                .layer(new Convolution1DLayer.Builder(2).nIn(3).nOut(4).build())
                .layer(new RnnOutputLayer.Builder(LossFunction.MSE)
                        .nIn(4)
                        .nOut(2)
                        .build())
                .build());

        OneDnnLayers.of(network.getLayers()).begin(network.getLayers());

        assertThat(helpers(network.getLayers())).isEmpty();
    }

    @Test
    void shouldLeaveHelperOfDl4j() {
        final MultiLayerNetwork network = twoConvolutions();
        final MKLDNNConvHelper helper = new MKLDNNConvHelper(DataType.FLOAT);
        Internals.setHelper(network.getLayer(0), helper);
        final OneDnnLayers oneDnn = OneDnnLayers.of(network.getLayers());

        oneDnn.begin(network.getLayers());

        assertThat(network.getLayer(0).getHelper()).isSameAs(helper);
        assertThat(network.getLayer(1).getHelper()).isInstanceOf(OneDnnConvolution.class);
        oneDnn.end(network.getLayers());
        assertThat(helpers(network.getLayers())).containsExactly(helper);
    }

    /** DL4J's own helper gives wrong gradients behind a ReLU with channels last. */
    @Test
    void shouldFindDifferenceInTrial() {
        final MultiLayerNetwork network =
                new Row("", image(CNN2DFormat.NHWC), convolution(3, 3).build()).network(DataType.FLOAT);

        assertThat(OneDnnCheck.difference(network.getLayer(0), layer -> new MKLDNNConvHelper(DataType.FLOAT)))
                .startsWith("array=epsilon, difference=");
    }

    @Test
    void shouldTakeFailingHelperForDifferent() {
        final MKLDNNConvHelper failing = new MKLDNNConvHelper(DataType.FLOAT) {
            @Override
            public INDArray activate(final INDArray z, final IActivation function, final boolean training) {
                throw new IllegalStateException("on purpose");
            }
        };

        assertThat(OneDnnCheck.difference(twoConvolutions().getLayer(0), layer -> failing))
                .isEqualTo("the helper has thrown an exception");
    }

    /** What a forward pass has left is for the backward pass that follows it, and for no other. */
    @Test
    void shouldComputeEachForwardPassOnce() {
        final MultiLayerNetwork plainNetwork = twoConvolutions();
        plainNetwork.initGradientsView();
        final org.deeplearning4j.nn.api.Layer plain = plainNetwork.getLayer(0);
        final MultiLayerNetwork network = twoConvolutions();
        network.initGradientsView();
        OneDnnLayers.of(network.getLayers()).begin(network.getLayers());
        final org.deeplearning4j.nn.api.Layer layer = network.getLayer(0);
        final LayerWorkspaceMgr workspaces = LayerWorkspaceMgr.noWorkspaces();
        final Random random = new Random(SEED);
        final INDArray first = Batches.values(random, DataType.FLOAT, 4, CHANNELS, HEIGHT, WIDTH);
        final INDArray second = Batches.values(random, DataType.FLOAT, 3, CHANNELS, HEIGHT, WIDTH);
        final INDArray epsilon = plain.activate(second, true, workspaces).dup();
        final INDArray expected =
                plain.backpropGradient(epsilon.dup(), workspaces).getSecond();

        layer.activate(first, true, workspaces);
        layer.activate(second, true, workspaces);
        assertThat(preOutput(layer)).isNotNull();
        assertClose(layer.backpropGradient(epsilon.dup(), workspaces).getSecond(), expected, TOLERANCE, "kept");
        assertThat(preOutput(layer)).isNull();
        assertClose(layer.backpropGradient(epsilon.dup(), workspaces).getSecond(), expected, TOLERANCE, "again");
        layer.activate(first, true, workspaces);
        layer.activate(second, false, workspaces);
        assertThat(preOutput(layer)).isNull();
        assertClose(layer.backpropGradient(epsilon.dup(), workspaces).getSecond(), expected, TOLERANCE, "test mode");
    }

    private static INDArray preOutput(final org.deeplearning4j.nn.api.Layer layer) {
        return Internals.value(AbstractLayer.class, "preOutput", layer);
    }

    private static MultiLayerNetwork twoConvolutions() {
        return new Row(
                        "",
                        image(CNN2DFormat.NCHW),
                        convolution(3, 3).build(),
                        convolution(2, 2).build())
                .network(DataType.FLOAT);
    }

    @Test
    void shouldLeaveLayerUntouchedByTrial() {
        final MultiLayerNetwork network = twoConvolutions();
        network.fit(batch(new Row("", image(CNN2DFormat.NCHW)), new Random(SEED), 4));
        final double[] parameters = Trained.parameters(network);
        final double[] gradient = network.getFlattenedGradients().dup().data().asDouble();
        final String configuration = network.getLayerWiseConfigurations().toJson();
        Nd4j.getRandom().setSeed(SEED);
        final int random = Nd4j.getRandom().nextInt();
        Nd4j.getRandom().setSeed(SEED);

        OneDnnLayers.of(network.getLayers());

        assertThat(Nd4j.getRandom().nextInt()).isEqualTo(random);

        assertThat(Trained.parameters(network)).isEqualTo(parameters);
        assertThat(network.getFlattenedGradients().dup().data().asDouble()).isEqualTo(gradient);
        assertThat(network.getLayerWiseConfigurations().toJson()).isEqualTo(configuration);
        assertThat(network.getLayer(0).input()).isNull();
    }

    @ParameterizedTest
    @EnumSource(
            value = Mode.class,
            names = {"LOCKED", "HOGWILD", "ORDERED"})
    void shouldComputeByOneDnnWhileJoined(final Mode mode) {
        final MultiLayerNetwork network = twoConvolutions();

        try (SharedTraining training = SharedTraining.join(network, Trained.options(directory, mode))) {
            assertThat(helpers(network.getLayers())).hasSize(2);
            final MultiLayerNetwork snapshot = training.snapshot(MultiLayerNetwork.class);
            assertThat(helpers(snapshot.getLayers()))
                    .hasSize(2)
                    .doesNotContainAnyElementsOf(helpers(network.getLayers()));
        }

        assertThat(helpers(network.getLayers())).isEmpty();
    }

    @Test
    void shouldComputeByOneDnnInGraphs() {
        final ComputationGraph graph = Trained.graph(Networks.builder(DataType.FLOAT, new Sgd(0.1))
                .graphBuilder()
                .addInputs("in")
                .addLayer("frozen", new FrozenLayer(convolution(3, 3).build()), "in")
                .addLayer("normalisation", new BatchNormalization(), "frozen")
                .addLayer("pooling", pooling(2, 2).build(), "normalisation")
                .addLayer("out", Networks.output(0, Configurations.CLASSES), "pooling")
                .setOutputs("out")
                .setInputTypes(image(CNN2DFormat.NCHW))
                .build());

        final ComputationGraph plain = graph.clone();
        final DataSet batch = batch(new Row("", image(CNN2DFormat.NCHW)), new Random(SEED), 5); // in Fortran order

        try (SharedTraining training = SharedTraining.join(graph, Trained.options(directory, Mode.LOCKED))) {
            assertThat(helpers(graph.getLayers())).hasSize(3);
            final INDArray expected = plain.outputSingle(batch.getFeatures().dup('c'));
            assertClose(graph.outputSingle(batch.getFeatures()), expected, TOLERANCE, "output");
            training.fit(batch);
            plain.fit(new DataSet(batch.getFeatures().dup('c'), batch.getLabels()));
            assertClose(graph.params(), plain.params(), TOLERANCE, "parameters");
            assertThat(helpers(training.snapshot(ComputationGraph.class).getLayers()))
                    .hasSize(3);
            try (SharedModel model = attach()) {
                assertThat(helpers(model.graph().getLayers())).hasSize(3);
                assertThat(model.graph().outputSingle(batch.getFeatures()))
                        .isEqualTo(graph.outputSingle(batch.getFeatures()));
                model.withoutHelpers();
                assertThat(helpers(model.graph().getLayers())).isEmpty();
            }
        }

        assertThat(helpers(graph.getLayers())).isEmpty();
    }

    private SharedModel attach() {
        return SharedModel.attach(Trained.SEGMENT, Trained.settings(directory));
    }

    /** And is a plain network for the rest. */
    @Test
    void shouldComputeByOneDnnWhereAttached() throws IOException {
        final DataSet batch = batch(new Row("", image(CNN2DFormat.NCHW)), new Random(SEED), 4);
        final MultiLayerNetwork network = twoConvolutions();
        try (SharedTraining training = SharedTraining.join(network, Trained.options(directory, Mode.LOCKED));
                SharedModel model = attach()) {
            training.fit(batch);
            model.refresh();
            final MultiLayerNetwork attached = model.network();
            final MultiLayerNetwork plain = network.clone();

            assertThat(helpers(attached.getLayers()))
                    .hasSize(2)
                    .doesNotContainAnyElementsOf(helpers(network.getLayers()));
            assertThat(output(attached, batch)).isEqualTo(output(network, batch));
            final File file = directory.resolve("attached.zip").toFile();
            attached.save(file);
            for (final MultiLayerNetwork copy : List.of(attached.clone(), MultiLayerNetwork.load(file, false))) {
                assertThat(helpers(copy.getLayers())).isEmpty();
                assertThat(output(copy, batch)).isEqualTo(output(plain, batch));
            }
            assertThat(model.withoutHelpers()).isSameAs(model);
            assertThat(helpers(attached.getLayers())).isEmpty();
            assertThat(output(attached, batch)).isEqualTo(output(plain, batch));
        }
    }

    private static float[] output(final MultiLayerNetwork network, final DataSet batch) {
        return network.output(batch.getFeatures()).dup('c').data().asFloat();
    }

    @Test
    void shouldTrainAsDl4jAloneWithoutHelpers() {
        final DataSet batch = batch(new Row("", image(CNN2DFormat.NCHW)), new Random(SEED), 4);
        final MultiLayerNetwork network = twoConvolutions();
        final MultiLayerNetwork plain = network.clone();
        plain.fit(batch);

        try (SharedTraining training = SharedTraining.join(
                network, Trained.options(directory, Mode.LOCKED).withoutHelpers())) {
            assertThat(helpers(network.getLayers())).isEmpty();
            training.fit(batch);
        }

        assertThat(Trained.parameters(network)).isEqualTo(Trained.parameters(plain));
    }

    @Test
    void shouldSpawnWorkersWithoutHelpers() {
        assertThat(SpawnOptions.defaults()
                        .withoutHelpers()
                        .joining(TrainingOptions.defaults())
                        .usesHelpers())
                .isFalse();
    }

    @Test
    void shouldComputeWithoutHelpersWhereNd4jMayNotUseThem() {
        final MultiLayerNetwork network = twoConvolutions();
        Nd4j.getEnvironment().allowHelpers(false);
        try {
            OneDnnLayers.of(network.getLayers()).begin(network.getLayers());
        } finally {
            Nd4j.getEnvironment().allowHelpers(true);
        }

        assertThat(helpers(network.getLayers())).isEmpty();
    }
}
