package org.shmarrays.examples.mnist;

import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.graph.ElementWiseVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.weights.WeightInit;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.TrainingConfig;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;
import org.nd4j.weightinit.impl.XavierInitScheme;
import org.nd4j.weightinit.impl.ZeroInitScheme;

/**
 * Networks of DL4J and SameDiff for MNIST, initialised, with the same values for the same seed. They take flat images
 * of {@link LabelledImages#PIXELS} values, where nothing else is said, and one-hot labels.
 */
public final class MnistNetworks {
    /** Name of the placeholder of images in {@link #sameDiffMlp}. */
    public static final String IMAGE = "image";

    /** Name of the array of probabilities in {@link #sameDiffMlp}. */
    public static final String OUTPUT = "output";

    private static final int SIDE = LabelledImages.SIDE;
    private static final int PIXELS = LabelledImages.PIXELS;
    private static final int HIDDEN = 128;

    private MnistNetworks() {}

    /** 784-128-10 with ReLU. */
    public static MultiLayerNetwork mlp(final IUpdater updater, final long seed) {
        return initialised(new MultiLayerNetwork(builder(updater, seed)
                .list()
                .layer(new DenseLayer.Builder().nIn(PIXELS).nOut(HIDDEN).build())
                .layer(output().nIn(HIDDEN).build())
                .build()));
    }

    /**
     * Two convolutions of 10 and 20 channels with pooling, and a dense layer of 50: the shape of {@link Model#CNN}.
     *
     * @param retained the probability with which dropout keeps an input of the last layer; 0 for no dropout
     */
    public static MultiLayerNetwork cnn(final IUpdater updater, final long seed, final double retained) {
        return initialised(new MultiLayerNetwork(builder(updater, seed)
                .list()
                .layer(convolution(10))
                .layer(pool())
                .layer(convolution(20))
                .layer(pool())
                .layer(new DenseLayer.Builder().nOut(50).build())
                .layer(output().dropOut(retained).build())
                .setInputType(InputType.convolutionalFlat(SIDE, SIDE, 1))
                .build()));
    }

    /** LeNet as in DL4J's examples: convolutions of 20 and 50 channels, a dense layer of 500, 431,080 parameters. */
    public static MultiLayerNetwork lenet(final IUpdater updater, final long seed) {
        return initialised(new MultiLayerNetwork(builder(updater, seed)
                .list()
                .layer(convolution(20))
                .layer(pool())
                .layer(convolution(50))
                .layer(pool())
                .layer(new DenseLayer.Builder().nOut(500).build())
                .layer(output().build())
                .setInputType(InputType.convolutionalFlat(SIDE, SIDE, 1))
                .build()));
    }

    /**
     * Convolutions of 8 channels, the second one with batch normalisation and a shortcut around it.
     *
     * @param side of the images, in pixels
     */
    public static ComputationGraph residual(final IUpdater updater, final long seed, final int side) {
        final ComputationGraph graph = new ComputationGraph(builder(updater, seed)
                .convolutionMode(ConvolutionMode.Same)
                .graphBuilder()
                .addInputs("image")
                .setInputTypes(InputType.convolutionalFlat(side, side, 1))
                .addLayer("stem", residualConvolution().stride(2, 2).build(), "image")
                .addLayer(
                        "convolution",
                        residualConvolution().activation(Activation.IDENTITY).build(),
                        "stem")
                .addLayer(
                        "norm",
                        new BatchNormalization.Builder()
                                .activation(Activation.RELU)
                                .build(),
                        "convolution")
                .addVertex("sum", new ElementWiseVertex(ElementWiseVertex.Op.Add), "stem", "norm")
                .addLayer("output", output().build(), "sum")
                .setOutputs("output")
                .build());
        graph.init();
        return graph;
    }

    /** 784-128-10 with ReLU; {@link #IMAGE} is its placeholder, {@link #OUTPUT} has the probabilities. */
    public static SameDiff sameDiffMlp(final IUpdater updater, final long seed) {
        Nd4j.getRandom().setSeed(seed);
        final SameDiff graph = SameDiff.create();
        final SDVariable image = graph.placeHolder(IMAGE, DataType.FLOAT, -1, PIXELS);
        final SDVariable label = graph.placeHolder("label", DataType.FLOAT, -1, LabelledImages.CLASSES);
        final SDVariable hidden = graph.nn().relu(dense(graph, image, "hidden", PIXELS, HIDDEN), 0);
        final SDVariable logits = dense(graph, hidden, "logits", HIDDEN, LabelledImages.CLASSES);
        graph.nn().softmax(OUTPUT, logits, 1);
        graph.loss().softmaxCrossEntropy("loss", label, logits, null);
        graph.setLossVariables("loss");
        graph.setTrainingConfig(new TrainingConfig.Builder()
                .updater(updater)
                .dataSetFeatureMapping(IMAGE)
                .dataSetLabelMapping("label")
                .build());
        return graph;
    }

    private static MultiLayerNetwork initialised(final MultiLayerNetwork network) {
        network.init();
        return network;
    }

    private static NeuralNetConfiguration.Builder builder(final IUpdater updater, final long seed) {
        return new NeuralNetConfiguration.Builder()
                .seed(seed)
                .updater(updater)
                .weightInit(WeightInit.XAVIER)
                .activation(Activation.RELU);
    }

    private static ConvolutionLayer convolution(final int channels) {
        return new ConvolutionLayer.Builder(5, 5).nOut(channels).build();
    }

    private static ConvolutionLayer.Builder residualConvolution() {
        return new ConvolutionLayer.Builder(3, 3).nOut(8);
    }

    private static SubsamplingLayer pool() {
        return new SubsamplingLayer.Builder(PoolingType.MAX)
                .kernelSize(2, 2)
                .stride(2, 2)
                .build();
    }

    private static OutputLayer.Builder output() {
        return new OutputLayer.Builder(LossFunction.MCXENT)
                .nOut(LabelledImages.CLASSES)
                .activation(Activation.SOFTMAX);
    }

    private static SDVariable dense(
            final SameDiff graph, final SDVariable input, final String name, final int inputs, final int outputs) {
        final SDVariable weights =
                graph.var(name + "_W", new XavierInitScheme('c', inputs, outputs), DataType.FLOAT, inputs, outputs);
        final SDVariable bias = graph.var(name + "_b", new ZeroInitScheme('c'), DataType.FLOAT, 1, outputs);
        return input.mmul(weights).add(bias);
    }
}
