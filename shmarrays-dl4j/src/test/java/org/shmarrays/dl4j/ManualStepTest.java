package org.shmarrays.dl4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.shmarrays.dl4j.Trained.assertSame;
import static org.shmarrays.dl4j.Trained.batch;
import static org.shmarrays.dl4j.Trained.dense;
import static org.shmarrays.dl4j.Trained.iterator;
import static org.shmarrays.dl4j.Trained.network;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.optimize.api.BaseTrainingListener;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Sgd;
import org.shmarrays.ShmArrays;
import org.shmarrays.layout.Mode;

/** Steps whose gradient the program computes and pushes by itself. Expected numbers are those of a plain fit. */
class ManualStepTest {
    private static final long SEED = Long.getLong("seed", 20261204);
    private static final int STEPS = 4;

    @TempDir
    private Path directory;

    private TrainingOptions options(final Mode mode) {
        return Trained.options(directory, mode);
    }

    /** Each with its batches, by number. */
    private static Map<MultiLayerConfiguration, Function<Integer, DataSet>> networks() {
        final Map<MultiLayerConfiguration, Function<Integer, DataSet>> rows = new LinkedHashMap<>();
        Configurations.ofSamples(DataType.DOUBLE).values().forEach(each -> rows.put(each, Trained::batch));
        Configurations.ofSequences(DataType.DOUBLE).values().stream()
                .filter(each -> !network(each)
                        .getLayerWiseConfigurations()
                        .getBackpropType()
                        .name()
                        .startsWith("Trunc"))
                .forEach(each -> rows.put(each, i -> Batches.ofSequences(DataType.DOUBLE, i)));
        return rows;
    }

    /** What a listener hears, in words. */
    private static final class Log extends BaseTrainingListener {
        private final List<String> entries = new ArrayList<>();

        @Override
        public void onGradientCalculation(final Model model) {
            entries.add("gradient");
        }

        @Override
        public void iterationDone(final Model model, final int iteration, final int epoch) {
            entries.add(iteration + ", " + epoch + ", " + model.score());
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Mode.class,
            names = {"HOGWILD", "LOCKED"})
    void shouldTrainNetworksAsTheirFitDoes(final Mode mode) {
        networks().forEach((configuration, batches) -> {
            final MultiLayerNetwork plain = network(configuration);
            final MultiLayerNetwork joined = network(configuration);
            final Log expected = new Log();
            final Log heard = new Log();
            plain.addListeners(expected);
            joined.addListeners(heard);
            try (SharedTraining training = SharedTraining.join(joined, options(mode))) {
                for (int i = 0; i < STEPS; i++) {
                    Nd4j.getRandom().setSeed(SEED + i);
                    plain.fit(batches.apply(i));
                    Nd4j.getRandom().setSeed(SEED + i);
                    assertThat(training.gradient(batches.apply(i))).isEqualTo(plain.score());
                    training.push();
                }
                assertSame(joined, plain, configuration.toJson());
            }
            assertThat(heard.entries).isEqualTo(expected.entries);
            ShmArrays.remove(Trained.SEGMENT, Trained.settings(directory));
        });
    }

    private static MultiDataSet batchOf(final ComputationGraph graph, final int seed) {
        final DataSet sequences = Batches.ofSequences(DataType.DOUBLE, seed);
        final DataSet samples = batch(seed);
        return graph.getNumInputArrays() == 1
                ? new MultiDataSet(
                        new INDArray[] {sequences.getFeatures()},
                        new INDArray[] {sequences.getLabels()},
                        new INDArray[] {sequences.getFeaturesMaskArray()},
                        new INDArray[] {sequences.getLabelsMaskArray()})
                : new MultiDataSet(
                        new INDArray[] {sequences.getFeatures(), samples.getFeatures()},
                        new INDArray[] {sequences.getLabels(), samples.getLabels()},
                        new INDArray[] {sequences.getFeaturesMaskArray(), null},
                        new INDArray[] {sequences.getLabelsMaskArray(), null});
    }

    @ParameterizedTest
    @EnumSource(
            value = Mode.class,
            names = {"HOGWILD", "LOCKED"})
    void shouldTrainGraphsAsTheirFitDoes(final Mode mode) {
        Configurations.graphs(DataType.DOUBLE).forEach((name, configuration) -> {
            final ComputationGraph plain = Trained.graph(configuration);
            final ComputationGraph joined =
                    Trained.graph(Configurations.graphs(DataType.DOUBLE).get(name));
            try (SharedTraining training = SharedTraining.join(joined, options(mode))) {
                for (int i = 0; i < STEPS; i++) {
                    plain.fit(batchOf(plain, i));
                    assertThat(training.gradient(batchOf(joined, i))).isEqualTo(plain.score());
                    training.push();
                }
                assertSame(joined, plain, name);
            }
            ShmArrays.remove(Trained.SEGMENT, Trained.settings(directory));
        });
    }

    /** One sample, Sgd: new values are the old ones less the rate times the gradient. */
    @Test
    void shouldPushTheGradientThatTheProgramHasChanged() {
        final MultiLayerNetwork joined = network(dense(new Sgd(0.5)));
        final double[] before = Trained.parameters(joined);
        try (SharedTraining training = SharedTraining.join(joined, options(Mode.LOCKED))) {
            training.gradient(batch(0).asList().get(0));
            joined.getFlattenedGradients().assign(0.25);
            training.push();

            assertThat(Trained.parameters(joined))
                    .isEqualTo(java.util.Arrays.stream(before)
                            .map(value -> value - 0.125)
                            .toArray());
        }
    }

    @Test
    void shouldRefuseToPushWithoutAGradient() {
        final MultiLayerNetwork joined = network(dense(new Sgd(0.5)));
        try (SharedTraining training = SharedTraining.join(joined, options(Mode.LOCKED))) {
            final String refusal = "nothing to push: each push needs a gradient(batch) before it";
            assertThatThrownBy(training::push)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage(refusal);
            training.gradient(batch(0));
            training.push();
            assertThatThrownBy(training::push).hasMessage(refusal);
            training.gradient(batch(0));
            training.fit(batch(0));
            assertThatThrownBy(training::push).hasMessage(refusal);
            training.gradient(batch(0));
            training.fit(iterator(1), 1);
            assertThatThrownBy(training::push).hasMessage(refusal);
            training.gradient(batch(0));
            joined.fit(batch(0));
            assertThatThrownBy(training::push).hasMessageStartingWith("a push without a gradient, or a second one");
            assertThat(training.iteration()).isEqualTo(4);
        }
    }

    @Test
    void shouldForgetAGradientThatFailed() {
        final MultiLayerNetwork joined = network(dense(new Sgd(0.5)));
        try (SharedTraining training = SharedTraining.join(joined, options(Mode.LOCKED))) {
            final DataSet wrong = Batches.ofSamples(DataType.DOUBLE, Configurations.INPUTS + 1, 0);
            training.gradient(batch(0));
            assertThatThrownBy(() -> training.gradient(wrong)).isInstanceOf(RuntimeException.class);
            assertThatThrownBy(training::push).hasMessageStartingWith("nothing to push");
            training.fit(batch(0));
            assertThat(training.iteration()).isEqualTo(1);
        }
    }

    @Test
    void shouldRefuseGradientsOfTruncatedBackpropagation() {
        final MultiLayerNetwork joined = network(Configurations.ofSequences(DataType.DOUBLE)
                .get("an LSTM with truncated backpropagation and weight decay"));
        try (SharedTraining training = SharedTraining.join(joined, options(Mode.LOCKED))) {
            assertThatThrownBy(() -> training.gradient(Batches.ofSequences(DataType.DOUBLE, 0)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("a batch has several gradients in truncated backpropagation through time; use fit");
        }
    }

    @Test
    void shouldRefuseASecondThreadInTheMiddleOfAStep() throws InterruptedException {
        final MultiLayerNetwork joined = network(dense(new Sgd(0.5)));
        try (SharedTraining training = SharedTraining.join(joined, options(Mode.LOCKED))) {
            training.gradient(batch(0));
            final AtomicReference<Throwable> thrown = new AtomicReference<>();
            final Thread second = new Thread(() -> training.fit(batch(0)), "second");
            second.setUncaughtExceptionHandler((thread, e) -> thrown.set(e));
            second.start();
            second.join();

            assertThat(thrown.get())
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("two threads train one model: "
                            + Thread.currentThread().getName() + " has not ended its step, second begins one; give"
                            + " each thread a clone of the model, and join it there");
        }
    }

    @Test
    void shouldRefuseBatchesOfSeveralInputs() {
        final MultiLayerNetwork joined = network(dense(new Sgd(0.5)));
        final DataSet samples = batch(0);
        final MultiDataSet two = new MultiDataSet(
                new INDArray[] {samples.getFeatures(), samples.getFeatures()}, new INDArray[] {samples.getLabels()});
        try (SharedTraining training = SharedTraining.join(joined, options(Mode.LOCKED))) {
            assertThatThrownBy(() -> training.gradient(two))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("a MultiLayerNetwork has one input and one output: features=2");
        }
    }
}
