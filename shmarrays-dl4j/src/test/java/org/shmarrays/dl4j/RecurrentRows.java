package org.shmarrays.dl4j;

import static org.shmarrays.dl4j.ExactnessRow.maskedSequences;
import static org.shmarrays.dl4j.ExactnessRow.shape;
import static org.shmarrays.dl4j.ExactnessRow.values;
import static org.shmarrays.dl4j.ExactnessRow.words;

import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.constraint.MaxNormConstraint;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.Convolution1D;
import org.deeplearning4j.nn.conf.layers.Convolution1DLayer;
import org.deeplearning4j.nn.conf.layers.EmbeddingSequenceLayer;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.GravesBidirectionalLSTM;
import org.deeplearning4j.nn.conf.layers.GravesLSTM;
import org.deeplearning4j.nn.conf.layers.LSTM;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.LocallyConnected1D;
import org.deeplearning4j.nn.conf.layers.Pooling1D;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.conf.layers.RecurrentAttentionLayer;
import org.deeplearning4j.nn.conf.layers.RnnLossLayer;
import org.deeplearning4j.nn.conf.layers.RnnOutputLayer;
import org.deeplearning4j.nn.conf.layers.SelfAttentionLayer;
import org.deeplearning4j.nn.conf.layers.Subsampling1DLayer;
import org.deeplearning4j.nn.conf.layers.Upsampling1D;
import org.deeplearning4j.nn.conf.layers.ZeroPadding1DLayer;
import org.deeplearning4j.nn.conf.layers.convolutional.Cropping1D;
import org.deeplearning4j.nn.conf.layers.misc.RepeatVector;
import org.deeplearning4j.nn.conf.layers.recurrent.Bidirectional;
import org.deeplearning4j.nn.conf.layers.recurrent.LastTimeStep;
import org.deeplearning4j.nn.conf.layers.recurrent.SimpleRnn;
import org.deeplearning4j.nn.conf.layers.recurrent.TimeDistributed;
import org.deeplearning4j.nn.conf.layers.util.MaskLayer;
import org.deeplearning4j.nn.conf.layers.util.MaskZeroLayer;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;
import org.shmarrays.dl4j.ExactnessRow.BatchSource;

/** Networks of layers for sequences. */
final class RecurrentRows {
    private static final int INPUTS = Configurations.SEQUENCE_INPUTS;
    private static final int CLASSES = Configurations.SEQUENCE_CLASSES;
    private static final int STEPS = Batches.STEPS;
    private static final int UNITS = 3;

    private final List<ExactnessRow> rows = new ArrayList<>();

    private RecurrentRows() {}

    static List<ExactnessRow> rows() {
        final RecurrentRows table = new RecurrentRows();
        table.addRecurrent();
        table.addWrappers();
        table.addAttention();
        table.addConvolutions();
        return table.rows;
    }

    private static ExactnessRow row(
            final String name, final BatchSource batches, final InputType input, final Layer... layers) {
        return row(name, batches, input, builder -> builder, layers);
    }

    private static ExactnessRow row(
            final String name,
            final BatchSource batches,
            final InputType input,
            final UnaryOperator<NeuralNetConfiguration.Builder> general,
            final Layer... layers) {
        return ExactnessRow.network(
                "Layers for sequences",
                name,
                type -> {
                    final NeuralNetConfiguration.ListBuilder list = general.apply(
                                    Networks.builder(type, new Adam(0.01)))
                            .list();
                    for (final Layer layer : layers) {
                        list.layer(layer.clone());
                    }
                    return list.setInputType(input).build();
                },
                batches);
    }

    /** A row of sequences with a class for each step, and masks. */
    private void add(final String name, final Layer... layers) {
        rows.add(row(name, maskedSequences(), sequence(), layers));
    }

    private static InputType sequence() {
        return InputType.recurrent(INPUTS, STEPS, RNNFormat.NCW);
    }

    /** Sequences with a class for each. */
    private void addWhole(final String name, final Layer... layers) {
        rows.add(row(name, values(shape(INPUTS, STEPS), shape(CLASSES)), sequence(), layers));
    }

    private static LSTM lstm() {
        return new LSTM.Builder().nOut(UNITS).build();
    }

    private static RnnOutputLayer output() {
        return new RnnOutputLayer.Builder(LossFunction.MCXENT)
                .nOut(CLASSES)
                .activation(Activation.SOFTMAX)
                .build();
    }

    @SuppressWarnings("deprecation") // of the Graves LSTMs: users still have them
    private void addRecurrent() {
        add("`LSTM`, `RnnOutputLayer`", lstm(), output());
        add("`GravesLSTM`", new GravesLSTM.Builder().nOut(UNITS).build(), output());
        add(
                "`GravesBidirectionalLSTM`",
                new GravesBidirectionalLSTM.Builder().nOut(UNITS).build(),
                output());
        add(
                "`SimpleRnn`, `RnnLossLayer`",
                new SimpleRnn.Builder().nOut(CLASSES).build(),
                new RnnLossLayer.Builder(LossFunction.MCXENT)
                        .activation(Activation.SOFTMAX)
                        .build());
        for (final Bidirectional.Mode mode : Bidirectional.Mode.values()) {
            add(
                    "`Bidirectional`, mode " + mode,
                    new Bidirectional(mode, new SimpleRnn.Builder().nOut(2).build()),
                    output());
        }
        rows.add(row(
                "`EmbeddingSequenceLayer`",
                words(9, shape(STEPS), shape(CLASSES, STEPS)),
                InputType.recurrent(9, STEPS, RNNFormat.NCW),
                new EmbeddingSequenceLayer.Builder()
                        .nIn(9)
                        .nOut(UNITS)
                        .inputLength(STEPS)
                        .build(),
                lstm(),
                output()));
    }

    private void addWrappers() {
        addWhole("`LastTimeStep`", new LastTimeStep(lstm()), Networks.output(UNITS, CLASSES));
        add("`MaskLayer`", lstm(), new MaskLayer(), output());
        add(
                "`MaskZeroLayer`",
                new MaskZeroLayer.Builder()
                        .setUnderlying(lstm())
                        .setMaskValue(0)
                        .build(),
                output());
        add("`TimeDistributed`", new TimeDistributed(FeedForwardRows.dense(INPUTS, UNITS), RNNFormat.NCW), output());
        rows.add(row(
                "`RepeatVector`",
                values(shape(INPUTS), shape(CLASSES, STEPS)),
                InputType.feedForward(INPUTS),
                new RepeatVector.Builder<>(STEPS).build(),
                lstm(),
                output()));
        rows.add(row(
                "`MaxNormConstraint` of layers in `Bidirectional`, `TimeDistributed`, `MaskZeroLayer`"
                        + " and `LastTimeStep`",
                values(shape(INPUTS, STEPS), shape(CLASSES)),
                sequence(),
                builder -> builder.constrainWeights(new MaxNormConstraint(0.3, 1)),
                new TimeDistributed(FeedForwardRows.dense(INPUTS, UNITS), RNNFormat.NCW),
                new Bidirectional(Bidirectional.Mode.ADD, lstm()),
                new MaskZeroLayer.Builder()
                        .setUnderlying(lstm())
                        .setMaskValue(0)
                        .build(),
                new LastTimeStep(lstm()),
                Networks.output(UNITS, CLASSES)));
    }

    private void addAttention() {
        add(
                "`SelfAttentionLayer`",
                new SelfAttentionLayer.Builder()
                        .nOut(UNITS)
                        .nHeads(1)
                        .headSize(2)
                        .projectInput(true)
                        .build(),
                output());
        add(
                "`RecurrentAttentionLayer`",
                new RecurrentAttentionLayer.Builder()
                        .nIn(INPUTS)
                        .nOut(UNITS)
                        .nHeads(1)
                        .headSize(2)
                        .projectInput(true)
                        .build(),
                output());
    }

    private void addConvolutions() {
        addWhole(
                "`Convolution1DLayer`, `Subsampling1DLayer`, `ZeroPadding1DLayer`, `Upsampling1D`, `Cropping1D`",
                new Convolution1DLayer.Builder()
                        .kernelSize(2)
                        .stride(1)
                        .nOut(UNITS)
                        .build(),
                new Subsampling1DLayer.Builder(PoolingType.MAX)
                        .kernelSize(2)
                        .stride(2)
                        .build(),
                new ZeroPadding1DLayer(1),
                new Upsampling1D.Builder(2).build(),
                new Cropping1D(1),
                new GlobalPoolingLayer(PoolingType.AVG),
                Networks.output(UNITS, CLASSES));
        addWhole(
                "`LocallyConnected1D`",
                new LocallyConnected1D.Builder()
                        .nIn(INPUTS)
                        .nOut(UNITS)
                        .kernelSize(2)
                        .setInputSize(STEPS)
                        .build(),
                new GlobalPoolingLayer(PoolingType.PNORM),
                Networks.output(UNITS, CLASSES));
        addWhole(
                "`Convolution1D`, `Pooling1D`",
                convolution1D(),
                pooling1D(),
                new GlobalPoolingLayer(PoolingType.SUM),
                Networks.output(UNITS, CLASSES));
    }

    private static Convolution1D convolution1D() {
        final Convolution1D layer = new Convolution1D();
        layer.setNOut(UNITS);
        layer.setKernelSize(new int[] {2, 1});
        layer.setStride(new int[] {1, 1});
        layer.setPadding(new int[] {0, 0});
        layer.setDilation(new int[] {1, 1});
        return layer;
    }

    private static Pooling1D pooling1D() {
        final Pooling1D layer = new Pooling1D();
        layer.setPoolingType(PoolingType.MAX);
        layer.setKernelSize(new int[] {2, 1});
        layer.setStride(new int[] {1, 1});
        layer.setPadding(new int[] {0, 0});
        layer.setDilation(new int[] {1, 1});
        return layer;
    }
}
