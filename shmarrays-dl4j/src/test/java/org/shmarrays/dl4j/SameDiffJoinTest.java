package org.shmarrays.dl4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.deeplearning4j.datasets.iterator.IteratorMultiDataSetIterator;
import org.deeplearning4j.datasets.iterator.utilty.ListDataSetIterator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.array.SingleThreadArrayHolder;
import org.nd4j.evaluation.classification.Evaluation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.schedule.ExponentialSchedule;
import org.nd4j.linalg.schedule.ScheduleType;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;
import org.shmarrays.checkpoint.Checkpoint;
import org.shmarrays.layout.Mode;
import org.shmarrays.worker.Worker;

/** What may be done to a joined graph, and with its training. Expected numbers are those of a plain fit. */
class SameDiffJoinTest {
    private static final long SEED = Long.getLong("seed", 20261204);
    private static final DataType TYPE = DataType.DOUBLE;
    private static final int FITS = 4;
    private static final int STEPS_IN_THREADS = 200;
    private static final int SAVES = 20;

    /** The least: most partitions begin in the middle of a variable. */
    @TempDir
    private Path directory;

    private TrainingOptions options(final Mode mode) {
        return Trained.options(directory.resolve("segments"), mode);
    }

    private Settings settings() {
        return Trained.settings(directory.resolve("segments"));
    }

    private static SameDiff graph() {
        return SameDiffs.perceptron(TYPE, new Adam(0.05));
    }

    private static void fit(final SameDiff graph, final int... batches) {
        for (final int batch : batches) {
            graph.fit(SameDiffs.samples(TYPE, batch));
        }
    }

    private static void assertSame(final SameDiff actual, final SameDiff expected) {
        assertArrays(SameDiffs.values(actual), SameDiffs.values(expected));
        assertArrays(SameDiffs.state(actual), SameDiffs.state(expected));
        assertThat(actual.getTrainingConfig().getIterationCount())
                .isEqualTo(expected.getTrainingConfig().getIterationCount());
        assertThat(actual.getTrainingConfig().getEpochCount())
                .isEqualTo(expected.getTrainingConfig().getEpochCount());
    }

    private static void assertArrays(final Map<String, double[]> actual, final Map<String, double[]> expected) {
        assertThat(actual.keySet()).isEqualTo(expected.keySet());
        expected.forEach((name, values) -> assertThat(actual.get(name)).as(name).isEqualTo(values));
    }

    @Test
    void shouldComputeOnSharedMemoryInModeHogwildAlsoAfterFit() {
        final SameDiff graph = graph();
        fit(graph, 0);
        try (SharedTraining training = SharedTraining.join(graph, options(Mode.HOGWILD))) {
            fit(graph, 1, 2);
            training.arrays().view("params").assign(0.25);

            assertThat(SameDiffs.values(graph).get("w1")).containsOnly(0.25);
            assertThat(SameDiffs.values(graph.getFunction("grad")).get("w1")).containsOnly(0.25);
        }
    }

    @Test
    void shouldNameVariablesInTheSegment() {
        final SameDiff graph = graph();
        try (SharedTraining training = SharedTraining.join(graph, options(Mode.LOCKED))) {
            assertThat(training.arrays().read("w0", "b1"))
                    .containsEntry("w0", graph.getVariable("w0").getArr())
                    .containsEntry("b1", graph.getVariable("b1").getArr());
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Mode.class,
            names = {"HOGWILD", "LOCKED", "ORDERED"})
    void shouldCountEpochsAsPlainFit(final Mode mode) {
        final List<DataSet> batches = List.of(dataSet(1), dataSet(2), dataSet(3));
        final Adam byEpoch = new Adam(new ExponentialSchedule(ScheduleType.EPOCH, 0.05, 0.5));
        final SameDiff plain = SameDiffs.perceptron(TYPE, byEpoch);
        final SameDiff joined = SameDiffs.perceptron(TYPE, byEpoch);
        try (SharedTraining training = SharedTraining.join(joined, options(mode))) {
            plain.fit(new ListDataSetIterator<>(batches, 4), 2);
            training.fit(new ListDataSetIterator<>(batches, 4), 2);
            plain.fit(SameDiffs.samples(TYPE, 4));
            training.fit(SameDiffs.samples(TYPE, 4));
            plain.fit(dataSet(5));
            training.fit(dataSet(5));
            plain.fit(multiDataSets(), 1);
            training.fit(multiDataSets(), 1);
            plain.fit(new ListDataSetIterator<>(batches, 4), 1);
            training.fit(shard -> shard.deal(new ListDataSetIterator<>(batches, 4)), 1);

            assertThat(training.epoch()).isEqualTo(4);
            assertSame(joined, plain);
        }
    }

    private static DataSet dataSet(final int seed) {
        final org.nd4j.linalg.dataset.api.MultiDataSet batch = SameDiffs.samples(TYPE, seed);
        return new DataSet(batch.getFeatures(0), batch.getLabels(0));
    }

    private static IteratorMultiDataSetIterator multiDataSets() {
        return new IteratorMultiDataSetIterator(
                List.of(SameDiffs.samples(TYPE, 6), SameDiffs.samples(TYPE, 7)).iterator(), 4);
    }

    /** As of a worker for which there is none. */
    @Test
    void shouldCountPassWithoutBatch() {
        final SameDiff graph = graph();
        try (SharedTraining training = SharedTraining.join(graph, options(Mode.LOCKED))) {
            training.fit(new ListDataSetIterator<>(List.<DataSet>of(), 4), 2);

            assertThat(training.epoch()).isEqualTo(2);
            assertThat(training.iteration()).isZero();
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Mode.class,
            names = {"HOGWILD", "LOCKED", "ORDERED"})
    void shouldSaveWhatPlainDl4jGoesOnFrom(final Mode mode) throws IOException {
        final Path file = directory.resolve("graph.fb");
        final Path own = directory.resolve("own.fb");
        final SameDiff plain = graph();
        final SameDiff joined = graph();
        try (SharedTraining training = SharedTraining.join(joined, options(mode))) {
            fit(plain, 0, 1, 2);
            fit(joined, 0, 1, 2);
            training.save(file);
            joined.save(own.toFile(), true);
            fit(plain, 3);
            fit(joined, 3);

            assertSame(joined, plain);
        }

        for (final Path saved : List.of(file, own)) {
            final SameDiff loaded = SameDiff.load(saved.toFile(), true);
            fit(loaded, 3);

            assertSame(loaded, plain);
        }
    }

    /** Each step subtracts 1 from all elements, so that they tell how many steps they have seen. */
    @ParameterizedTest
    @EnumSource(
            value = Mode.class,
            names = {"HOGWILD", "LOCKED"})
    void shouldSaveWholeStepsWhileOthersPush(final Mode mode) throws Exception {
        final MultiDataSet batch = new MultiDataSet(Nd4j.ones(TYPE, 1, 1), Nd4j.ones(TYPE, 1, 1));
        final AtomicBoolean isSaved = new AtomicBoolean();
        final SharedTraining pushing =
                SharedTraining.join(linear(), options(mode).withWorker(Worker.of(1, 2)));
        final Thread pusher = new Thread(() -> {
            try (pushing) {
                while (!isSaved.get()) {
                    pushing.fit(batch);
                }
            }
        });
        try (SharedTraining training =
                SharedTraining.join(linear(), options(mode).withWorker(Worker.of(0, 2)))) {
            pusher.start();
            for (int i = 0; i < SAVES; i++) {
                final Path file = directory.resolve("graph.fb");
                training.save(file);

                final SameDiff loaded = SameDiff.load(file.toFile(), true);
                assertThat(loaded.getVariable("w").getArr().toDoubleVector())
                        .containsOnly(-loaded.getTrainingConfig().getIterationCount());
            }
        } finally {
            isSaved.set(true);
            pusher.join();
        }
    }

    /** The loss is the sum of the variable's elements, whose gradient is 1 everywhere. */
    static SameDiff linear() {
        final SameDiff graph = SameDiff.create();
        final SDVariable input = graph.placeHolder("input", TYPE, 1, 1);
        graph.placeHolder("label", TYPE, 1, 1);
        graph.var("w", Nd4j.zeros(TYPE, 100)).mul(input).sum("loss");
        graph.setLossVariables("loss");
        graph.setTrainingConfig(SameDiffs.config(new Sgd(1)).build());
        return graph;
    }

    @ParameterizedTest
    @EnumSource(
            value = Mode.class,
            names = {"HOGWILD", "LOCKED"})
    void shouldTrainTwoGraphsInTurnAsOne(final Mode mode) {
        final SameDiff plain = graph();
        final SameDiff first = graph();
        final SameDiff second = graph();
        fit(plain, 9);
        fit(first, 9);
        try (SharedTraining one = SharedTraining.join(first, options(mode).withWorker(Worker.of(0, 2)));
                SharedTraining other = SharedTraining.join(second, options(mode).withWorker(Worker.of(1, 2)))) {
            for (int i = 0; i < FITS; i++) {
                fit(plain, i);
                fit(i % 3 == 0 ? first : second, i);
            }

            assertThat(one.iteration()).isEqualTo(other.iteration()).isEqualTo(FITS + 1);
        }
        assertSame(second, plain);
    }

    /** The last batch of a pass is for one of the two only. */
    @Test
    void shouldTrainInTwoOrderedWorkersAsPlainFit() throws Exception {
        final List<DataSet> batches = List.of(dataSet(1), dataSet(2), dataSet(3));
        final SameDiff plain = graph();
        plain.fit(new ListDataSetIterator<>(batches, 4), 2);
        final SameDiff[] graphs = {graph(), graph()};
        final Thread[] workers = new Thread[graphs.length];
        for (int rank = 0; rank < workers.length; rank++) {
            final SharedTraining training = SharedTraining.join(
                    graphs[rank], options(Mode.ORDERED).withWorker(Worker.of(rank, workers.length)));
            workers[rank] = new Thread(() -> {
                try (training) {
                    training.fit(new ListDataSetIterator<>(batches, 4), 2);
                }
            });
        }
        for (final Thread worker : workers) {
            worker.start();
        }
        for (final Thread worker : workers) {
            worker.join();
        }

        assertSame(graphs[0], plain);
        assertSame(graphs[1], plain);
    }

    @ParameterizedTest
    @EnumSource(
            value = Mode.class,
            names = {"HOGWILD", "LOCKED"})
    void shouldLearnInTwoThreadsWhatNoLineSeparates(final Mode mode) throws Exception {
        final SameDiff[] graphs = new SameDiff[2];
        final Thread[] workers = new Thread[graphs.length];
        for (int rank = 0; rank < workers.length; rank++) {
            graphs[rank] = SameDiffs.perceptron(DataType.FLOAT, 2, 2);
            graphs[rank].setTrainingConfig(SameDiffs.config(new Adam(0.02)).build());
            final SharedTraining training =
                    SharedTraining.join(graphs[rank], options(mode).withWorker(Worker.of(rank, workers.length)));
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

        final DataSet test = Networks.exclusiveOr(DataType.FLOAT, 1000, SEED);
        final Evaluation evaluation = new Evaluation();
        evaluation.eval(
                test.getLabels(),
                graphs[0].outputSingle(Map.of("input", test.getFeatures(), "label", test.getLabels()), "out"));
        assertThat(graphs[0].getTrainingConfig().getIterationCount()).isGreaterThanOrEqualTo(STEPS_IN_THREADS);
        assertThat(evaluation.accuracy()).as("seed %s", SEED).isGreaterThan(0.99);
    }

    @Test
    void shouldGoOnAloneAfterTheTraining() {
        for (final Mode mode : List.of(Mode.HOGWILD, Mode.LOCKED)) {
            final SameDiff plain = graph();
            final SameDiff joined = graph();
            final INDArray before = joined.getVariable("w0").getArr();
            fit(plain, 0);
            try (SharedTraining training = SharedTraining.join(joined, options(mode))) {
                training.fit(SameDiffs.samples(TYPE, 0));
            }
            ShmArrays.remove("training", settings());
            fit(plain, 1);
            fit(joined, 1);

            assertSame(joined, plain);
            assertThat(joined.getVariable("w0").getArr()).isSameAs(before);
            assertThat(joined.getListeners()).isEmpty();
            joined.getVariable("w0").convertToConstant();
        }
    }

    @Test
    void shouldReportLossWithRegularization() {
        final SameDiff graph = graph();
        final org.nd4j.linalg.dataset.api.MultiDataSet batch = SameDiffs.samples(TYPE, 0);
        final double loss = graph.outputSingle(
                        Map.of("input", batch.getFeatures(0), "label", batch.getLabels(0)), "loss")
                .getDouble(0);
        double squares = 0;
        for (final double[] values : SameDiffs.values(graph).values()) {
            for (final double value : values) {
                squares += value * value;
            }
        }
        try (SharedTraining training = SharedTraining.join(graph, options(Mode.LOCKED))) {
            assertThat(training.gradient(batch)).isCloseTo(loss + 0.01 * squares / 2, within(1e-9));
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Mode.class,
            names = {"HOGWILD", "LOCKED", "ORDERED"})
    void shouldDoStepByHand(final Mode mode) {
        final SameDiff plain = graph();
        final SameDiff joined = graph();
        try (SharedTraining training = SharedTraining.join(joined, options(mode))) {
            for (int i = 0; i < FITS; i++) {
                fit(plain, i);
                training.gradient(SameDiffs.samples(TYPE, i));
                training.push();
            }
            assertThatThrownBy(training::push).isInstanceOf(IllegalStateException.class);

            assertSame(joined, plain);
            assertThat(training.iteration()).isEqualTo(FITS);
        }
    }

    @Test
    void shouldFollowLearningRateOfRunControl() {
        final SameDiff plain = SameDiffs.perceptron(TYPE, new Sgd(0.125));
        final SameDiff joined = SameDiffs.perceptron(TYPE, new Sgd(0.5));
        try (SharedTraining training = SharedTraining.join(joined, options(Mode.LOCKED))) {
            training.arrays().arrays().runControl().learningRate(0.125);
            fit(plain, 0, 1);
            fit(joined, 0, 1);

            assertSame(joined, plain);
        }
    }

    @Test
    void shouldRefuseToFreezeJoinedVariableAndGoOn() {
        final SameDiff plain = graph();
        final SameDiff joined = graph();
        try (SharedTraining training = SharedTraining.join(joined, options(Mode.LOCKED))) {
            fit(plain, 0, 1);
            fit(joined, 0);
            assertThatThrownBy(() -> joined.getVariable("w0").convertToConstant())
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("variables can't be frozen or removed while the graph is joined to a training:"
                            + " variable=w0; do it before the graph joins, or after the training is closed");
            training.fit(SameDiffs.samples(TYPE, 1));

            assertThat(joined.getConstantArrays().hasArray("w0")).isFalse();
            assertSame(joined, plain);
        }
    }

    @Test
    void shouldRefuseToRenameOrReshapeJoinedVariable() {
        final SameDiff joined = graph();
        try (SharedTraining training = SharedTraining.join(joined, options(Mode.LOCKED))) {
            assertThatThrownBy(() -> joined.getVariablesArrays().rename("w0", "other"))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("can't be renamed");
            assertThatThrownBy(() -> joined.getVariablesArrays().setArray("w0", Nd4j.zeros(TYPE, 2, 2)))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("shape and type of variables can't change");
            training.fit(SameDiffs.samples(TYPE, 0));
        }
    }

    @Test
    void shouldCopyNewValuesIntoSharedMemory() {
        final SameDiff joined = graph();
        try (SharedTraining training = SharedTraining.join(joined, options(Mode.HOGWILD))) {
            joined.getVariable("b0").setArray(Nd4j.valueArrayOf(1, 6, 0.5).castTo(TYPE));

            assertThat(training.arrays().read("b0").get("b0").toDoubleVector()).containsOnly(0.5);
        }
    }

    @Test
    void shouldNoticeNewVariableAtNextFit() {
        final SameDiff joined = graph();
        try (SharedTraining training = SharedTraining.join(joined, options(Mode.LOCKED))) {
            fit(joined, 0);
            joined.var("late", Nd4j.zeros(TYPE, 2));

            assertThatThrownBy(() -> training.fit(SameDiffs.samples(TYPE, 1)))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("a variable was added since the graph joined the training: variable=late; close the"
                            + " training, and join again");
            assertThatThrownBy(() -> fit(joined, 1)).hasMessageContaining("variable=late");
        }
    }

    @Test
    void shouldNoticeLossOfOtherVariables() {
        final SameDiff joined = graph();
        try (SharedTraining training = SharedTraining.join(joined, options(Mode.LOCKED))) {
            joined.math().square(joined.getVariable("w0")).sum("other");
            joined.setLossVariables("other");

            assertThatThrownBy(() -> training.fit(SameDiffs.samples(TYPE, 0)))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("the loss was changed");
        }
    }

    @Test
    void shouldSurviveNewListeners() {
        final SameDiff plain = graph();
        final SameDiff joined = graph();
        try (SharedTraining training = SharedTraining.join(joined, options(Mode.LOCKED))) {
            joined.setListeners(List.of());
            fit(plain, 0, 1);
            fit(joined, 0, 1);

            assertSame(joined, plain);
            assertThat(training.iteration()).isEqualTo(2);
        }
    }

    @Test
    void shouldNoticeReplacedConfigurationAndArrays() {
        final SameDiff joined = graph();
        try (SharedTraining training = SharedTraining.join(joined, options(Mode.LOCKED))) {
            joined.setTrainingConfig(SameDiffs.config(new Sgd(0.1)).build());

            assertReplaced(() -> training.fit(SameDiffs.samples(TYPE, 0)));
            assertReplaced(() -> fit(joined, 0));
            assertReplaced(() -> training.save(directory.resolve("graph.fb")));
        }
        ShmArrays.remove("training", settings());
        final SameDiff other = graph();
        try (SharedTraining training = SharedTraining.join(other, options(Mode.LOCKED))) {
            other.setArrayHolders(new SingleThreadArrayHolder(), other.getConstantArrays(), true);

            assertReplaced(() -> training.fit(SameDiffs.samples(TYPE, 0)));
            assertReplaced(() -> fit(other, 0));
        }
        fit(other, 0);
    }

    private static void assertReplaced(final org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("no longer trains on shared memory, because its TrainingConfig or its array"
                        + " holders were replaced");
    }

    @Test
    void shouldRefuseNewSettingsOfTraining() {
        final SameDiff joined = graph();
        try (SharedTraining training = SharedTraining.join(joined, options(Mode.LOCKED))) {
            assertThatThrownBy(() -> joined.getTrainingConfig().setUpdater(new Sgd(1)))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("setting=updater");
            assertThatThrownBy(() -> joined.getTrainingConfig().setRegularization(List.of()))
                    .hasMessageContaining("setting=regularization");
            assertThatThrownBy(() -> joined.getTrainingConfig().setMinimize(false))
                    .hasMessageContaining("setting=minimize");
            assertThat(training.shouldStop()).isFalse();
        }
    }

    @Test
    void shouldBeAttachedByNameAlone() {
        final SameDiff graph = graph();
        final INDArray features = SameDiffs.samples(TYPE, 9).getFeatures(0);
        try (SharedTraining training = SharedTraining.join(graph, options(Mode.LOCKED));
                SharedModel model = SharedModel.attach("training", settings())) {
            training.fit(SameDiffs.samples(TYPE, 1));
            assertThat(model.iteration()).isEqualTo(1);
            model.refresh();

            assertArrays(SameDiffs.values(model.sameDiff()), SameDiffs.values(graph));
            assertThat(model.sameDiff().getTrainingConfig().getIterationCount()).isEqualTo(1);
            assertThat(model.sameDiff().output(Map.of("input", features), "out"))
                    .isEqualTo(graph.output(Map.of("input", features), "out"));
            assertThatThrownBy(model::network)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("wanted=MultiLayerNetwork, found=SameDiff");
        }
    }

    @Test
    void shouldRefuseOtherGraphs() {
        final SameDiff deeper = graph();
        deeper.math().sin("more", deeper.getVariable("out"));
        final SameDiff wider = SameDiffs.perceptron(TYPE, 7, SameDiffs.CLASSES);
        wider.setTrainingConfig(SameDiffs.config(new Adam(0.05)).l2(0.01).build());
        try (SharedTraining training = SharedTraining.join(graph(), options(Mode.LOCKED))) {
            assertRefused(SameDiffs.perceptron(TYPE, new Adam(0.1)), "updater");
            assertRefused(deeper, "/arrays/more: \"sin[out]\", nothing");
            assertRefused(wider, "/variables/w0: \"DOUBLE[7, 6]\", \"DOUBLE[5, 6]\"");
            assertThat(training.iteration()).isZero();
        }
    }

    private void assertRefused(final SameDiff graph, final String difference) {
        assertThatThrownBy(() -> SharedTraining.join(graph, options(Mode.LOCKED).withWorker(Worker.of(1, 2))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(difference);
        fit(graph); // it is still plain
        assertThat(graph.getTrainingConfig()).isNotInstanceOf(SharedTrainingConfig.class);
    }

    @Test
    void shouldRefuseGraphThatHasJoined() {
        final SameDiff joined = graph();
        try (SharedTraining training = SharedTraining.join(joined, options(Mode.LOCKED))) {
            assertThatThrownBy(() -> SharedTraining.join(joined, options(Mode.LOCKED)))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("the graph has joined a training already; close that one first");
            assertThat(training.shouldStop()).isFalse();
        }
    }

    /** A stop ends it in its second epoch, or before. */
    @Test
    void shouldGoOnWhereItsCheckpointWas() {
        final List<DataSet> batches = List.of(dataSet(1), dataSet(2), dataSet(3));
        final Adam byEpoch = new Adam(new ExponentialSchedule(ScheduleType.EPOCH, 0.05, 0.5));
        final SameDiff plain = SameDiffs.perceptron(TYPE, byEpoch);
        plain.fit(new ListDataSetIterator<>(batches, 1), 3);
        final Path file = directory.resolve("graph.npz");
        final TrainingOptions options = options(Mode.LOCKED).resuming();
        try (SharedTraining training = SharedTraining.join(SameDiffs.perceptron(TYPE, byEpoch), options)) {
            training.fit(
                    new ListDataSetIterator<>(batches, 1) {
                        private int loaded;

                        @Override
                        public DataSet next() {
                            if (++loaded == 5) {
                                training.arrays().arrays().runControl().stop();
                            }
                            return super.next();
                        }
                    },
                    3);
            Checkpoint.write(training.arrays().arrays(), file, Checkpoint.Consistency.WHOLE_SEGMENT);
        }
        ShmArrays.remove(Trained.SEGMENT, settings());

        final SameDiff joined = SameDiffs.perceptron(TYPE, byEpoch);
        try (ShmArrays restored = Checkpoint.restore(file, Trained.SEGMENT, settings());
                SharedTraining training = SharedTraining.join(joined, options.withWorker(Worker.of(0, 1)))) {
            assertThat(restored.runControl().globalStep()).isBetween(1L, 8L);
            training.fit(new ListDataSetIterator<>(batches, 1), 3);
            assertSame(joined, plain);
        }
    }
}
