package org.shmarrays.dl4j;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.deeplearning4j.datasets.iterator.utilty.ListDataSetIterator;
import org.deeplearning4j.nn.api.OptimizationAlgorithm;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.constraint.MaxNormConstraint;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.AutoEncoder;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.LearnedSelfAttentionLayer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.conf.layers.recurrent.SimpleRnn;
import org.deeplearning4j.nn.conf.stepfunctions.NegativeGradientStepFunction;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.learning.config.AdaBelief;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.learning.regularization.L2Regularization;
import org.shmarrays.layout.Mode;

/** What doesn't train: refused when a model joins, or failing in plain DL4J too. */
final class RefusedRows {
    private static final int INPUTS = Configurations.INPUTS;
    private static final int CLASSES = Configurations.CLASSES;
    private static final int UNITS = 3;

    private final Function<Mode, TrainingOptions> options;
    private final List<UntrainableRow> rows = new ArrayList<>();

    private RefusedRows(final Function<Mode, TrainingOptions> options) {
        this.options = options;
    }

    /** Rows of attempts to join with these options. */
    static List<UntrainableRow> rows(final Function<Mode, TrainingOptions> options) {
        final RefusedRows table = new RefusedRows(options);
        table.addUpdaters();
        table.addOptimization();
        table.addTypes();
        table.addPretraining();
        table.addFailing();
        return table.rows;
    }

    /** As a user might write one. */
    static final class OwnUpdater extends Sgd {
        private static final long serialVersionUID = 1;

        OwnUpdater() {
            super(0.1);
        }

        @Override
        public Sgd clone() {
            return new OwnUpdater();
        }
    }

    static final class OwnRegularization extends L2Regularization {
        private static final long serialVersionUID = 1;

        OwnRegularization() {
            super(0.1);
        }

        @Override
        public OwnRegularization clone() {
            return new OwnRegularization();
        }
    }

    static final class OwnStepFunction extends NegativeGradientStepFunction {
        private static final long serialVersionUID = 1;
    }

    private static MultiLayerNetwork initialized(final MultiLayerNetwork network) {
        network.init();
        return network;
    }

    private static MultiLayerNetwork dense(
            final DataType type, final IUpdater updater, final UnaryOperator<NeuralNetConfiguration.Builder> more) {
        return initialized(new MultiLayerNetwork(
                Networks.dense(more.apply(Networks.builder(type, updater)), INPUTS, UNITS, CLASSES)));
    }

    private void addRefused(
            final String name, final String reason, final String message, final MultiLayerNetwork network) {
        rows.add(new UntrainableRow(
                name,
                "refused: " + reason,
                () -> SharedTraining.join(network, options.apply(Mode.LOCKED)),
                message,
                network));
    }

    private void addRefused(final String name, final String message, final MultiLayerNetwork network) {
        addRefused(name, message, message, network);
    }

    private void addUpdaters() {
        addRefused(
                "`AdaBelief`",
                "ND4J's AdaBelief fails when it is created, with or without shared memory",
                dense(DataType.FLOAT, new AdaBelief(0.1), builder -> builder));
        addRefused(
                "an `IUpdater` of your own",
                "updaters of this class are unknown, and may not be element-wise",
                dense(DataType.FLOAT, new OwnUpdater(), builder -> builder));
        addRefused(
                "a `Regularization` of your own",
                "regularisations of this class are unknown, and may not be element-wise",
                dense(
                        DataType.FLOAT,
                        new Sgd(0.1),
                        builder -> builder.regularization(List.of(new OwnRegularization()))));
        final MultiLayerNetwork stepped = dense(DataType.FLOAT, new Sgd(0.1), builder -> builder);
        stepped.conf().setStepFunction(new OwnStepFunction());
        addRefused(
                "a `StepFunction` of your own",
                "step functions of this class are unknown, and may not be element-wise",
                stepped);
    }

    private void addOptimization() {
        for (final OptimizationAlgorithm algorithm : OptimizationAlgorithm.values()) {
            if (algorithm != OptimizationAlgorithm.STOCHASTIC_GRADIENT_DESCENT) {
                addRefused(
                        "`" + algorithm + "`",
                        "this optimization algorithm searches along a line, which needs parameters that no other worker"
                                + " changes",
                        dense(DataType.FLOAT, new Sgd(0.1), builder -> builder.optimizationAlgo(algorithm)));
            }
        }
    }

    private void addTypes() {
        addRefused(
                "constraints of networks of type `HALF`",
                "constraints of 16-bit networks can't be shared, because DL4J computes them from rounded parameters",
                dense(
                        DataType.FLOAT16,
                        new Sgd(0.1),
                        builder -> builder.constrainWeights(new MaxNormConstraint(1, 1))));
        rows.add(new UntrainableRow(
                "more than 2147483647 parameters",
                "refused: the model has more parameters than an array has elements",
                () -> JoinChecks.checkSize(1L << 31),
                "the model has more parameters than an array has elements",
                null));
    }

    private void addPretraining() {
        final MultiLayerNetwork network =
                initialized(new MultiLayerNetwork(Networks.builder(DataType.FLOAT, new Sgd(0.1))
                        .list()
                        .layer(new AutoEncoder.Builder().nIn(INPUTS).nOut(UNITS).build())
                        .layer(Networks.output(UNITS, CLASSES))
                        .build()));
        rows.add(new UntrainableRow(
                "`network.pretrain` in the locked modes",
                "refused: layer-wise pretraining would change this worker's copy of the parameters alone. In mode"
                        + " HOGWILD it trains the shared values as plain DL4J does, by an updater of this worker's own,"
                        + " and counts no iterations.",
                () -> {
                    final SharedTraining training = SharedTraining.join(network, options.apply(Mode.LOCKED));
                    try {
                        network.pretrain(new ListDataSetIterator<>(
                                List.of(Batches.ofSamples(DataType.FLOAT, INPUTS, 0)), Batches.SAMPLES));
                    } finally {
                        training.close();
                    }
                },
                "layer-wise pretraining would change this worker's copy of the parameters alone",
                network));
    }

    private void addFailing() {
        addFailing(
                "`SimpleRnn` with `hasLayerNorm(true)`",
                "Indices are out of range",
                sequences(new SimpleRnn.Builder().nOut(UNITS).hasLayerNorm(true).build()));
        addFailing(
                "`LearnedSelfAttentionLayer`",
                "scatter_update",
                sequences(new LearnedSelfAttentionLayer.Builder()
                        .nOut(UNITS)
                        .nHeads(1)
                        .headSize(2)
                        .nQueries(2)
                        .projectInput(true)
                        .build()));
    }

    private static MultiLayerNetwork sequences(final Layer layer) {
        return initialized(new MultiLayerNetwork(Networks.builder(DataType.FLOAT, new Adam(0.01))
                .list()
                .layer(layer)
                .layer(new GlobalPoolingLayer(PoolingType.MAX))
                .layer(Networks.output(0, Configurations.SEQUENCE_CLASSES))
                .setInputType(InputType.recurrent(Configurations.SEQUENCE_INPUTS, Batches.STEPS, RNNFormat.NCW))
                .build()));
    }

    private void addFailing(final String name, final String message, final MultiLayerNetwork network) {
        rows.add(new UntrainableRow(
                name,
                "fails in plain DL4J 1.0.0-M2.1 too: \"" + message + "\"",
                () -> network.fit(ExactnessRow.values(
                                ExactnessRow.shape(Configurations.SEQUENCE_INPUTS, Batches.STEPS),
                                ExactnessRow.shape(Configurations.SEQUENCE_CLASSES))
                        .of(DataType.FLOAT, 0)),
                message,
                network));
    }
}
