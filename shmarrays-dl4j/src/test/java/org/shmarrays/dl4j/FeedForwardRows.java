package org.shmarrays.dl4j;

import static org.shmarrays.dl4j.ExactnessRow.samples;
import static org.shmarrays.dl4j.ExactnessRow.shape;
import static org.shmarrays.dl4j.ExactnessRow.words;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.AutoEncoder;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.CenterLossOutputLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.DropoutLayer;
import org.deeplearning4j.nn.conf.layers.EmbeddingLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.LossLayer;
import org.deeplearning4j.nn.conf.layers.PReLULayer;
import org.deeplearning4j.nn.conf.layers.misc.ElementWiseMultiplicationLayer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayerWithBackprop;
import org.deeplearning4j.nn.conf.layers.variational.BernoulliReconstructionDistribution;
import org.deeplearning4j.nn.conf.layers.variational.CompositeReconstructionDistribution;
import org.deeplearning4j.nn.conf.layers.variational.ExponentialReconstructionDistribution;
import org.deeplearning4j.nn.conf.layers.variational.GaussianReconstructionDistribution;
import org.deeplearning4j.nn.conf.layers.variational.LossFunctionWrapper;
import org.deeplearning4j.nn.conf.layers.variational.VariationalAutoencoder;
import org.deeplearning4j.nn.conf.ocnn.OCNNOutputLayer;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.activations.impl.ActivationSigmoid;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;
import org.nd4j.linalg.lossfunctions.impl.LossMSE;
import org.shmarrays.dl4j.ExactnessRow.BatchSource;
import org.shmarrays.dl4j.ExactnessRow.Continuity;

/** Networks of layers for samples without an order. */
final class FeedForwardRows {
    private static final int INPUTS = Configurations.INPUTS;
    private static final int CLASSES = Configurations.CLASSES;

    private final List<ExactnessRow> rows = new ArrayList<>();

    private FeedForwardRows() {}

    static List<ExactnessRow> rows() {
        final FeedForwardRows table = new FeedForwardRows();
        table.addDense();
        table.addBatchNormalization();
        table.addAutoencoders();
        table.addFrozen();
        table.addOthers();
        return table.rows;
    }

    private void add(final String name, final Layer... layers) {
        rows.add(row(name, samples(INPUTS), layers));
    }

    private static ExactnessRow row(final String name, final BatchSource batches, final Layer... layers) {
        return ExactnessRow.network("Layers", name, type -> network(builder(type), layers), batches);
    }

    private static NeuralNetConfiguration.Builder builder(final DataType type) {
        return Networks.builder(type, new Adam(0.01)).l2(0.01);
    }

    private static MultiLayerConfiguration network(
            final NeuralNetConfiguration.Builder builder, final Layer... layers) {
        final NeuralNetConfiguration.ListBuilder list = builder.list();
        for (final Layer layer : layers) {
            list.layer(layer.clone());
        }
        return list.build();
    }

    static DenseLayer dense(final int inputs, final int outputs) {
        return new DenseLayer.Builder().nIn(inputs).nOut(outputs).build();
    }

    private void addDense() {
        add("`DenseLayer`, `OutputLayer`", dense(INPUTS, 4), Networks.output(4, CLASSES));
        add(
                "`DenseLayer` with layer normalisation",
                new DenseLayer.Builder().nIn(INPUTS).nOut(4).hasLayerNorm(true).build(),
                Networks.output(4, CLASSES));
        add(
                "`DenseLayer` without bias",
                new DenseLayer.Builder().nIn(INPUTS).nOut(4).hasBias(false).build(),
                Networks.output(4, CLASSES));
        add(
                "`ActivationLayer`, `DropoutLayer`, `LossLayer`",
                dense(INPUTS, 4),
                new ActivationLayer(Activation.RELU),
                new DropoutLayer(0.8),
                dense(4, CLASSES),
                new LossLayer.Builder(LossFunction.MCXENT)
                        .activation(Activation.SOFTMAX)
                        .build());
    }

    private void addBatchNormalization() {
        for (final boolean log : new boolean[] {false, true}) {
            add(
                    "`BatchNormalization`, " + (log ? "logarithm of the deviation" : "variance"),
                    dense(INPUTS, 4),
                    new BatchNormalization.Builder()
                            .nIn(4)
                            .nOut(4)
                            .useLogStd(log)
                            .build(),
                    Networks.output(4, CLASSES));
        }
        add(
                "`BatchNormalization`, scale and shift locked",
                dense(INPUTS, 4),
                new BatchNormalization.Builder()
                        .nIn(4)
                        .nOut(4)
                        .lockGammaBeta(true)
                        .build(),
                Networks.output(4, CLASSES));
    }

    private void addAutoencoders() {
        add(
                "`AutoEncoder`",
                new AutoEncoder.Builder()
                        .nIn(INPUTS)
                        .nOut(4)
                        .corruptionLevel(0.3)
                        .build(),
                Networks.output(4, CLASSES));
        add(
                "`VariationalAutoencoder` with `CompositeReconstructionDistribution` of"
                        + " `GaussianReconstructionDistribution`, `BernoulliReconstructionDistribution`,"
                        + " `ExponentialReconstructionDistribution` and `LossFunctionWrapper`",
                new VariationalAutoencoder.Builder()
                        .nIn(INPUTS)
                        .nOut(3)
                        .encoderLayerSizes(4)
                        .decoderLayerSizes(4)
                        .reconstructionDistribution(new CompositeReconstructionDistribution.Builder()
                                .addDistribution(1, new GaussianReconstructionDistribution())
                                .addDistribution(1, new BernoulliReconstructionDistribution())
                                .addDistribution(1, new ExponentialReconstructionDistribution())
                                .addDistribution(2, new LossFunctionWrapper(Activation.TANH, new LossMSE()))
                                .build())
                        .build(),
                Networks.output(3, CLASSES));
    }

    private void addFrozen() {
        add("`FrozenLayer`", new FrozenLayer(dense(INPUTS, 4)), dense(4, 4), Networks.output(4, CLASSES));
        rows.add(row(
                        "a layer below a `FrozenLayer`",
                        samples(INPUTS),
                        dense(INPUTS, 4),
                        new FrozenLayer(dense(4, 4)),
                        Networks.output(4, CLASSES))
                .goingOn(
                        Continuity.COPIED,
                        "DL4J stops backpropagation at the frozen layer, and applies what the last step left"
                                + " below it again in each step. A restored or cloned network has no"
                                + " last step, and goes on"
                                + " differently, in plain DL4J too."));
        add(
                "`FrozenLayerWithBackprop` above a layer",
                dense(INPUTS, 4),
                new FrozenLayerWithBackprop(dense(4, 4)),
                Networks.output(4, CLASSES));
    }

    private void addOthers() {
        add(
                "`CenterLossOutputLayer`",
                dense(INPUTS, 4),
                new CenterLossOutputLayer.Builder(LossFunction.MCXENT)
                        .nIn(4)
                        .nOut(CLASSES)
                        .alpha(0.1)
                        .lambda(0.05)
                        .activation(Activation.SOFTMAX)
                        .build());
        add(
                "`PReLULayer`",
                dense(INPUTS, 4),
                new PReLULayer.Builder().inputShape(4).build(),
                Networks.output(4, CLASSES));
        add(
                "`ElementWiseMultiplicationLayer`",
                new ElementWiseMultiplicationLayer.Builder()
                        .nIn(INPUTS)
                        .nOut(INPUTS)
                        .build(),
                Networks.output(INPUTS, CLASSES));
        rows.add(row(
                "`EmbeddingLayer`",
                words(9, shape(1), shape(CLASSES)),
                new EmbeddingLayer.Builder().nIn(9).nOut(4).hasBias(true).build(),
                Networks.output(4, CLASSES)));
        rows.add(row(
                        "`OCNNOutputLayer`",
                        FeedForwardRows::ofOneClass,
                        dense(INPUTS, 4),
                        new OCNNOutputLayer.Builder()
                                .nIn(4)
                                .hiddenLayerSize(3)
                                .nu(0.1)
                                .windowSize(16)
                                .initialRValue(0.1)
                                .configureR(true)
                                .activation(new ActivationSigmoid())
                                .build())
                .goingOn(
                        Continuity.SAME,
                        "DL4J keeps the scores of the last batches in the layer, and neither in a"
                                + " file nor in a copy. So it is exact if the network joins untrained;"
                                + " in mode LOCKED also if"
                                + " it is trained."));
    }

    private static MultiDataSet ofOneClass(final DataType type, final int number) {
        return new MultiDataSet(
                Batches.values(new Random(number), type, Batches.SAMPLES, INPUTS), Nd4j.ones(type, Batches.SAMPLES, 1));
    }
}
