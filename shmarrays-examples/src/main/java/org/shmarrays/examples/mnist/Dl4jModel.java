package org.shmarrays.examples.mnist;

import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.weights.WeightInit;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.TrainingConfig;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;
import org.nd4j.weightinit.impl.XavierInitScheme;
import org.nd4j.weightinit.impl.ZeroInitScheme;

/** Models of DL4J and SameDiff, which {@code SharedTraining.spawn} trains with Adam. */
enum Dl4jModel implements Trainable {
    /** A MultiLayerNetwork 784-128-10 with ReLU: about 98 %. */
    DL4J_MLP {
        @Override
        Dl4jNetwork create(final double learningRate, final long seed) {
            return Dl4jNetwork.of(new MultiLayerNetwork(builder(learningRate, seed)
                    .list()
                    .layer(new DenseLayer.Builder().nIn(PIXELS).nOut(HIDDEN).build())
                    .layer(output().nIn(HIDDEN).build())
                    .build()));
        }
    },

    /** A MultiLayerNetwork of the shape of {@link Model#CNN}: about 99 %. */
    DL4J_CNN {
        @Override
        Dl4jNetwork create(final double learningRate, final long seed) {
            return Dl4jNetwork.of(new MultiLayerNetwork(builder(learningRate, seed)
                    .list()
                    .layer(convolution(10))
                    .layer(pool())
                    .layer(convolution(20))
                    .layer(pool())
                    .layer(new DenseLayer.Builder().nOut(50).build())
                    .layer(output().dropOut(0.5).build())
                    .setInputType(InputType.convolutionalFlat(SIDE, SIDE, 1))
                    .build()));
        }
    },

    /** LeNet, as in DL4J's examples, a MultiLayerNetwork with 431,080 parameters: about 99 %. */
    LENET {
        @Override
        Dl4jNetwork create(final double learningRate, final long seed) {
            return Dl4jNetwork.of(new MultiLayerNetwork(builder(learningRate, seed)
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
    },

    /** A SameDiff graph 784-128-10 with ReLU: about 98 %. */
    SAMEDIFF_MLP {
        @Override
        Dl4jNetwork create(final double learningRate, final long seed) {
            Nd4j.getRandom().setSeed(seed);
            final SameDiff graph = SameDiff.create();
            final SDVariable image = graph.placeHolder("image", DataType.FLOAT, -1, PIXELS);
            final SDVariable label = graph.placeHolder("label", DataType.FLOAT, -1, LabelledImages.CLASSES);
            final SDVariable hidden = graph.nn().relu(dense(graph, image, "hidden", PIXELS, HIDDEN), 0);
            final SDVariable logits = dense(graph, hidden, "logits", HIDDEN, LabelledImages.CLASSES);
            graph.nn().softmax("output", logits, 1);
            graph.loss().softmaxCrossEntropy("loss", label, logits, null);
            graph.setLossVariables("loss");
            graph.setTrainingConfig(new TrainingConfig.Builder()
                    .updater(new Adam(learningRate))
                    .dataSetFeatureMapping("image")
                    .dataSetLabelMapping("label")
                    .build());
            return Dl4jNetwork.of(graph, "image", "output");
        }
    };

    private static final int SIDE = LabelledImages.SIDE;
    private static final int PIXELS = LabelledImages.PIXELS;
    private static final int HIDDEN = 128;
    private static final double LEARNING_RATE = 1e-3;

    /** An initialised model, the same for the same seed. */
    abstract Dl4jNetwork create(double learningRate, long seed);

    @Override
    public double learningRate() {
        return LEARNING_RATE;
    }

    /** Adam has its own. */
    @Override
    public double momentum() {
        return 0;
    }

    @Override
    public long parameterCount() {
        return create(LEARNING_RATE, 1).values().values().stream()
                .mapToLong(values -> values.length)
                .sum();
    }

    @Override
    public Classifier classifier(final int batchSize) {
        return create(LEARNING_RATE, 1);
    }

    private static NeuralNetConfiguration.Builder builder(final double learningRate, final long seed) {
        return new NeuralNetConfiguration.Builder()
                .seed(seed)
                .updater(new Adam(learningRate))
                .weightInit(WeightInit.XAVIER)
                .activation(Activation.RELU);
    }

    private static ConvolutionLayer convolution(final int channels) {
        return new ConvolutionLayer.Builder(5, 5).nOut(channels).build();
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
