package org.shmarrays.dl4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.shmarrays.dl4j.Trained.batches;
import static org.shmarrays.dl4j.Trained.dense;
import static org.shmarrays.dl4j.Trained.network;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;
import org.shmarrays.internal.Doors;
import org.shmarrays.launch.RemovalAtEnd;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.ElementType;
import org.shmarrays.layout.Mode;
import org.shmarrays.worker.Worker;

/** A data set that one worker loads for all. Expected numbers are worked by hand, or those of a plain fit. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class SharedDataTest {
    private static final String DATA = Trained.SEGMENT + "-data";
    private static final int EPOCHS = 2;
    private static final int BATCH = 3;

    @TempDir
    private Path directory;

    private static DataSet all() {
        return DataSet.merge(batches(7));
    }

    /** Features and labels of this value. */
    private static DataSet filled(final double value) {
        return new DataSet(
                Nd4j.valueArrayOf(new long[] {4, 2}, value, DataType.DOUBLE),
                Nd4j.valueArrayOf(new long[] {4, 1}, value, DataType.DOUBLE));
    }

    private static Supplier<DataSet> notCalled() {
        return () -> {
            throw new AssertionError("the data set is there");
        };
    }

    private SharedTraining join(final Worker worker) {
        return SharedTraining.join(network(dense(new Adam(0.05))), options(Mode.LOCKED, worker));
    }

    /** They go on with the training of an earlier run. */
    private TrainingOptions options(final Mode mode, final Worker worker) {
        return Trained.options(directory, mode, worker)
                .withSettings(Trained.settings(directory).withLeftovers(Settings.Leftovers.ATTACH));
    }

    /** Each worker in a thread of its own. */
    private static void inThreads(final List<SharedTraining> trainings, final Consumer<SharedTraining> work)
            throws Exception {
        final ExecutorService executor = Executors.newFixedThreadPool(trainings.size());
        try {
            final List<Future<?>> ends = new ArrayList<>();
            for (final SharedTraining training : trainings) {
                ends.add(executor.submit(() -> {
                    try (training) {
                        work.accept(training);
                    }
                }));
            }
            for (final Future<?> end : ends) {
                end.get(100, TimeUnit.SECONDS);
            }
        } finally {
            executor.shutdownNow();
        }
    }

    @Test
    void shouldLoadOnceAndTrainOnEachSampleOnceInEachEpoch() throws Exception {
        final DataSet all = all();
        final AtomicInteger loads = new AtomicInteger();
        final List<Double> trained = Collections.synchronizedList(new ArrayList<>());
        final List<SharedTraining> trainings = new ArrayList<>();
        for (int rank = 0; rank < 4; rank++) {
            trainings.add(join(Worker.of(rank, 4)));
        }

        inThreads(trainings, training -> {
            final IndexedBatches batches = training.sharedBatches(
                            () -> {
                                loads.incrementAndGet();
                                return all;
                            },
                            BATCH)
                    .shuffled(42);
            batches.setPreProcessor(batch -> {
                for (int i = 0; i < batch.numExamples(); i++) {
                    trained.add(batch.getFeatures().getDouble(i, 0));
                }
            });
            training.fit(batches, EPOCHS);
        });

        assertThat(loads).hasValue(1);
        assertThat(trained).hasSize(EPOCHS * all.numExamples());
        for (int i = 0; i < all.numExamples(); i++) {
            final double sample = all.getFeatures().getDouble(i, 0);
            assertThat(Collections.frequency(trained, sample))
                    .as("sample %s", i)
                    .isEqualTo(EPOCHS);
        }
    }

    @Test
    void shouldTrainInOrderAsPlainFit() throws Exception {
        final DataSet all = all();
        final MultiLayerNetwork plain = network(dense(new Adam(0.05)));
        plain.fit(
                IndexedBatches.ofArrays(all.getFeatures(), all.getLabels(), BATCH)
                        .shuffled(42),
                EPOCHS);
        final List<MultiLayerNetwork> networks =
                List.of(network(dense(new Adam(0.05))), network(dense(new Adam(0.05))));
        final List<SharedTraining> trainings = new ArrayList<>();
        for (final MultiLayerNetwork network : networks) {
            trainings.add(SharedTraining.join(network, options(Mode.ORDERED, Worker.of(trainings.size(), 2))));
        }

        inThreads(
                trainings,
                training ->
                        training.fit(training.sharedBatches(() -> all, BATCH).shuffled(42), EPOCHS));

        for (final MultiLayerNetwork network : networks) {
            Trained.assertSame(network, plain, "a network of two workers");
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = DataType.class,
            names = {"FLOAT", "DOUBLE", "HALF", "BFLOAT16", "INT", "LONG"})
    void shouldKeepTypesShapesAndMasks(final DataType type) {
        final INDArray features =
                Nd4j.arange(5 * 2 * 3).reshape(5, 2, 3).castTo(type).dup('f');
        final INDArray labels = Nd4j.arange(5).castTo(type);
        final INDArray featuresMask = Nd4j.arange(5 * 3).reshape(5, 3).castTo(DataType.FLOAT);
        final INDArray labelsMask = Nd4j.arange(5).reshape(5, 1).castTo(DataType.DOUBLE);
        try (SharedTraining training = join(Worker.of(0, 1))) {
            final IndexedBatches batches =
                    training.sharedBatches(() -> new DataSet(features, labels, featuresMask, labelsMask), 4);
            batches.next();

            final DataSet last = batches.next(); // sample 4

            assertThat(last.getFeatures().dataType()).isEqualTo(type);
            assertThat(last.getFeatures().shape()).containsExactly(1, 2, 3);
            assertThat(last.getFeatures().castTo(DataType.DOUBLE).ravel().toDoubleVector())
                    .containsExactly(24, 25, 26, 27, 28, 29);
            assertThat(last.getLabels().dataType()).isEqualTo(type);
            assertThat(last.getLabels().shape()).containsExactly(1);
            assertThat(last.getLabels().castTo(DataType.DOUBLE).toDoubleVector())
                    .containsExactly(4);
            assertThat(last.getFeaturesMaskArray())
                    .isEqualTo(Nd4j.createFromArray(12f, 13f, 14f).reshape(1, 3));
            assertThat(last.getLabelsMaskArray())
                    .isEqualTo(Nd4j.createFromArray(4d).reshape(1, 1));
        }
    }

    @Test
    void shouldGiveCopies() {
        try (SharedTraining training = join(Worker.of(0, 1))) {
            final IndexedBatches batches = training.sharedBatches(() -> filled(1), 4);
            batches.next().getFeatures().assign(7);
            batches.rewind();

            assertThat(batches.next()).isEqualTo(filled(1));
        }
    }

    /** What the next one gives is used then. */
    @Test
    void shouldRefuseWhatIsNoDataSet() {
        final INDArray two = Nd4j.zeros(2, 2);
        try (SharedTraining training = join(Worker.of(0, 1))) {
            assertThatThrownBy(() -> training.sharedBatches(notCalled(), 0))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("batch=0");
            assertThatThrownBy(() -> training.sharedBatches(() -> null, BATCH))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("gave no features");
            assertThatThrownBy(() -> training.sharedBatches(() -> new DataSet(two, Nd4j.zeros(3, 2)), BATCH))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("features=2, labels=3");
            assertThatThrownBy(() -> training.sharedBatches(() -> new DataSet(two.castTo(DataType.UINT8), two), BATCH))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContainingAll("name=features", "UBYTE", "FLOAT");

            assertThat(training.sharedBatches(() -> filled(1), 4).next()).isEqualTo(filled(1));
        }
    }

    @Test
    void shouldReplaceWhatAnEarlierRunHasLeft() {
        for (int run = 1; run <= 3; run++) {
            final DataSet own = filled(run);
            try (SharedTraining training = join(Worker.of(0, 1))) {
                assertThat(training.sharedBatches(() -> own, 4).next()).isEqualTo(own);
            }
        }
        assertThat(Doors.ROOT.of(Trained.settings(directory)).names()).containsExactly(Trained.SEGMENT, DATA);
    }

    /** Its values are kept, and those of the other run's data too. */
    @Test
    void shouldRefuseTheDataOfAnotherRunUnderWay() {
        try (SharedTraining one = join(Worker.of(0, 1, 7));
                SharedTraining other = join(Worker.of(0, 1, 8))) {
            final IndexedBatches batches = one.sharedBatches(() -> filled(1), 4);

            assertThatThrownBy(() -> other.sharedBatches(() -> filled(2), 4))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContainingAll("another run", "segment=" + DATA);
            assertThat(batches.next()).isEqualTo(filled(1));
        }
        try (SharedTraining other = join(Worker.of(0, 1, 8))) {
            assertThat(other.sharedBatches(() -> filled(2), 4).next()).isEqualTo(filled(2));
        }
    }

    /** It would get the first data set, whatever it gives. */
    @Test
    void shouldRefuseASecondDataSetOfAWorkerInItsRun() {
        final Supplier<DataSet> second = notCalled();
        try (SharedTraining training = join(Worker.of(0, 1, 7))) {
            training.sharedBatches(() -> filled(1), 4);
            assertThatThrownBy(() -> training.sharedBatches(second, 4))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContainingAll("already", "segment=" + DATA, "rank=0");
        }
        try (SharedTraining training = join(Worker.of(0, 1, 7))) {
            assertThatThrownBy(() -> training.sharedBatches(second, 4))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("already");
        }
    }

    @Test
    void shouldServeWorkersThatJoinLateAlsoWhenTheOthersHaveGone() {
        final Worker late = Worker.ofRunUnderWay(1, 2, 7);
        try (SharedTraining training = join(Worker.of(0, 2, 7))) {
            training.sharedBatches(() -> filled(1), 4);
        }
        try (SharedTraining training = join(late)) {
            assertThat(training.sharedBatches(notCalled(), 4).next()).isEqualTo(filled(1));
        }
    }

    /** The one that was loading was killed. */
    @Test
    void shouldLetAWorkerThatJoinsLateLoad() {
        join(Worker.of(0, 2, 7)).close();
        try (SharedTraining training = join(Worker.ofRunUnderWay(1, 2, 7))) {
            assertThat(training.sharedBatches(() -> filled(1), 4).next()).isEqualTo(filled(1));
        }
    }

    @Test
    void shouldLeaveASegmentOfOtherContent() {
        final List<ArraySpec> specs = List.of(ArraySpec.of("mine", ElementType.FLOAT32, 1));
        ShmArrays.create(DATA, specs, Trained.settings(directory)).close();
        try (SharedTraining training = join(Worker.of(0, 1))) {
            assertThatThrownBy(() -> training.sharedBatches(notCalled(), 4))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContainingAll("other content", "segment=" + DATA, "mine");
        }
        try (ShmArrays mine = ShmArrays.attach(DATA, Trained.settings(directory))) {
            assertThat(mine.specs()).extracting(ArraySpec::name).containsExactly("mine");
        }
    }

    @Test
    void shouldEndWithTheTraining() {
        final IndexedBatches batches;
        try (SharedTraining training = join(Worker.of(0, 1))) {
            batches = training.sharedBatches(() -> filled(1), 4);
        }

        assertThatThrownBy(batches::next).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void shouldBeRemovedWithTheSegmentOfTheTraining() {
        final Settings settings = Trained.settings(directory);
        try (RemovalAtEnd removal = RemovalAtEnd.ofName(Trained.SEGMENT, settings);
                SharedTraining training = join(Worker.of(0, 1))) {
            training.sharedBatches(() -> filled(1), 4);
            assertThat(Doors.ROOT.of(settings).names()).containsExactly(Trained.SEGMENT, DATA);
            assertThat(removal).isNotNull();
        }
        assertThat(Doors.ROOT.of(settings).names()).isEmpty();
    }
}
