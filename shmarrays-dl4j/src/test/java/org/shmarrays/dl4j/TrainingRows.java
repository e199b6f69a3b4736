package org.shmarrays.dl4j;

import static org.shmarrays.dl4j.ExactnessRow.samples;
import static org.shmarrays.dl4j.ExactnessRow.shape;
import static org.shmarrays.dl4j.ExactnessRow.values;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.deeplearning4j.nn.api.layers.LayerConstraint;
import org.deeplearning4j.nn.conf.GradientNormalization;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.constraint.MaxNormConstraint;
import org.deeplearning4j.nn.conf.constraint.MinMaxNormConstraint;
import org.deeplearning4j.nn.conf.constraint.NonNegativeConstraint;
import org.deeplearning4j.nn.conf.constraint.UnitNormConstraint;
import org.deeplearning4j.nn.conf.distribution.NormalDistribution;
import org.deeplearning4j.nn.conf.dropout.AlphaDropout;
import org.deeplearning4j.nn.conf.dropout.Dropout;
import org.deeplearning4j.nn.conf.dropout.GaussianDropout;
import org.deeplearning4j.nn.conf.dropout.GaussianNoise;
import org.deeplearning4j.nn.conf.dropout.IDropout;
import org.deeplearning4j.nn.conf.dropout.SpatialDropout;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.stepfunctions.DefaultStepFunction;
import org.deeplearning4j.nn.conf.stepfunctions.GradientStepFunction;
import org.deeplearning4j.nn.conf.stepfunctions.NegativeDefaultStepFunction;
import org.deeplearning4j.nn.conf.stepfunctions.NegativeGradientStepFunction;
import org.deeplearning4j.nn.conf.stepfunctions.StepFunction;
import org.deeplearning4j.nn.conf.weightnoise.DropConnect;
import org.deeplearning4j.nn.conf.weightnoise.IWeightNoise;
import org.deeplearning4j.nn.conf.weightnoise.WeightNoise;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.transferlearning.FineTuneConfiguration;
import org.deeplearning4j.nn.transferlearning.TransferLearning;
import org.deeplearning4j.nn.weights.WeightInit;
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
import org.nd4j.linalg.schedule.CycleSchedule;
import org.nd4j.linalg.schedule.ExponentialSchedule;
import org.nd4j.linalg.schedule.FixedSchedule;
import org.nd4j.linalg.schedule.ISchedule;
import org.nd4j.linalg.schedule.InverseSchedule;
import org.nd4j.linalg.schedule.MapSchedule;
import org.nd4j.linalg.schedule.PolySchedule;
import org.nd4j.linalg.schedule.RampSchedule;
import org.nd4j.linalg.schedule.ScheduleType;
import org.nd4j.linalg.schedule.SigmoidSchedule;
import org.nd4j.linalg.schedule.StepSchedule;
import org.shmarrays.dl4j.ExactnessRow.Continuity;

/** Updaters, schedules, regularisation, gradient normalisation, constraints, noise, and how a network came to be. */
final class TrainingRows {
    private static final int INPUTS = Configurations.INPUTS;
    private static final int CLASSES = Configurations.CLASSES;
    private static final int UNITS = 4;

    private final List<ExactnessRow> rows = new ArrayList<>();

    private TrainingRows() {}

    static List<ExactnessRow> rows() {
        final TrainingRows table = new TrainingRows();
        table.addUpdaters();
        table.addSchedules();
        table.addRegularizations();
        table.addGradientNormalizations();
        table.addConstraints();
        table.addNoise();
        table.addSteps();
        table.addTransferred();
        return table.rows;
    }

    private void add(
            final String kind,
            final String name,
            final IUpdater updater,
            final UnaryOperator<NeuralNetConfiguration.Builder> more) {
        rows.add(ExactnessRow.network(
                kind,
                name,
                type -> Networks.dense(more.apply(Networks.builder(type, updater)), INPUTS, UNITS, CLASSES),
                samples(INPUTS)));
    }

    private static String name(final Object configured) {
        return "`" + configured.getClass().getSimpleName() + "`";
    }

    private void addUpdaters() {
        for (final IUpdater updater : List.of(
                new Sgd(0.05),
                new Nesterovs(0.05, 0.9),
                new Adam(0.01),
                new AdaMax(0.01),
                new AMSGrad(0.01),
                new Nadam(0.01),
                new AdaGrad(0.05),
                new AdaDelta(),
                new RmsProp(0.01),
                new NoOp())) {
            add("Updaters", name(updater), updater, builder -> builder);
        }
        add("Updaters", "another for biases", new Adam(0.01), builder -> builder.biasUpdater(new Sgd(0.1)));
        rows.add(ExactnessRow.network(
                "Updaters",
                "another for each layer",
                type -> Networks.builder(type, new Nesterovs(0.05, 0.9))
                        .list()
                        .layer(new DenseLayer.Builder()
                                .nIn(INPUTS)
                                .nOut(UNITS)
                                .updater(new AMSGrad(0.01))
                                .build())
                        .layer(new DenseLayer.Builder()
                                .nIn(UNITS)
                                .nOut(UNITS)
                                .updater(new NoOp())
                                .build())
                        .layer(Networks.output(UNITS, CLASSES))
                        .build(),
                samples(INPUTS)));
    }

    private void addSchedules() {
        for (final ISchedule schedule : List.of(
                new ExponentialSchedule(ScheduleType.ITERATION, 0.1, 0.95),
                new StepSchedule(ScheduleType.ITERATION, 0.1, 0.5, 7),
                new InverseSchedule(ScheduleType.ITERATION, 0.1, 0.5, 2),
                new PolySchedule(ScheduleType.ITERATION, 0.1, 2, 100),
                new SigmoidSchedule(ScheduleType.ITERATION, 0.1, 0.5, 10),
                new CycleSchedule(ScheduleType.ITERATION, 0.1, 20),
                new MapSchedule(ScheduleType.ITERATION, Map.of(0, 0.1, 5, 0.03, 9, 0.01)))) {
            add("Schedules", name(schedule), new Adam(schedule), builder -> builder);
        }
        rows.add(ExactnessRow.network(
                        "Schedules",
                        "`RampSchedule`",
                        type -> Networks.dense(
                                Networks.builder(type, new Sgd(new RampSchedule(new FixedSchedule(0.1), 10))),
                                INPUTS,
                                UNITS,
                                CLASSES),
                        samples(INPUTS))
                .goingOn(
                        Continuity.RESTORED,
                        "DL4J can read files of such a model only in a program that has joined, spawned or attached."));
        add("Schedules", "`FixedSchedule`", new Sgd(new FixedSchedule(0.1)), builder -> builder);
        add(
                "Schedules",
                "of learning rate and momentum",
                new Nesterovs(
                        new StepSchedule(ScheduleType.ITERATION, 0.1, 0.5, 7),
                        new ExponentialSchedule(ScheduleType.ITERATION, 0.9, 0.95)),
                builder -> builder);
        add(
                "Schedules",
                "of dropout",
                new Sgd(0.1),
                builder -> builder.dropOut(new Dropout(new ExponentialSchedule(ScheduleType.ITERATION, 0.9, 0.95))));
    }

    private void addRegularizations() {
        final String kind = "Regularisation";
        final IUpdater updater = new Adam(new ExponentialSchedule(ScheduleType.ITERATION, 0.05, 0.95));
        add(kind, "`L1Regularization`", updater, builder -> builder.l1(0.01));
        add(kind, "`L2Regularization`", updater, builder -> builder.l2(0.01));
        add(kind, "of biases", updater, builder -> builder.l1Bias(0.01).l2Bias(0.01));
        add(kind, "`WeightDecay`", updater, builder -> builder.weightDecay(0.01).weightDecayBias(0.02));
        add(kind, "`WeightDecay` that ignores the learning rate", updater, builder -> builder.weightDecay(0.01, false));
        add(
                kind,
                "L1 and L2 with an updater without learning rate",
                new AdaDelta(),
                builder -> builder.l1(0.01).l2(0.01));
    }

    private void addGradientNormalizations() {
        for (final GradientNormalization normalization : GradientNormalization.values()) {
            add(
                    "Gradient normalisation",
                    "`" + normalization + "`",
                    new Adam(0.01),
                    builder -> builder.gradientNormalization(normalization).gradientNormalizationThreshold(0.05));
        }
    }

    private void addConstraints() {
        for (final LayerConstraint constraint : List.of(
                new MaxNormConstraint(0.5, 1), new MinMaxNormConstraint(0.3, 0.5, 1), new UnitNormConstraint(1))) {
            add("Constraints", name(constraint), new Adam(0.05), builder -> builder.constrainWeights(constraint));
        }
        rows.add(ExactnessRow.network(
                        "Constraints",
                        "`NonNegativeConstraint` of weights and biases",
                        type -> Networks.dense(
                                Networks.builder(type, new Adam(0.05))
                                        .constrainWeights(new NonNegativeConstraint())
                                        .constrainBias(new NonNegativeConstraint()),
                                INPUTS,
                                UNITS,
                                CLASSES),
                        samples(INPUTS))
                .goingOn(
                        Continuity.RESTORED,
                        "DL4J ignores `constrainAllParameters` of a network's builder; set it for"
                                + " each layer, or set `constrainWeights` and `constrainBias`."));
        add(
                "Constraints",
                "of biases alone",
                new Adam(0.05),
                builder -> builder.constrainBias(new NonNegativeConstraint()));
        rows.add(ExactnessRow.network(
                "Constraints",
                "of a layer between others",
                type -> Networks.builder(type, new Adam(0.05))
                        .list()
                        .layer(FeedForwardRows.dense(INPUTS, UNITS))
                        .layer(new DenseLayer.Builder()
                                .nIn(UNITS)
                                .nOut(UNITS)
                                .constrainWeights(new MaxNormConstraint(0.5, 1), new NonNegativeConstraint())
                                .build())
                        .layer(Networks.output(UNITS, CLASSES))
                        .build(),
                samples(INPUTS)));
    }

    private void addNoise() {
        for (final IDropout dropout :
                List.of(new Dropout(0.5), new AlphaDropout(0.5), new GaussianDropout(0.5), new GaussianNoise(0.1))) {
            add("Noise", name(dropout), new Adam(0.01), builder -> builder.dropOut(dropout));
        }
        rows.add(ExactnessRow.network(
                "Noise",
                "`SpatialDropout`",
                type -> Networks.builder(type, new Adam(0.01))
                        .list()
                        .layer(new ConvolutionLayer.Builder(2, 2)
                                .nOut(3)
                                .dropOut(new SpatialDropout(0.5))
                                .build())
                        .layer(Networks.output(0, CLASSES))
                        .setInputType(InputType.convolutional(3, 3, 2))
                        .build(),
                values(shape(2, 3, 3), shape(CLASSES))));
        for (final IWeightNoise noise :
                List.of(new DropConnect(0.8), new WeightNoise(new NormalDistribution(0, 0.1)))) {
            add("Noise", name(noise), new Adam(0.01), builder -> builder.weightNoise(noise));
        }
    }

    @SuppressWarnings("deprecation") // of stepFunction, which DL4J has no other way to set
    private void addSteps() {
        for (final StepFunction function : List.of(
                new NegativeGradientStepFunction(),
                new NegativeDefaultStepFunction(),
                new GradientStepFunction(),
                new DefaultStepFunction())) {
            add("Steps", name(function), new Sgd(0.001), builder -> builder.stepFunction(function));
        }
        add(
                "Steps",
                "sums instead of means over a batch: `miniBatch(false)`",
                new Sgd(0.01),
                builder -> builder.miniBatch(false));
        add("Steps", "`minimize(false)`", new Sgd(0.01), builder -> builder.minimize(false));
        rows.add(ExactnessRow.network(
                "Steps",
                "a smaller batch after each other batch",
                type -> Networks.dense(Networks.builder(type, new Adam(0.01)), INPUTS, UNITS, CLASSES),
                (type, number) -> ExactnessRow.batch(
                        Batches.ofSamples(type, number % 2 == 0 ? Batches.SAMPLES : 1, INPUTS, number))));
    }

    private void addTransferred() {
        rows.add(new ExactnessRow(
                "Transfer learning",
                "`TransferLearning.Builder`: a feature extractor, and a layer of another size",
                TrainingRows::transferred,
                samples(INPUTS)));
        rows.add(new ExactnessRow(
                "Transfer learning",
                "`TransferLearning.GraphBuilder`: a feature extractor, and a layer of another size",
                TrainingRows::transferredGraph,
                samples(INPUTS)));
    }

    private static FineTuneConfiguration fineTune() {
        return new FineTuneConfiguration.Builder()
                .seed(Networks.SEED)
                .updater(new Nesterovs(0.05, 0.9))
                .build();
    }

    private static MultiLayerNetwork transferred(final DataType type) {
        final MultiLayerNetwork network = new MultiLayerNetwork(Networks.builder(type, new Adam(0.01))
                .l2(0.01)
                .list()
                .layer(FeedForwardRows.dense(INPUTS, UNITS))
                .layer(FeedForwardRows.dense(UNITS, UNITS))
                .layer(Networks.output(UNITS, 3))
                .build());
        network.init();
        return new TransferLearning.Builder(network)
                .fineTuneConfiguration(fineTune())
                .setFeatureExtractor(0)
                .nOutReplace(2, CLASSES, WeightInit.XAVIER)
                .build();
    }

    private static ComputationGraph transferredGraph(final DataType type) {
        final ComputationGraph graph = new ComputationGraph(Networks.builder(type, new Adam(0.01))
                .l2(0.01)
                .graphBuilder()
                .addInputs("in")
                .addLayer("a", FeedForwardRows.dense(INPUTS, UNITS), "in")
                .addLayer("b", FeedForwardRows.dense(UNITS, UNITS), "a")
                .addLayer("out", Networks.output(UNITS, 3), "b")
                .setOutputs("out")
                .build());
        graph.init();
        return new TransferLearning.GraphBuilder(graph)
                .fineTuneConfiguration(fineTune())
                .setFeatureExtractor("a")
                .nOutReplace("out", CLASSES, WeightInit.XAVIER)
                .build();
    }
}
