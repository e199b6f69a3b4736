package org.shmarrays.dl4j;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.conf.BackpropType;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.GradientNormalization;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.constraint.MaxNormConstraint;
import org.deeplearning4j.nn.conf.constraint.NonNegativeConstraint;
import org.deeplearning4j.nn.conf.constraint.UnitNormConstraint;
import org.deeplearning4j.nn.conf.graph.AttentionVertex;
import org.deeplearning4j.nn.conf.graph.MergeVertex;
import org.deeplearning4j.nn.conf.graph.rnn.DuplicateToTimeSeriesVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.CenterLossOutputLayer;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.LSTM;
import org.deeplearning4j.nn.conf.layers.RnnOutputLayer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayer;
import org.deeplearning4j.nn.conf.layers.recurrent.Bidirectional;
import org.deeplearning4j.nn.conf.layers.variational.VariationalAutoencoder;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.updater.BaseMultiLayerUpdater;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.learning.config.AMSGrad;
import org.nd4j.linalg.learning.config.AdaDelta;
import org.nd4j.linalg.learning.config.AdaGrad;
import org.nd4j.linalg.learning.config.AdaMax;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Nadam;
import org.nd4j.linalg.learning.config.Nesterovs;
import org.nd4j.linalg.learning.config.NoOp;
import org.nd4j.linalg.learning.config.RmsProp;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;
import org.nd4j.linalg.schedule.ExponentialSchedule;
import org.nd4j.linalg.schedule.ScheduleType;
import org.nd4j.linalg.schedule.StepSchedule;

/** Small networks of many kinds, by a name that says what is particular about each. */
final class Configurations {
    /** Features of a sample, and of one step of a sequence. */
    static final int INPUTS = 5;

    static final int SEQUENCE_INPUTS = 4;
    static final int CLASSES = 2;
    static final int SEQUENCE_CLASSES = 3;

    private Configurations() {}

    static List<IUpdater> updaters() {
        return List.of(
                new Sgd(0.05),
                new Nesterovs(new ExponentialSchedule(ScheduleType.ITERATION, 0.05, 0.95), 0.9),
                new Adam(new StepSchedule(ScheduleType.ITERATION, 0.01, 0.5, 10)),
                new AdaMax(0.01),
                new AMSGrad(0.01),
                new Nadam(0.01),
                new AdaGrad(0.05),
                new AdaDelta(),
                new RmsProp(0.01),
                new NoOp());
    }

    /** Networks for samples of {@link #INPUTS} features and {@link #CLASSES} classes. */
    static Map<String, MultiLayerConfiguration> ofSamples(final DataType type) {
        final Map<String, MultiLayerConfiguration> configurations = new LinkedHashMap<>(ofUpdaters(type));
        configurations.putAll(combined(type));
        return configurations;
    }

    private static Map<String, MultiLayerConfiguration> ofUpdaters(final DataType type) {
        final Map<String, MultiLayerConfiguration> configurations = new LinkedHashMap<>();
        for (final IUpdater updater : updaters()) {
            configurations.put(
                    updater.getClass().getSimpleName() + " with BatchNormalization, L1 and L2",
                    Networks.builder(type, updater)
                            .l1(0.001)
                            .l2(0.01)
                            .list()
                            .layer(dense(INPUTS, 7))
                            .layer(new BatchNormalization.Builder()
                                    .nIn(7)
                                    .nOut(7)
                                    .build())
                            .layer(Networks.output(7, CLASSES))
                            .build());
        }
        return configurations;
    }

    /** Those networks for samples that combine several particular things. */
    static Map<String, MultiLayerConfiguration> combined(final DataType type) {
        final Map<String, MultiLayerConfiguration> configurations = new LinkedHashMap<>();
        configurations.put(
                "a frozen layer, mixed updaters, CenterLoss, weight decay and clipping",
                Networks.builder(type, new Adam(0.01))
                        .weightDecay(0.01)
                        .gradientNormalization(GradientNormalization.ClipL2PerLayer)
                        .gradientNormalizationThreshold(0.05)
                        .list()
                        .layer(new FrozenLayer(dense(INPUTS, 6)))
                        .layer(new DenseLayer.Builder()
                                .nIn(6)
                                .nOut(4)
                                .updater(new Nesterovs(0.05, 0.9))
                                .biasUpdater(new Sgd(0.1))
                                .build())
                        .layer(dense(4, 3))
                        .layer(centerLoss(3))
                        .build());
        configurations.put(
                "a layer below a frozen one",
                Networks.builder(type, new Adam(0.01))
                        .weightDecay(0.01)
                        .list()
                        .layer(dense(INPUTS, 4))
                        .layer(new FrozenLayer(dense(4, 6)))
                        .layer(Networks.output(6, CLASSES))
                        .build());
        configurations.put(
                "a variational autoencoder with L2",
                Networks.builder(type, new AMSGrad(0.01))
                        .l2(0.1)
                        .list()
                        .layer(new VariationalAutoencoder.Builder()
                                .nIn(INPUTS)
                                .nOut(4)
                                .encoderLayerSizes(5)
                                .decoderLayerSizes(5)
                                .build())
                        .layer(Networks.output(4, CLASSES))
                        .build());
        configurations.put(
                "a variational autoencoder with `MaxNormConstraint`",
                Networks.builder(type, new AMSGrad(0.01))
                        .l2(0.1)
                        .constrainWeights(new MaxNormConstraint(0.3, 1))
                        .list()
                        .layer(new VariationalAutoencoder.Builder()
                                .nIn(INPUTS)
                                .nOut(4)
                                .encoderLayerSizes(5)
                                .decoderLayerSizes(5)
                                .build())
                        .layer(Networks.output(4, CLASSES))
                        .build());
        configurations.put(
                "`MaxNormConstraint` and `UnitNormConstraint` with `AdaDelta`",
                Networks.dense(
                        Networks.builder(type, new AdaDelta())
                                .constrainWeights(new MaxNormConstraint(0.5, 1), new UnitNormConstraint(1)),
                        INPUTS,
                        9,
                        CLASSES));
        configurations.put(
                "constraints of a layer between others",
                Networks.builder(type, new Adam(0.05))
                        .list()
                        .layer(dense(INPUTS, 11))
                        .layer(new DenseLayer.Builder()
                                .nIn(11)
                                .nOut(9)
                                .constrainAllParameters(new NonNegativeConstraint())
                                .build())
                        .layer(dense(9, 8))
                        .layer(Networks.output(8, CLASSES))
                        .build());
        configurations.put(
                "sums instead of means over a batch",
                Networks.dense(Networks.builder(type, new Sgd(0.01)).miniBatch(false), INPUTS, 4, CLASSES));
        configurations.put(
                "dropout",
                Networks.dense(Networks.builder(type, new Nadam(0.01)).dropOut(0.5), INPUTS, 6, CLASSES));
        return configurations;
    }

    private static DenseLayer dense(final int inputs, final int outputs) {
        return new DenseLayer.Builder().nIn(inputs).nOut(outputs).build();
    }

    private static CenterLossOutputLayer centerLoss(final int inputs) {
        return new CenterLossOutputLayer.Builder(LossFunction.MCXENT)
                .nIn(inputs)
                .nOut(CLASSES)
                .alpha(0.1)
                .lambda(0.05)
                .activation(Activation.SOFTMAX)
                .build();
    }

    /** Networks for sequences of {@link #SEQUENCE_INPUTS} features and {@link #SEQUENCE_CLASSES} classes. */
    static Map<String, MultiLayerConfiguration> ofSequences(final DataType type) {
        final Map<String, MultiLayerConfiguration> configurations = new LinkedHashMap<>();
        configurations.put(
                "an LSTM with truncated backpropagation and weight decay",
                Networks.builder(type, new Adam(0.01))
                        .weightDecay(0.01)
                        .list()
                        .layer(lstm(SEQUENCE_INPUTS, 6))
                        .layer(sequenceOutput(6))
                        .backpropType(BackpropType.TruncatedBPTT)
                        .tBPTTForwardLength(3)
                        .tBPTTBackwardLength(3)
                        .build());
        configurations.put(
                "a bidirectional LSTM",
                Networks.builder(type, new RmsProp(0.01))
                        .list()
                        .layer(new Bidirectional(Bidirectional.Mode.CONCAT, lstm(SEQUENCE_INPUTS, 5)))
                        .layer(sequenceOutput(10))
                        .build());
        configurations.put(
                "an LSTM with truncated backpropagation and `MaxNormConstraint`",
                Networks.builder(type, new Adam(0.01))
                        .constrainWeights(new MaxNormConstraint(0.3, 1))
                        .list()
                        .layer(lstm(SEQUENCE_INPUTS, 6))
                        .layer(sequenceOutput(6))
                        .backpropType(BackpropType.TruncatedBPTT)
                        .tBPTTForwardLength(3)
                        .tBPTTBackwardLength(3)
                        .build());
        configurations.put(
                "a bidirectional LSTM with `MaxNormConstraint`",
                Networks.builder(type, new Adam(0.01))
                        .constrainWeights(new MaxNormConstraint(0.3, 1))
                        .list()
                        .layer(new Bidirectional(Bidirectional.Mode.CONCAT, lstm(SEQUENCE_INPUTS, 5)))
                        .layer(sequenceOutput(10))
                        .build());
        return configurations;
    }

    /** Networks for images of 1 by 3 by 3 pixels, given as vectors. */
    static Map<String, MultiLayerConfiguration> ofImages(final DataType type) {
        return Map.of(
                "a convolution",
                Networks.builder(type, new Adam(0.01))
                        .list()
                        .layer(new ConvolutionLayer.Builder(2, 2)
                                .nOut(3)
                                .biasUpdater(new Sgd(0.1))
                                .build())
                        .layer(Networks.output(0, CLASSES))
                        .setInputType(InputType.convolutionalFlat(3, 3, 1))
                        .build());
    }

    static LSTM lstm(final int inputs, final int outputs) {
        return new LSTM.Builder()
                .dataFormat(RNNFormat.NCW)
                .nIn(inputs)
                .nOut(outputs)
                .build();
    }

    static RnnOutputLayer sequenceOutput(final int inputs) {
        return new RnnOutputLayer.Builder(LossFunction.MCXENT)
                .dataFormat(RNNFormat.NCW)
                .nIn(inputs)
                .nOut(SEQUENCE_CLASSES)
                .activation(Activation.SOFTMAX)
                .build();
    }

    /** Graphs: of a sequence and a sample with an output for each, and of a sequence with attention. */
    static Map<String, ComputationGraphConfiguration> graphs(final DataType type) {
        final Map<String, ComputationGraphConfiguration> configurations = new LinkedHashMap<>();
        configurations.put(
                "a graph of two inputs and two outputs",
                Networks.builder(type, new Adam(0.01))
                        .weightDecay(0.01)
                        .l1(0.001)
                        .gradientNormalization(GradientNormalization.ClipL2PerLayer)
                        .gradientNormalizationThreshold(0.05)
                        .graphBuilder()
                        .addInputs("sequence", "sample")
                        .addLayer("lstm", lstm(SEQUENCE_INPUTS, 6), "sequence")
                        .addLayer("frozen", new FrozenLayer(dense(INPUTS, 6)), "sample")
                        .addLayer(
                                "normalized",
                                new BatchNormalization.Builder().nIn(6).nOut(6).build(),
                                "frozen")
                        .addLayer(
                                "dense",
                                new DenseLayer.Builder()
                                        .nIn(6)
                                        .nOut(6)
                                        .updater(new Nesterovs(0.05, 0.9))
                                        .biasUpdater(new Sgd(0.1))
                                        .build(),
                                "normalized")
                        .addVertex("repeated", new DuplicateToTimeSeriesVertex("sequence"), "dense")
                        .addVertex("merged", new MergeVertex(), "lstm", "repeated")
                        .addLayer("sequenceOutput", sequenceOutput(12), "merged")
                        .addLayer("sampleOutput", centerLoss(6), "dense")
                        .setOutputs("sequenceOutput", "sampleOutput")
                        .build());
        final NeuralNetConfiguration.Builder builder =
                Networks.builder(type, new AdaDelta()).l2(0.01);
        configurations.put(
                "a graph with an `AttentionVertex`",
                builder.graphBuilder()
                        .addInputs("sequence")
                        .addLayer("lstm", lstm(SEQUENCE_INPUTS, 3), "sequence")
                        .addVertex(
                                "attention",
                                new AttentionVertex.Builder()
                                        .nInKeys(3)
                                        .nInQueries(3)
                                        .nInValues(3)
                                        .nOut(2)
                                        .nHeads(1)
                                        .headSize(2)
                                        .projectInput(true)
                                        .build(),
                                "lstm",
                                "lstm",
                                "lstm")
                        .addLayer("output", sequenceOutput(2), "attention")
                        .setOutputs("output")
                        .build());
        return configurations;
    }

    /** All of them, initialised. */
    static Map<String, Model> models(final DataType type) {
        final Map<String, Model> models = new LinkedHashMap<>();
        final Map<String, MultiLayerConfiguration> networks = new LinkedHashMap<>(ofSamples(type));
        networks.putAll(ofSequences(type));
        networks.putAll(ofImages(type));
        networks.forEach((name, configuration) -> models.put(name, initialized(new MultiLayerNetwork(configuration))));
        graphs(type)
                .forEach((name, configuration) -> models.put(name, initialized(new ComputationGraph(configuration))));
        return models;
    }

    private static Model initialized(final Model model) {
        model.init();
        return model;
    }

    /** DL4J's updater of a network or graph, with its blocks. */
    static BaseMultiLayerUpdater<?> updater(final Model model) {
        return model instanceof ComputationGraph graph
                ? graph.getUpdater()
                : (BaseMultiLayerUpdater<?>) ((MultiLayerNetwork) model).getUpdater();
    }
}
