package org.shmarrays.dl4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.IntFunction;
import org.deeplearning4j.datasets.iterator.utilty.ListDataSetIterator;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.util.ModelSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.adapter.SingletonDataSetIterator;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.schedule.ExponentialSchedule;
import org.nd4j.linalg.schedule.ScheduleType;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;
import org.shmarrays.layout.Mode;
import org.shmarrays.nd4j.Nd4jArrays;
import org.shmarrays.worker.Worker;

/** Expected numbers are those of a plain fit. */
class SharedTrainingTest {
    private static final long SEED = Long.getLong("seed", 20261203);
    private static final int FITS = 10;
    private static final int STEPS_IN_THREADS = 200;

    /** The least: most partitions begin in the middle of a parameter. */
    @TempDir
    private Path directory;

    TrainingOptions options(final Mode mode) {
        return Trained.options(directory.resolve("segments"), mode);
    }

    private Settings settings() {
        return Trained.settings(directory.resolve("segments"));
    }

    private static MultiLayerNetwork initialized(final MultiLayerConfiguration configuration) {
        final MultiLayerNetwork network = new MultiLayerNetwork(configuration);
        network.init();
        return network;
    }

    /** A network, and its batches by number. */
    private record Row(MultiLayerConfiguration configuration, IntFunction<DataSet> batches) {}

    /** Fits a batch; dropout draws the same numbers in each network. */
    private static void fit(final MultiLayerNetwork network, final Row row, final int i) {
        Nd4j.getRandom().setSeed(SEED + i);
        network.fit(row.batches().apply(i));
    }

    private static double[] state(final MultiLayerNetwork network) {
        final INDArray state = network.getUpdater().getStateViewArray();
        return state == null ? new double[0] : state.reshape(state.length()).toDoubleVector();
    }

    private static void assertSame(
            final MultiLayerNetwork actual, final MultiLayerNetwork expected, final String description) {
        assertThat(actual.params().toDoubleVector())
                .as("parameters of %s", description)
                .isEqualTo(expected.params().toDoubleVector());
        assertThat(state(actual)).as("updater state of %s", description).isEqualTo(state(expected));
    }

    @ParameterizedTest
    @EnumSource(
            value = Mode.class,
            names = {"HOGWILD", "LOCKED"})
    void shouldSaveWhatPlainDl4jGoesOnFrom(final Mode mode) throws IOException {
        final Row row = new Row(
                Networks.dense(
                        Networks.builder(
                                DataType.DOUBLE, new Adam(new ExponentialSchedule(ScheduleType.ITERATION, 0.05, 0.9))),
                        Configurations.INPUTS,
                        6,
                        Configurations.CLASSES),
                i -> Batches.ofSamples(DataType.DOUBLE, Configurations.INPUTS, i));
        final Path file = directory.resolve("network.zip");
        final MultiLayerNetwork plain = initialized(row.configuration());
        final MultiLayerNetwork joined = TestModels.copy(plain);
        try (SharedTraining training = SharedTraining.join(joined, options(mode))) {
            for (int i = 0; i < FITS; i++) {
                fit(plain, row, i);
                fit(joined, row, i);
            }
            training.save(file);
        }

        final MultiLayerNetwork restored = ModelSerializer.restoreMultiLayerNetwork(file.toFile(), true);

        assertThat(restored.getIterationCount()).isEqualTo(FITS);
        assertSame(restored, plain, "restored");
        fit(plain, row, 0);
        fit(restored, row, 0);
        assertSame(restored, plain, "restored and trained");
    }

    @ParameterizedTest
    @EnumSource(
            value = Mode.class,
            names = {"HOGWILD", "LOCKED"})
    void shouldCountEpochsAsPlainFit(final Mode mode) {
        final MultiLayerConfiguration configuration = Networks.dense(
                Networks.builder(DataType.DOUBLE, new Sgd(new ExponentialSchedule(ScheduleType.EPOCH, 0.5, 0.5))),
                Configurations.INPUTS,
                6,
                Configurations.CLASSES);
        final List<DataSet> batches = List.of(
                Batches.ofSamples(DataType.DOUBLE, Configurations.INPUTS, 1),
                Batches.ofSamples(DataType.DOUBLE, Configurations.INPUTS, 2));
        final MultiLayerNetwork plain = initialized(configuration);
        final MultiLayerNetwork joined = TestModels.copy(plain);
        try (SharedTraining training = SharedTraining.join(joined, options(mode))) {
            plain.fit(new ListDataSetIterator<>(batches, 4), 3);
            training.fit(new ListDataSetIterator<>(batches, 4), 3);

            assertThat(training.epoch()).isEqualTo(3).isEqualTo(plain.getEpochCount());
            assertSame(joined, plain, "after three epochs");
        }
    }

    private static MultiLayerConfiguration small() {
        return Networks.dense(
                Networks.builder(DataType.DOUBLE, new Adam(0.05)), Configurations.INPUTS, 6, Configurations.CLASSES);
    }

    /**
     * Two networks fit in turn, one thread, one batch each: the same as one network that fits all batches, because each
     * step begins with what the others have pushed.
     */
    @ParameterizedTest
    @EnumSource(
            value = Mode.class,
            names = {"HOGWILD", "LOCKED"})
    void shouldTrainTwoNetworksInTurnAsOne(final Mode mode) {
        final MultiLayerNetwork plain = initialized(small());
        final Row row = new Row(small(), i -> Batches.ofSamples(DataType.DOUBLE, Configurations.INPUTS, i));
        fit(plain, row, 0);
        final MultiLayerNetwork first = TestModels.copy(plain);
        final MultiLayerNetwork second = initialized(small());
        try (SharedTraining one = SharedTraining.join(first, options(mode).withWorker(Worker.of(0, 2)));
                SharedTraining other = SharedTraining.join(second, options(mode).withWorker(Worker.of(1, 2)))) {
            for (int i = 0; i < FITS; i++) {
                fit(plain, row, i);
                fit(i % 3 == 0 ? first : second, row, i);
            }

            assertThat(one.iteration()).isEqualTo(other.iteration()).isEqualTo(FITS + 1);
            assertThat(other.arrays().read("params").get("params").toDoubleVector())
                    .isEqualTo(plain.params().toDoubleVector());
        }
        assertSame(second, plain, "the second network after the training");
    }

    @ParameterizedTest
    @EnumSource(
            value = Mode.class,
            names = {"HOGWILD", "LOCKED"})
    void shouldLearnInTwoThreadsWhatNoLineSeparates(final Mode mode) throws Exception {
        final DataSet test = Networks.exclusiveOr(DataType.FLOAT, 1000, SEED);
        final MultiLayerNetwork[] networks = new MultiLayerNetwork[2];
        final Thread[] workers = new Thread[networks.length];
        for (int rank = 0; rank < workers.length; rank++) {
            networks[rank] = initialized(Networks.dense(Networks.builder(DataType.FLOAT, new Adam(0.02)), 2, 8, 2));
            final SharedTraining training =
                    SharedTraining.join(networks[rank], options(mode).withWorker(Worker.of(rank, workers.length)));
            final long seed = SEED + 1000L * (1 + rank);
            workers[rank] = new Thread(() -> {
                try (training) {
                    for (int step = 0; step < STEPS_IN_THREADS; step++) {
                        training.fit(Networks.exclusiveOr(DataType.FLOAT, 16, seed + step));
                    }
                }
            });
        }
        for (final Thread worker : workers) {
            worker.start();
        }
        for (final Thread worker : workers) {
            worker.join();
        }

        try (ShmArrays arrays = ShmArrays.attach("training", settings())) {
            assertThat(arrays.runControl().globalStep()).isEqualTo(2 * STEPS_IN_THREADS);
            networks[0].setParams(Nd4jArrays.of(arrays).read("params").get("params"));
            assertThat(networks[0].evaluate(new SingletonDataSetIterator(test)).accuracy())
                    .as("seed %s", SEED)
                    .isGreaterThan(0.99);
        }
    }

    @Test
    void shouldGoOnAloneAfterTheTraining() {
        final Row row = new Row(small(), i -> Batches.ofSamples(DataType.DOUBLE, Configurations.INPUTS, i));
        for (final Mode mode : List.of(Mode.HOGWILD, Mode.LOCKED)) {
            final MultiLayerNetwork plain = initialized(small());
            final MultiLayerNetwork joined = TestModels.copy(plain);
            fit(plain, row, 0);
            try (SharedTraining training = SharedTraining.join(joined, options(mode))) {
                training.fit(row.batches().apply(0));
            }
            ShmArrays.remove("training", settings());
            fit(plain, row, 1);
            fit(joined, row, 1);

            assertSame(joined, plain, "alone after mode " + mode);
        }
    }

    @Test
    void shouldNameParametersInTheSegment() {
        final MultiLayerNetwork network = initialized(small());
        try (SharedTraining training = SharedTraining.join(network, options(Mode.LOCKED))) {
            assertThat(training.arrays().read("0_W", "1_b"))
                    .containsEntry("0_W", network.getParam("0_W"))
                    .containsEntry("1_b", network.getParam("1_b"));
        }
    }

    @Test
    void shouldComputeOnSharedMemoryInModeHogwild() {
        final MultiLayerNetwork network = initialized(small());
        try (SharedTraining training = SharedTraining.join(network, options(Mode.HOGWILD))) {
            training.arrays().view("params").assign(0.25);

            assertThat(network.getLayer(0).getParam("b").toDoubleVector()).containsOnly(0.25);
        }
    }

    @Test
    void shouldCloneToPlainNetworkWithTheSharedState() {
        final Row row = new Row(small(), i -> Batches.ofSamples(DataType.DOUBLE, Configurations.INPUTS, i));
        final MultiLayerNetwork plain = initialized(small());
        final MultiLayerNetwork joined = TestModels.copy(plain);
        try (SharedTraining training = SharedTraining.join(joined, options(Mode.LOCKED))) {
            fit(plain, row, 0);
            fit(joined, row, 0);
            final MultiLayerNetwork clone = TestModels.copy(joined);
            fit(plain, row, 1);
            fit(clone, row, 1);

            assertSame(clone, plain, "the clone");
            assertThat(training.iteration()).isEqualTo(1);
        }
    }

    @Test
    void shouldRefuseToJoinTwice() {
        final MultiLayerNetwork network = initialized(small());
        try (SharedTraining training = SharedTraining.join(network, options(Mode.LOCKED))) {
            assertThatThrownBy(() -> SharedTraining.join(network, options(Mode.LOCKED)))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("the network has joined a training already; close that one first");
            training.fit(Batches.ofSamples(DataType.DOUBLE, Configurations.INPUTS, 0));
        }
    }

    @Test
    void shouldRefuseNetworkOfOtherParameters() {
        final MultiLayerNetwork other = initialized(
                Networks.dense(Networks.builder(DataType.DOUBLE, new Adam(0.05)), 4, 7, Configurations.CLASSES));
        // 3 * 8 + 8 + 8 * 2 + 2 = 5 * 6 + 6 + 6 * 2 + 2
        final MultiLayerNetwork sameCount = initialized(
                Networks.dense(Networks.builder(DataType.DOUBLE, new Adam(0.05)), 3, 8, Configurations.CLASSES));
        try (SharedTraining training = SharedTraining.join(initialized(small()), options(Mode.LOCKED))) {
            assertThatThrownBy(() ->
                            SharedTraining.join(other, options(Mode.LOCKED).withWorker(Worker.of(1, 2))))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() ->
                            SharedTraining.join(sameCount, options(Mode.LOCKED).withWorker(Worker.of(1, 2))))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("another model trains in the segment: segment=training, first difference"
                            + " (this model's, the segment's): /confs/0/layer/nin: 3, 5");
            assertThat(training.iteration()).isZero();
        }
        fitAlone(other);
    }

    /** A network whose join was refused trains as before. */
    private static void fitAlone(final MultiLayerNetwork network) {
        final INDArray before = network.params().dup();
        network.fit(Batches.ofSamples(DataType.DOUBLE, 4, 0));
        assertThat(network.params()).isNotEqualTo(before);
    }

    @Test
    void shouldNoticeThatTheUpdaterWasReplaced() {
        final MultiLayerNetwork network = initialized(small());
        final DataSet batch = Batches.ofSamples(DataType.DOUBLE, Configurations.INPUTS, 0);
        try (SharedTraining training = SharedTraining.join(network, options(Mode.LOCKED))) {
            training.fit(batch);
            network.clear();
            assertThatThrownBy(() -> training.fit(batch))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("its updater was replaced");
            assertThatThrownBy(() -> training.save(directory.resolve("network.zip")))
                    .isInstanceOf(IllegalStateException.class);
        }
    }

    @Test
    void shouldRefuseToSetStateWhileJoined() {
        final MultiLayerNetwork network = initialized(small());
        try (SharedTraining training = SharedTraining.join(network, options(Mode.LOCKED))) {
            final INDArray state = network.getUpdater().getStateViewArray();
            assertThatThrownBy(() -> network.getUpdater().setStateViewArray(network, state, false))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("shared while the network is joined");
            assertThat(training.worker().rank()).isZero();
        }
    }

    @Test
    void shouldRefuseFitAfterClose() {
        final SharedTraining training = SharedTraining.join(initialized(small()), options(Mode.LOCKED));
        training.close();
        training.close();

        assertThatThrownBy(() -> training.fit(Batches.ofSamples(DataType.DOUBLE, Configurations.INPUTS, 0)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("the training is closed");
    }

    @Test
    void shouldRefuseModeAtomic() {
        assertThatThrownBy(() -> TrainingOptions.defaults().inMode(Mode.ATOMIC))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("mode=ATOMIC; use LOCKED, HOGWILD or ORDERED");
    }
}
