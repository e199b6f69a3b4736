package org.shmarrays.dl4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.shmarrays.dl4j.Trained.assertSame;
import static org.shmarrays.dl4j.Trained.batch;
import static org.shmarrays.dl4j.Trained.batches;
import static org.shmarrays.dl4j.Trained.dense;
import static org.shmarrays.dl4j.Trained.iterator;
import static org.shmarrays.dl4j.Trained.network;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import java.util.function.IntFunction;
import org.deeplearning4j.datasets.iterator.utilty.ListDataSetIterator;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.conf.BackpropType;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.constraint.MaxNormConstraint;
import org.deeplearning4j.nn.conf.layers.util.MaskZeroLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.optimize.api.BaseTrainingListener;
import org.deeplearning4j.util.ModelSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.dataset.AsyncDataSetIterator;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.adapter.MultiDataSetIteratorAdapter;
import org.nd4j.linalg.dataset.api.iterator.DataSetIterator;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.schedule.ExponentialSchedule;
import org.nd4j.linalg.schedule.PolySchedule;
import org.nd4j.linalg.schedule.ScheduleType;
import org.shmarrays.ShmArrays;
import org.shmarrays.layout.Mode;
import org.shmarrays.worker.Worker;

/** Passes over iterators, by one worker and by several. Expected numbers are those of a plain fit. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class FitTest {
    private static final int EPOCHS = 3;

    /** Of a sequence, one for each step. */
    private static final int SEGMENTS = Batches.STEPS;

    @TempDir
    private Path directory;

    private TrainingOptions options(final Mode mode) {
        return Trained.options(directory, mode);
    }

    private TrainingOptions options(final int rank, final int workers) {
        return Trained.options(directory, Mode.LOCKED, Worker.of(rank, workers));
    }

    private static Adam byEpoch() {
        return new Adam(new ExponentialSchedule(ScheduleType.EPOCH, 0.05, 0.5));
    }

    private static Adam byIteration() {
        return new Adam(new ExponentialSchedule(ScheduleType.ITERATION, 0.05, 0.9));
    }

    /** Eight samples, in batches of three, three and two. */
    private static DataSetIterator ragged() {
        return new ListDataSetIterator<>(
                DataSet.merge(List.of(batch(1), batch(2))).asList(), 3);
    }

    private static List<Thread> readers() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().contains("prefetch"))
                .filter(Thread::isAlive)
                .toList();
    }

    private static final class Steps extends BaseTrainingListener {
        private final IntConsumer action;
        private int steps;

        Steps(final IntConsumer action) {
            this.action = action;
        }

        @Override
        public void iterationDone(final Model model, final int iteration, final int epoch) {
            action.accept(++steps);
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Mode.class,
            names = {"HOGWILD", "LOCKED"})
    void shouldFitNetworkAsPlainFit(final Mode mode) {
        final MultiLayerNetwork plain = network(dense(byEpoch()));
        final MultiLayerNetwork joined = network(dense(byEpoch()));
        try (SharedTraining training = SharedTraining.join(joined, options(mode))) {
            plain.fit(ragged(), EPOCHS);
            training.fit(ragged(), EPOCHS);
            assertSame(joined, plain, "the joined network");

            plain.fit(new MultiDataSetIteratorAdapter(ragged()));
            training.fit(new MultiDataSetIteratorAdapter(ragged()), 1);
            assertThat(training.epoch()).isEqualTo(EPOCHS + 1);
            assertThat(training.iteration()).isEqualTo(3 * (EPOCHS + 1));
        }
        assertSame(joined, plain, "the network after the training");
        assertThat(readers()).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(
            value = Mode.class,
            names = {"HOGWILD", "LOCKED"})
    void shouldFitGraphAsPlainFit(final Mode mode) {
        final ComputationGraph plain = Trained.graph(Trained.denseGraph(byEpoch()));
        final ComputationGraph joined = Trained.graph(Trained.denseGraph(byEpoch()));
        try (SharedTraining training = SharedTraining.join(joined, options(mode))) {
            plain.fit(ragged(), EPOCHS);
            training.fit(ragged(), EPOCHS);
            plain.fit(new MultiDataSetIteratorAdapter(ragged()));
            training.fit(new MultiDataSetIteratorAdapter(ragged()), 1);
            assertSame(joined, plain, "the joined graph");
        }
        assertSame(joined, plain, "the graph after the training");
        assertThat(readers()).isEmpty();
    }

    /** The program reads ahead itself, in workspaces that are used again and again. */
    @Test
    void shouldFitBatchesThatWereReadAheadInWorkspaces() {
        final MultiLayerNetwork plain = network(dense(byEpoch()));
        final MultiLayerNetwork joined = network(dense(byEpoch()));
        final AsyncDataSetIterator ahead = new AsyncDataSetIterator(iterator(7), 2, true);
        try (SharedTraining training = SharedTraining.join(joined, options(Mode.LOCKED))) {
            plain.fit(iterator(7), EPOCHS);
            training.fit(ahead, EPOCHS);

            assertSame(joined, plain, "the joined network");
        } finally {
            ahead.shutdown();
        }
    }

    /** The rest of the pass, because the program's iterator reads on. */
    @Test
    void shouldLeaveTheThreadOfTheProgramsIteratorAlone() {
        final MultiLayerNetwork joined = network(dense(byEpoch()));
        final AsyncDataSetIterator ahead = new AsyncDataSetIterator(iterator(7), 2, true);
        try (SharedTraining training = SharedTraining.join(joined, options(Mode.LOCKED))) {
            final var control = training.arrays().arrays().runControl();
            joined.addListeners(new Steps(step -> {
                if (step == 3) {
                    control.stop();
                }
            }));
            training.fit(ahead, 1);
            control.resume();
            training.fit(ahead, 1);

            assertThat(training.iteration()).isEqualTo(7);
        } finally {
            ahead.shutdown();
        }
    }

    @Test
    void shouldRefuseSeveralPassesOverWhatCanNotBeReset() {
        final DataSetIterator once = new AsyncDataSetIterator(iterator(1)) {
            private static final long serialVersionUID = 1;

            @Override
            public boolean resetSupported() {
                return false;
            }
        };
        try (SharedTraining training = SharedTraining.join(network(dense(new Sgd(0.1))), options(Mode.LOCKED))) {
            assertThatThrownBy(() -> training.fit(once, 2))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageEndingWith("epochs=2, resetSupported=false");
            assertThatThrownBy(() -> training.fit(iterator(1), 0))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageEndingWith("epochs=0, resetSupported=true");
        }
    }

    /** Steps of each rank. */
    private int[] fitInThreads(final int workers, final int batches, final SharedTraining... trainings)
            throws InterruptedException {
        return fitInThreads(workers, training -> training.fit(iterator(batches), EPOCHS), trainings);
    }

    private int[] fitInThreads(final int workers, final Consumer<SharedTraining> fit, final SharedTraining... trainings)
            throws InterruptedException {
        final int[] steps = new int[workers];
        final List<Throwable> failures = new ArrayList<>();
        final List<Thread> threads = new ArrayList<>();
        for (int rank = 0; rank < workers; rank++) {
            final SharedTraining training = trainings[rank];
            final int own = rank;
            threads.add(new Thread(() -> {
                try (training) {
                    fit.accept(training);
                    steps[own] = (int) training.worker().clock();
                } catch (final Throwable e) {
                    synchronized (failures) {
                        failures.add(e);
                    }
                }
            }));
        }
        threads.forEach(Thread::start);
        for (final Thread thread : threads) {
            thread.join();
        }
        assertThat(failures).isEmpty();
        return steps;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 5, 6})
    void shouldDealTheBatchesOfAPassAmongTwoWorkers(final int batches) throws InterruptedException {
        final MultiLayerNetwork first = network(dense(byEpoch()));
        final MultiLayerNetwork second = network(dense(byEpoch()));
        final SharedTraining one = SharedTraining.join(first, options(0, 2));
        final SharedTraining other = SharedTraining.join(second, options(1, 2));
        try (SharedModel watcher = SharedModel.attach(Trained.SEGMENT, Trained.settings(directory))) {
            final int[] steps = fitInThreads(2, batches, one, other);

            assertThat(steps[0] + steps[1]).isEqualTo(EPOCHS * batches);
            assertThat(watcher.iteration()).isEqualTo((long) EPOCHS * batches);
            assertThat(watcher.epoch()).isEqualTo(EPOCHS);
        }
        assertThat(first.getEpochCount()).isEqualTo(EPOCHS);
        assertThat(readers()).isEmpty();
    }

    /** The batches of a pass are in order in what the shards of all workers have together. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 5, 6})
    void shouldTrainOnAllShardsOfAnEpoch(final int batches) throws InterruptedException {
        final MultiLayerNetwork first = network(dense(byEpoch()));
        final SharedTraining one = SharedTraining.join(first, options(0, 2));
        final SharedTraining other = SharedTraining.join(network(dense(byEpoch())), options(1, 2));
        final Set<Shard> opened = ConcurrentHashMap.newKeySet();
        final ShardedData data = shard -> {
            assertThat(opened.add(shard)).isTrue();
            return shard.deal(batches == 0 ? new NumberedBatches(0, 0) : iterator(batches));
        };
        try (SharedModel watcher = SharedModel.attach(Trained.SEGMENT, Trained.settings(directory))) {
            fitInThreads(2, training -> training.fit(data, EPOCHS), one, other);

            assertThat(watcher.iteration()).isEqualTo((long) EPOCHS * batches);
            assertThat(watcher.epoch()).isEqualTo(EPOCHS);
        }
        assertThat(opened).hasSize(2 * EPOCHS).allMatch(shard -> shard.worldSize() == 2 && shard.epoch() < EPOCHS);
        assertThat(first.getEpochCount()).isEqualTo(EPOCHS);
        assertThat(readers()).isEmpty();
    }

    @Test
    void shouldFitShardsOfOneWorkerAsPlainFit() {
        final MultiLayerNetwork plain = network(dense(byEpoch()));
        final MultiLayerNetwork joined = network(dense(byEpoch()));
        final ComputationGraph plainGraph = Trained.graph(Trained.denseGraph(byEpoch()));
        final ComputationGraph graph = Trained.graph(Trained.denseGraph(byEpoch()));
        try (SharedTraining training = SharedTraining.join(joined, options(Mode.LOCKED))) {
            plain.fit(ragged(), EPOCHS);
            training.fit(shard -> shard.deal(ragged()), EPOCHS);
        }
        ShmArrays.remove(Trained.SEGMENT, Trained.settings(directory));
        try (SharedTraining training = SharedTraining.join(graph, options(Mode.HOGWILD))) {
            plainGraph.fit(ragged(), EPOCHS);
            training.fit(shard -> shard.deal(new MultiDataSetIteratorAdapter(ragged())), EPOCHS);
        }

        assertSame(joined, plain, "the network");
        assertSame(graph, plainGraph, "the graph");
        assertThat(readers()).isEmpty();
    }

    @Test
    void shouldRefuseWhatIsNoShard() {
        try (SharedTraining training = SharedTraining.join(network(dense(byEpoch())), options(Mode.LOCKED))) {
            assertThatThrownBy(() -> training.fit(shard -> List.of(1).iterator(), 1))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("DataSetIterator");
            assertThatThrownBy(() -> training.fit(shard -> iterator(1), 0))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("epochs=0");
        }
        ShmArrays.remove(Trained.SEGMENT, Trained.settings(directory));
        try (SharedTraining training =
                SharedTraining.join(network(dense(byEpoch())), options(0, 2).withEveryBatch())) {
            assertThatThrownBy(() -> training.fit(shard -> iterator(1), 1))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("withEveryBatch");
        }
    }

    /** The other worker waits for no batch that it would have to load. */
    @Test
    void shouldLoadOnlyWhatItTrainsOn() throws InterruptedException {
        final SharedTraining one = SharedTraining.join(network(dense(byEpoch())), options(0, 2));
        final SharedTraining other = SharedTraining.join(network(dense(byEpoch())), options(1, 2));
        final List<Integer> loaded = Collections.synchronizedList(new ArrayList<>());
        fitInThreads(
                2,
                training -> training.fit(
                        IndexedBatches.of(7, index -> {
                                    loaded.add(index);
                                    return batch(index);
                                })
                                .shuffled(5),
                        EPOCHS),
                one,
                other);

        assertThat(loaded).hasSize(7 * EPOCHS);
        for (int index = 0; index < 7; index++) {
            assertThat(Collections.frequency(loaded, index)).isEqualTo(EPOCHS);
        }
    }

    /** One worker's first batch is loaded when the other one has ended the pass. */
    @Test
    void shouldBeginTheNextFitAtTheFirstBatchInAllWorkers() throws InterruptedException {
        final MultiLayerNetwork first = network(dense(byEpoch()));
        final MultiLayerNetwork second = network(dense(byEpoch()));
        final CountDownLatch isEnded = new CountDownLatch(1);
        for (final MultiLayerNetwork each : List.of(first, second)) {
            each.addListeners(new BaseTrainingListener() {
                @Override
                public void onEpochEnd(final Model model) {
                    isEnded.countDown();
                }
            });
        }
        final SharedTraining one = SharedTraining.join(first, options(0, 2));
        final SharedTraining other = SharedTraining.join(second, options(1, 2));
        final AtomicBoolean isFirst = new AtomicBoolean(true);
        final List<Integer> loaded = Collections.synchronizedList(new ArrayList<>());
        final IntFunction<DataSet> loading = index -> {
            loaded.add(index);
            if (isFirst.getAndSet(false)) {
                await(isEnded);
            }
            return batch(index);
        };
        fitInThreads(
                2,
                training -> {
                    final IndexedBatches batches = IndexedBatches.of(7, loading).shuffled(5);
                    for (int i = 0; i < EPOCHS; i++) {
                        training.fit(batches, 1);
                    }
                },
                one,
                other);

        assertThat(loaded).hasSize(7 * EPOCHS);
        for (int index = 0; index < 7; index++) {
            assertThat(Collections.frequency(loaded, index)).isEqualTo(EPOCHS);
        }
    }

    @Test
    void shouldGiveEachWorkerAllBatchesOfItsOwnIterator() throws InterruptedException {
        final SharedTraining one =
                SharedTraining.join(network(dense(byEpoch())), options(0, 2).withEveryBatch());
        final SharedTraining other =
                SharedTraining.join(network(dense(byEpoch())), options(1, 2).withEveryBatch());

        assertThat(fitInThreads(2, 3, one, other)).containsExactly(3 * EPOCHS, 3 * EPOCHS);
    }

    /** Two passes of one of two workers are one epoch; a third one, and one of the other, are the next. */
    @Test
    void shouldCountAnEpochWhenTheWorkersHaveEndedAPassEachOnAverage() {
        final MultiLayerNetwork first = network(dense(byEpoch()));
        final MultiLayerNetwork second = network(dense(byEpoch()));
        try (SharedTraining one = SharedTraining.join(first, options(0, 2));
                SharedTraining other = SharedTraining.join(second, options(1, 2))) {
            first.fit(iterator(1));
            assertThat(one.epoch()).isZero();
            first.fit(iterator(1));
            assertThat(one.epoch()).isEqualTo(1);
            first.fit(iterator(1));
            assertThat(one.epoch()).isEqualTo(1);
            assertThat(first.getEpochCount()).isEqualTo(1);
            second.fit(iterator(1));
            assertThat(other.epoch()).isEqualTo(2);
            one.fit(batch(0));
            assertThat(first.getEpochCount()).isEqualTo(2);
        }
    }

    @Test
    void shouldCountEpochsBySamplesWhereTheirNumberIsKnown() {
        final MultiLayerNetwork plain = network(dense(byEpoch()));
        final MultiLayerNetwork first = network(dense(byEpoch()));
        final MultiLayerNetwork second = network(dense(byEpoch()));
        try (SharedTraining one = SharedTraining.join(first, options(0, 2).withSamplesOfEpoch(12));
                SharedTraining other = SharedTraining.join(second, options(1, 2).withSamplesOfEpoch(12))) {
            for (int i = 0; i < 10; i++) { // batches of four samples
                plain.setEpochCount(i / 3);
                plain.fit(batch(i));
                (i % 4 == 1 ? other : one).fit(batch(i));
                assertThat(one.epoch()).isEqualTo((i + 1) / 3);
            }
            one.pull();
            assertThat(Trained.parameters(first)).isEqualTo(Trained.parameters(plain));
        }
    }

    @Test
    void shouldFollowSchedulesByTheStepsOfAllWorkers() {
        final MultiLayerNetwork plain = network(dense(byIteration()));
        final MultiLayerNetwork first = network(dense(byIteration()));
        final MultiLayerNetwork second = network(dense(byIteration()));
        try (SharedTraining one = SharedTraining.join(first, options(0, 2));
                SharedTraining other = SharedTraining.join(second, options(1, 2))) {
            for (int i = 0; i < 10; i++) {
                plain.fit(batch(i));
                (i % 3 == 1 ? other : one).fit(batch(i));
            }
        }
        assertSame(first, plain, "the first worker's network");
        assertSame(second, plain, "the second worker's network");
    }

    /** With MaskZeroLayer DL4J keeps no state from one segment to the next. */
    private static MultiLayerConfiguration truncated(final boolean masked) {
        return Networks.builder(DataType.DOUBLE, new Sgd(0.05))
                .list()
                .layer(
                        masked
                                ? new MaskZeroLayer.Builder()
                                        .setUnderlying(Configurations.lstm(Configurations.SEQUENCE_INPUTS, 4))
                                        .setMaskValue(0)
                                        .build()
                                : Configurations.lstm(Configurations.SEQUENCE_INPUTS, 4))
                .layer(Configurations.sequenceOutput(4))
                .backpropType(BackpropType.TruncatedBPTT)
                .tBPTTForwardLength(1)
                .tBPTTBackwardLength(1)
                .build();
    }

    private static ComputationGraphConfiguration truncatedGraph() {
        return Networks.builder(DataType.DOUBLE, new Sgd(0.05))
                .graphBuilder()
                .addInputs("sequence")
                .addLayer("lstm", Configurations.lstm(Configurations.SEQUENCE_INPUTS, 4), "sequence")
                .addLayer("output", Configurations.sequenceOutput(4), "lstm")
                .setOutputs("output")
                .backpropType(BackpropType.TruncatedBPTT)
                .tBPTTForwardLength(1)
                .tBPTTBackwardLength(1)
                .build();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldCountTheSamplesOfATruncatedBatchOnce(final boolean masked) {
        final MultiLayerNetwork network = network(truncated(masked));
        final DataSetIterator sequences = new ListDataSetIterator<>(
                List.of(Batches.ofSequences(DataType.DOUBLE, 1), Batches.ofSequences(DataType.DOUBLE, 2)), 1);
        try (SharedTraining training = SharedTraining.join(network, options(Mode.LOCKED))) {
            training.fit(sequences, 2);
            training.fit(Batches.ofSequences(DataType.DOUBLE, 3));

            assertThat(training.iteration()).isEqualTo(5 * SEGMENTS);
            assertThat(training.arrays().arrays().runControl().samples()).isEqualTo(5 * Batches.SAMPLES);
        }
    }

    @Test
    void shouldCountTheSamplesOfATruncatedBatchOfAGraphOnce() {
        final ComputationGraph graph = Trained.graph(truncatedGraph());
        try (SharedTraining training = SharedTraining.join(graph, options(Mode.LOCKED))) {
            training.fit(Batches.ofSequences(DataType.DOUBLE, 3));
            graph.fit(Batches.ofSequences(DataType.DOUBLE, 4));

            assertThat(training.iteration()).isEqualTo(2 * SEGMENTS);
            assertThat(training.arrays().arrays().runControl().samples()).isEqualTo(2 * Batches.SAMPLES);
        }
    }

    @Test
    void shouldEndAfterTheStepInWhichAStopIsAskedFor() {
        final MultiLayerNetwork plain = network(dense(byEpoch()));
        final MultiLayerNetwork joined = network(dense(byEpoch()));
        try (SharedTraining training = SharedTraining.join(joined, options(Mode.LOCKED))) {
            final var control = training.arrays().arrays().runControl();
            joined.addListeners(new Steps(step -> {
                if (step == 8) {
                    control.stop();
                }
            }));
            training.fit(iterator(5), EPOCHS);
            plain.fit(iterator(5), 1);
            batches(3).forEach(plain::fit);

            assertSame(joined, plain, "the stopped network");
            assertThat(readers()).isEmpty();
            assertThat(training.shouldStop()).isTrue();
            training.fit(batch(0));
            training.fit(iterator(5), 1);
            assertThat(training.iteration()).isEqualTo(8);
            assertThatThrownBy(() -> training.gradient(batch(0)))
                    .isInstanceOf(TrainingStoppedException.class)
                    .hasMessage("the training was asked to stop: segment=training, rank=0, iteration=8");
            assertThatThrownBy(() -> joined.fit(batch(0))).isInstanceOf(TrainingStoppedException.class);

            control.resume();
            plain.fit(iterator(5), 1);
            training.fit(iterator(5), 1);
            assertSame(joined, plain, "the network that was resumed");
        }
    }

    private static void await(final CountDownLatch latch) {
        try {
            latch.await();
        } catch (final InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /**
     * One of them is in a step until the stop is taken back, and the other one is in its next fit. The iterators stand
     * at the begin of the pass after the one that was cut off.
     */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void shouldEndTheFitOfAllWorkersWhereOneHasSeenTheStop(final int epochs) throws InterruptedException {
        final MultiLayerNetwork first = network(dense(byEpoch()));
        final MultiLayerNetwork second = network(dense(byEpoch()));
        final CountDownLatch isInStep = new CountDownLatch(1);
        final CountDownLatch isInNextFit = new CountDownLatch(1);
        final SharedTraining one = SharedTraining.join(first, options(0, 2));
        final SharedTraining other = SharedTraining.join(second, options(1, 2));
        final var control = one.arrays().arrays().runControl();
        first.addListeners(new Steps(step -> {
            if (step == 1) {
                await(isInStep);
                control.stop();
            } else {
                isInNextFit.countDown();
            }
        }));
        second.addListeners(new Steps(step -> {
            isInStep.countDown();
            await(isInNextFit);
        }));
        final List<Integer> loaded = Collections.synchronizedList(new ArrayList<>());
        fitInThreads(
                2,
                training -> {
                    final DataSetIterator stopped = iterator(7);
                    training.fit(stopped, epochs);
                    assertThat(stopped.next().getFeatures()).isEqualTo(batch(0).getFeatures());
                    if (training == one) {
                        control.resume();
                    }
                    training.fit(
                            IndexedBatches.of(7, index -> {
                                loaded.add(index);
                                return batch(index);
                            }),
                            EPOCHS);
                },
                one,
                other);

        for (int index = 0; index < 7; index++) {
            assertThat(Collections.frequency(loaded, index))
                    .as("batch %s", index)
                    .isEqualTo(EPOCHS);
        }
        assertThat(first.getIterationCount()).isEqualTo(2 + 7 * EPOCHS);
        assertThat(first.getEpochCount()).isEqualTo(EPOCHS);
    }

    private static DataSetIterator failing(final int batches) {
        return new ListDataSetIterator<>(batches(batches + 1), 1) {
            private static final long serialVersionUID = 1;
            private int given;

            @Override
            public DataSet next() {
                if (given++ == batches) {
                    throw new UncheckedIOException(new IOException("a bad record"));
                }
                return super.next();
            }

            @Override
            public boolean asyncSupported() {
                return batches % 2 == 0;
            }
        };
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 4, 5})
    void shouldPassOnWhatAnIteratorThrows(final int batches) {
        final MultiLayerNetwork joined = network(dense(byEpoch()));
        try (SharedTraining training = SharedTraining.join(joined, options(Mode.LOCKED))) {
            assertThatThrownBy(() -> training.fit(failing(batches), 2))
                    .isInstanceOf(UncheckedIOException.class)
                    .hasMessageContaining("a bad record");

            assertThat(readers()).isEmpty();
            assertThat(training.epoch()).isZero();
            final long before = training.iteration();
            training.fit(iterator(3), 1);
            assertThat(training.iteration()).isEqualTo(before + 3);
            assertThat(training.epoch()).isEqualTo(1);
        }
    }

    /** It does not know what the others have done since, and which batch is next. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldRefuseAFurtherFitOfAWorkerThatHasFailedInOne(final boolean everyBatch) throws InterruptedException {
        final MultiLayerNetwork first = network(dense(byEpoch()));
        first.addListeners(new Steps(step -> {
            throw new IllegalStateException("a bad listener");
        }));
        final TrainingOptions[] options = {options(0, 2), options(1, 2)};
        final SharedTraining[] trainings = new SharedTraining[2];
        for (int rank = 0; rank < 2; rank++) {
            trainings[rank] = SharedTraining.join(
                    rank == 0 ? first : network(dense(byEpoch())),
                    everyBatch ? options[rank].withEveryBatch() : options[rank]);
        }
        final CountDownLatch hasFailed = new CountDownLatch(1);
        final int[] steps = fitInThreads(
                2,
                training -> {
                    final DataSetIterator batches = iterator(4);
                    if (training == trainings[0]) {
                        assertThatThrownBy(() -> training.fit(batches, EPOCHS)).hasMessage("a bad listener");
                        assertThatThrownBy(() -> training.fit(batches, EPOCHS))
                                .isInstanceOf(IllegalStateException.class)
                                .hasMessageContaining("a fit of this worker has failed")
                                .hasMessageContaining("rank=0");
                        hasFailed.countDown();
                    } else {
                        training.fit(
                                IndexedBatches.of(4, index -> {
                                    await(hasFailed);
                                    return batch(index);
                                }),
                                EPOCHS);
                    }
                },
                trainings);

        assertThat(steps[1]).isEqualTo(4 * EPOCHS - (everyBatch ? 0 : 1));
    }

    @Test
    void shouldPassOnWhatAListenerThrows() {
        final MultiLayerNetwork joined = network(dense(byEpoch()));
        try (SharedTraining training = SharedTraining.join(joined, options(Mode.LOCKED))) {
            joined.addListeners(new Steps(step -> {
                if (step == 2) {
                    throw new IllegalStateException("a bad listener");
                }
            }));
            assertThatThrownBy(() -> training.fit(iterator(3), 1)).hasMessage("a bad listener");

            assertThat(training.iteration()).isEqualTo(2);
            assertThat(readers()).isEmpty();
            training.fit(iterator(3), 1);
            assertThat(training.iteration()).isEqualTo(5);
            assertThat(joined.getIterationCount()).isEqualTo(5);
        }
    }

    /** The step's push is done, and DL4J has not counted it yet. */
    @Test
    void shouldSaveInAListener() throws IOException {
        final MultiLayerConfiguration configuration = Networks.dense(
                Networks.builder(DataType.DOUBLE, byIteration()).constrainWeights(new MaxNormConstraint(0.3, 1)),
                Configurations.INPUTS,
                6,
                Configurations.CLASSES);
        final MultiLayerNetwork plain = network(configuration);
        final MultiLayerNetwork joined = network(configuration);
        final Path file = directory.resolve("network.zip");
        try (SharedTraining training = SharedTraining.join(joined, options(Mode.LOCKED))) {
            joined.addListeners(new Steps(step -> {
                assertThat(training.epoch()).isEqualTo((step - 1) / 3);
                if (step == 5) {
                    try {
                        training.save(file);
                    } catch (final IOException e) {
                        throw new UncheckedIOException(e);
                    }
                }
            }));
            training.fit(iterator(3), EPOCHS);
            plain.fit(iterator(3), EPOCHS);
            assertSame(joined, plain, "the joined network");
        }

        final MultiLayerNetwork restored = ModelSerializer.restoreMultiLayerNetwork(file.toFile(), true);
        final MultiLayerNetwork five = network(configuration);
        five.fit(iterator(3));
        batches(2).forEach(five::fit);
        assertSame(restored, five, "what was saved after five steps");
    }

    /** A loss that is not a number is counted, and the training goes on as DL4J's own does. */
    @Test
    void shouldCountAStepWhoseLossIsNotANumber() {
        final DataSet bad = batch(1);
        bad.getFeatures().putScalar(0, 0, Double.NaN);
        final MultiLayerNetwork plain = network(dense(byEpoch()));
        final MultiLayerNetwork joined = network(dense(byEpoch()));
        try (SharedTraining training = SharedTraining.join(joined, options(Mode.LOCKED))) {
            plain.fit(bad);
            training.fit(bad);

            assertThat(joined.score()).isNaN();
            assertThat(training.iteration()).isEqualTo(1);
            assertSame(joined, plain, "the joined network");
        }
    }

    /** This schedule is of two iterations, and no number after them. */
    @Test
    void shouldTrainByASchedulePastItsEnd() {
        final Sgd past = new Sgd(new PolySchedule(ScheduleType.ITERATION, 0.1, 0.5, 2));
        final MultiLayerNetwork plain = network(dense(past));
        final MultiLayerNetwork joined = network(dense(past));
        try (SharedTraining training = SharedTraining.join(joined, options(Mode.LOCKED))) {
            plain.fit(iterator(4));
            training.fit(iterator(4), 1);

            assertSame(joined, plain, "the joined network");
        }
    }

    private double[] gradientOf(final int rank) throws InterruptedException {
        final MultiLayerNetwork network = network(Networks.dense(
                Networks.builder(DataType.DOUBLE, new Sgd(0.1)).dropOut(0.5), Configurations.INPUTS, 40, 2));
        final double[][] gradient = new double[1][];
        try (SharedTraining training = SharedTraining.join(network, options(rank, 2))) {
            final Thread thread = new Thread(() -> {
                training.gradient(batch(1));
                gradient[0] = network.getFlattenedGradients().dup().toDoubleVector();
            });
            thread.start();
            thread.join();
        }
        ShmArrays.remove(Trained.SEGMENT, Trained.settings(directory));
        return gradient[0];
    }

    /** ND4J has a random generator for each thread; the worker joined in another one. */
    @Test
    void shouldDropOutByRank() throws InterruptedException {
        final double[] first = gradientOf(0);
        final double[] second = gradientOf(1);

        assertThat(second).isNotEqualTo(first);
        assertThat(gradientOf(0)).isEqualTo(first);
        assertThat(gradientOf(1)).isEqualTo(second);
    }
}
