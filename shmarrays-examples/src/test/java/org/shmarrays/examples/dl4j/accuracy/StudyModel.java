package org.shmarrays.examples.dl4j.accuracy;

import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.LSTM;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.conf.layers.recurrent.LastTimeStep;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.weights.WeightInit;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.TrainingConfig;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;
import org.nd4j.weightinit.impl.XavierInitScheme;
import org.nd4j.weightinit.impl.ZeroInitScheme;
import org.shmarrays.examples.dl4j.TrainableModel;
import org.shmarrays.examples.mnist.MnistNetworks;

/** The models of the study. */
enum StudyModel {
    /** 784 - 64 - 10. */
    MLP("MLP") {
        @Override
        TrainableModel create(final IUpdater updater, final int seed) {
            return initialised(new MultiLayerNetwork(builder(updater, seed)
                    .activation(Activation.RELU)
                    .list()
                    .layer(new DenseLayer.Builder().nIn(PIXELS).nOut(HIDDEN).build())
                    .layer(output().nIn(HIDDEN).build())
                    .build()));
        }
    },

    /** Two convolutions with pooling, and a dense layer, on images of half the size. */
    LENET("LeNet") {
        @Override
        TrainableModel create(final IUpdater updater, final int seed) {
            return initialised(new MultiLayerNetwork(builder(updater, seed)
                    .activation(Activation.RELU)
                    .list()
                    .layer(new ConvolutionLayer.Builder(3, 3).nOut(6).build())
                    .layer(pool())
                    .layer(new ConvolutionLayer.Builder(3, 3).nOut(12).build())
                    .layer(pool())
                    .layer(new DenseLayer.Builder().nOut(48).build())
                    .layer(output().build())
                    .setInputType(InputType.convolutionalFlat(HALF, HALF, 1))
                    .build()));
        }

        @Override
        DataSet inputs(final DataSet batch) {
            return new DataSet(halved(batch).reshape(-1, HALF * HALF), batch.getLabels());
        }
    },

    /** Reads an image of half the size from top to bottom, two rows at a time. */
    LSTM("LSTM") {
        @Override
        TrainableModel create(final IUpdater updater, final int seed) {
            return initialised(new MultiLayerNetwork(builder(updater, seed)
                    .activation(Activation.TANH)
                    .list()
                    .layer(new LastTimeStep(
                            new LSTM.Builder().nIn(2 * HALF).nOut(32).build()))
                    .layer(output().nIn(32).build())
                    .build()));
        }

        /** [samples, features, time steps]. */
        @Override
        DataSet inputs(final DataSet batch) {
            final INDArray rows = halved(batch).reshape(-1, HALF / 2, 2 * HALF);
            return new DataSet(rows.permute(0, 2, 1).dup('c'), batch.getLabels());
        }
    },

    /** A block with batch normalisation and a shortcut, on images of half the size. */
    RESIDUAL("residual graph") {
        @Override
        TrainableModel create(final IUpdater updater, final int seed) {
            return TrainableModel.of(MnistNetworks.residual(updater, seed, HALF));
        }

        @Override
        DataSet inputs(final DataSet batch) {
            return LENET.inputs(batch);
        }
    },

    /** 784 - 64 - 10, as {@link #MLP}. */
    SAMEDIFF("SameDiff MLP") {
        @Override
        TrainableModel create(final IUpdater updater, final int seed) {
            Nd4j.getRandom().setSeed(seed);
            final SameDiff graph = SameDiff.create();
            final SDVariable input = graph.placeHolder("input", DataType.FLOAT, -1, PIXELS);
            final SDVariable label = graph.placeHolder("label", DataType.FLOAT, -1, CLASSES);
            final SDVariable hidden = graph.nn().relu(dense(graph, input, "hidden", PIXELS, HIDDEN), 0);
            final SDVariable logits = dense(graph, hidden, "logits", HIDDEN, CLASSES);
            graph.nn().softmax("output", logits, 1);
            graph.loss().softmaxCrossEntropy("loss", label, logits, null);
            graph.setLossVariables("loss");
            graph.setTrainingConfig(new TrainingConfig.Builder()
                    .updater(updater)
                    .dataSetFeatureMapping("input")
                    .dataSetLabelMapping("label")
                    .build());
            return TrainableModel.of(graph, "output");
        }

        private SDVariable dense(
                final SameDiff graph, final SDVariable input, final String name, final int inputs, final int outputs) {
            final SDVariable weights =
                    graph.var(name + "_W", new XavierInitScheme('c', inputs, outputs), DataType.FLOAT, inputs, outputs);
            final SDVariable bias = graph.var(name + "_b", new ZeroInitScheme('c'), DataType.FLOAT, 1, outputs);
            return input.mmul(weights).add(bias);
        }
    };

    private static final int SIDE = 28;
    private static final int PIXELS = SIDE * SIDE;
    private static final int HALF = SIDE / 2;
    private static final int CLASSES = 10;
    private static final int HIDDEN = 64;

    private final String title;

    StudyModel(final String title) {
        this.title = title;
    }

    String title() {
        return title;
    }

    /** The learning rate of a training with this updater, before its schedule. */
    double learningRate(final StudyUpdater updater) {
        return switch (updater) {
            case SGD -> this == LSTM ? 0.3 : 0.05;
            case ADAM -> this == MLP || this == SAMEDIFF ? 1e-3 : this == LSTM ? 5e-3 : 2e-3;
            case NESTEROVS -> this == LSTM ? 0.03 : 0.005;
        };
    }

    /** An initialised model. */
    abstract TrainableModel create(IUpdater updater, int seed);

    /** A batch of flat images as the model reads it. */
    DataSet inputs(final DataSet batch) {
        return batch;
    }

    /** Means of two by two pixels: [samples, 14, 14]. */
    private static INDArray halved(final DataSet batch) {
        return batch.getFeatures().reshape(-1, HALF, 2, HALF, 2).mean(2, 4);
    }

    private static TrainableModel initialised(final MultiLayerNetwork network) {
        network.init();
        return TrainableModel.of(network);
    }

    private static NeuralNetConfiguration.Builder builder(final IUpdater updater, final int seed) {
        return new NeuralNetConfiguration.Builder().seed(seed).updater(updater).weightInit(WeightInit.XAVIER);
    }

    private static SubsamplingLayer pool() {
        return new SubsamplingLayer.Builder(PoolingType.MAX)
                .kernelSize(2, 2)
                .stride(2, 2)
                .build();
    }

    private static OutputLayer.Builder output() {
        return new OutputLayer.Builder(LossFunction.MCXENT).nOut(CLASSES).activation(Activation.SOFTMAX);
    }
}
