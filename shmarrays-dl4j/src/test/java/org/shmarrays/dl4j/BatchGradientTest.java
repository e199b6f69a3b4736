package org.shmarrays.dl4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.conf.GradientNormalization;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.constraint.MaxNormConstraint;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.optimize.api.BaseTrainingListener;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.AdaGrad;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Nesterovs;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.schedule.ExponentialSchedule;
import org.nd4j.linalg.schedule.ScheduleType;
import org.shmarrays.Settings;
import org.shmarrays.layout.Mode;
import org.shmarrays.update.Updates;

class BatchGradientTest {
    @TempDir
    private Path directory;

    private SharedNetwork create(final MultiLayerConfiguration conf, final Mode mode) {
        return SharedNetwork.create(
                conf,
                "net",
                spec -> spec.inMode(mode),
                Settings.fromProperties()
                        .withDirectory(directory.resolve("segments"))
                        .withSlots(2));
    }

    private static NeuralNetConfiguration.Builder builder() {
        return Networks.builder(DataType.DOUBLE, new Sgd(0.1));
    }

    private static MultiLayerConfiguration withBatchNormalization(final IUpdater updater) {
        return Networks.builder(DataType.DOUBLE, updater)
                .list()
                .layer(new DenseLayer.Builder().nIn(2).nOut(6).build())
                .layer(new BatchNormalization.Builder().nIn(6).nOut(6).build())
                .layer(Networks.output(6, 2))
                .build();
    }

    private static MultiLayerConfiguration convolutional() {
        return builder()
                .list()
                .layer(new ConvolutionLayer.Builder(2, 2).nOut(3).build())
                .layer(Networks.output(0, 2))
                .setInputType(InputType.convolutionalFlat(3, 3, 1))
                .build();
    }

    /** Central differences of the score; their error is of order h² = 1e-8, and rounding's of order 1e-16 / h = 1e-12. */
    @Test
    void shouldEqualFiniteDifferencesOfTheScore() {
        final DataSet batch = Networks.exclusiveOr(DataType.DOUBLE, 7, Networks.SEED);
        try (SharedNetwork net = create(Networks.dense(builder().l2(0.01).l1(0.001), 2, 5, 2), Mode.LOCKED)) {
            final double score = net.gradient(batch);
            final INDArray gradient = net.gradient().dup();
            assertThat(score).isEqualTo(net.network().score(batch, true));

            checkDifferences(net.network(), batch, gradient);
        }
    }

    @Test
    void shouldEqualFiniteDifferencesForConvolutions() {
        Nd4j.getRandom().setSeed(Networks.SEED);
        final INDArray labels = Nd4j.create(DataType.DOUBLE, 4, 2);
        labels.getColumn(1).assign(1);
        final DataSet batch = new DataSet(Nd4j.rand(DataType.DOUBLE, 4, 9), labels);
        try (SharedNetwork net = create(convolutional(), Mode.HOGWILD)) {
            net.gradient(batch);

            checkDifferences(net.network(), batch, net.gradient().dup());
        }
    }

    private static void checkDifferences(
            final MultiLayerNetwork network, final DataSet batch, final INDArray gradient) {
        final double h = 1e-4;
        final INDArray params = network.params();
        for (int i = 0; i < params.length(); i++) {
            final double value = params.getDouble(i);
            params.putScalar(i, value + h);
            final double above = network.score(batch, true);
            params.putScalar(i, value - h);
            final double below = network.score(batch, true);
            params.putScalar(i, value);
            assertThat(gradient.getDouble(i))
                    .as("parameter %d", i)
                    .isCloseTo((above - below) / (2 * h), org.assertj.core.data.Offset.offset(1e-6));
        }
    }

    static Stream<MultiLayerConfiguration> configurations() {
        return Stream.of(
                Networks.dense(builder(), 2, 8, 2),
                Networks.dense(builder().l2(0.01).l1(0.001), 2, 8, 2),
                Networks.dense(builder().miniBatch(false), 2, 8, 2),
                Networks.dense(
                        builder()
                                .gradientNormalization(GradientNormalization.ClipL2PerLayer)
                                .gradientNormalizationThreshold(0.01),
                        2,
                        8,
                        2),
                Networks.dense(
                        builder().gradientNormalization(GradientNormalization.RenormalizeL2PerParamType), 2, 8, 2),
                Networks.dense(
                        Networks.builder(
                                DataType.DOUBLE, new Sgd(new ExponentialSchedule(ScheduleType.ITERATION, 0.1, 0.5))),
                        2,
                        8,
                        2),
                Networks.dense(Networks.builder(DataType.DOUBLE, new Nesterovs(0.1, 0.9)), 2, 8, 2),
                Networks.dense(Networks.builder(DataType.DOUBLE, new Adam(0.01)), 2, 8, 2),
                withBatchNormalization(new Sgd(0.1)),
                withBatchNormalization(new Adam(0.01)));
    }

    /** A push by the configuration's updater must do what DL4J's own fit does. */
    @ParameterizedTest
    @MethodSource("configurations")
    void shouldPushWhatOwnFitDoes(final MultiLayerConfiguration conf) {
        final MultiLayerNetwork reference = new MultiLayerNetwork(conf.clone());
        reference.init();
        for (final Mode mode : new Mode[] {Mode.LOCKED, Mode.HOGWILD}) {
            reference.setParams(initial(conf));
            reference.setIterationCount(0);
            if (reference.getUpdater().getStateViewArray() != null) {
                reference.getUpdater().getStateViewArray().assign(0);
            }
            try (SharedNetwork net = create(conf, mode)) {
                for (int step = 0; step < 10; step++) {
                    final DataSet batch = Networks.exclusiveOr(DataType.DOUBLE, 8, Networks.SEED + step);
                    reference.fit(batch);
                    net.pull();
                    net.gradient(batch);
                    net.push();
                }
                net.pull();
                assertThat(net.network()
                                .params()
                                .sub(reference.params())
                                .amaxNumber()
                                .doubleValue())
                        .isLessThan(1e-12);
                assertThat(net.network().getIterationCount()).isEqualTo(10);
            }
            org.shmarrays.ShmArrays.remove(
                    "net", Settings.fromProperties().withDirectory(directory.resolve("segments")));
        }
    }

    private static INDArray initial(final MultiLayerConfiguration conf) {
        final MultiLayerNetwork network = new MultiLayerNetwork(conf.clone());
        network.init();
        return network.params();
    }

    @Test
    void shouldPushFloatGradientByFusedSgdAsOwnFitDoes() {
        final MultiLayerConfiguration conf = Networks.dense(Networks.builder(DataType.FLOAT, new Sgd(0.5)), 2, 8, 2);
        final MultiLayerNetwork reference = new MultiLayerNetwork(conf.clone());
        reference.init();
        final DataSet batch = Networks.exclusiveOr(DataType.FLOAT, 32, Networks.SEED);
        try (SharedNetwork net = create(conf, Mode.LOCKED)) {
            reference.fit(batch);
            net.gradient(batch);
            net.push(Updates.sgd(0.5));
            net.pull();

            assertThat(net.network()
                            .params()
                            .sub(reference.params())
                            .amaxNumber()
                            .floatValue())
                    .isLessThan(1e-6f);
        }
    }

    @Test
    void shouldTellListenersOfEachPush() {
        try (SharedNetwork net = create(Networks.dense(builder(), 2, 8, 2), Mode.LOCKED)) {
            final DataSet batch = Networks.exclusiveOr(DataType.DOUBLE, 8, Networks.SEED);
            final List<Integer> iterations = new ArrayList<>();
            net.network().setListeners(new BaseTrainingListener() {
                @Override
                public void iterationDone(final Model model, final int iteration, final int epoch) {
                    iterations.add(iteration);
                }
            });
            net.gradient(batch);
            net.push();
            net.push();

            assertThat(iterations).containsExactly(0, 1);
            assertThat(net.network().getIterationCount()).isEqualTo(2);
        }
    }

    @Test
    void shouldRefuseWhatAPushCannotDo() {
        final DataSet batch = Networks.exclusiveOr(DataType.DOUBLE, 8, Networks.SEED);
        final MultiLayerConfiguration decaying = Networks.dense(builder().weightDecay(0.1), 2, 8, 2);
        final MultiLayerConfiguration constrained =
                Networks.dense(builder().constrainWeights(new MaxNormConstraint(1, 1)), 2, 8, 2);
        try (SharedNetwork net = create(decaying, Mode.HOGWILD)) {
            assertThatThrownBy(() -> net.gradient(batch))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("weight decay");
            net.network().fit(batch);
        }
        remove();
        try (SharedNetwork net = create(constrained, Mode.HOGWILD)) {
            assertThatThrownBy(() -> net.gradient(batch)).hasMessageContaining("constraints");
        }
        remove();
        try (SharedNetwork net =
                create(Networks.dense(Networks.builder(DataType.DOUBLE, new AdaGrad(0.1)), 2, 8, 2), Mode.LOCKED)) {
            net.gradient(batch);
            assertThatThrownBy(net::push).hasMessageContaining("Sgd, Nesterovs and Adam are");
        }
        remove();
        try (SharedNetwork net = create(Networks.dense(builder().biasUpdater(new Sgd(0.2)), 2, 8, 2), Mode.LOCKED)) {
            net.gradient(batch);
            assertThatThrownBy(net::push).hasMessageContaining("different updaters");
        }
        remove();
        try (SharedNetwork net = create(withBatchNormalization(new Sgd(0.1)), Mode.ORDERED)) {
            net.gradient(batch);
            assertThatThrownBy(net::push).hasMessageContaining("statistics").hasMessageContaining("1_mean");
        }
    }

    private void remove() {
        org.shmarrays.ShmArrays.remove("net", Settings.fromProperties().withDirectory(directory.resolve("segments")));
    }

    @ParameterizedTest
    @EnumSource(Mode.class)
    void shouldPushInEveryMode(final Mode mode) {
        final DataSet batch = Networks.exclusiveOr(DataType.DOUBLE, 8, Networks.SEED);
        try (SharedNetwork net = create(Networks.dense(builder(), 2, 8, 2), mode)) {
            final double before = net.gradient(batch);
            net.push();
            net.pull();

            assertThat(net.gradient(batch)).isLessThan(before);
        }
    }
}
