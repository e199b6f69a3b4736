package org.shmarrays.dl4j;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.deeplearning4j.datasets.iterator.utilty.ListDataSetIterator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.autodiff.listeners.At;
import org.nd4j.autodiff.listeners.BaseListener;
import org.nd4j.autodiff.listeners.Listener;
import org.nd4j.autodiff.listeners.ListenerResponse;
import org.nd4j.autodiff.listeners.Loss;
import org.nd4j.autodiff.listeners.Operation;
import org.nd4j.autodiff.listeners.checkpoint.Checkpoint;
import org.nd4j.autodiff.listeners.checkpoint.CheckpointListener;
import org.nd4j.autodiff.listeners.impl.ScoreListener;
import org.nd4j.autodiff.listeners.records.LossCurve;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.nd4j.linalg.dataset.api.iterator.DataSetIterator;
import org.nd4j.linalg.factory.Nd4j;
import org.shmarrays.layout.Mode;
import org.shmarrays.worker.Worker;

/** Listeners of SameDiff graphs that are called once for a training, and those that each worker calls. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class SameDiffOnceListenerTest {
    private static final int WORKERS = 4;
    private static final int EPOCHS = 3;
    private static final int BATCHES = 10;
    private static final int STEPS = EPOCHS * BATCHES;

    @TempDir
    private Path directory;

    private static final class Calls extends BaseListener {
        private final List<Integer> iterations = new ArrayList<>();
        private final List<String> epochs = new ArrayList<>();
        private final List<Boolean> consistent = new ArrayList<>();

        @Override
        public boolean isActive(final Operation operation) {
            return operation == Operation.TRAINING;
        }

        @Override
        public void epochStart(final SameDiff graph, final At at) {
            epochs.add("start " + at.epoch());
        }

        @Override
        public ListenerResponse epochEnd(
                final SameDiff graph, final At at, final LossCurve losses, final long epochTimeMillis) {
            epochs.add("end " + at.epoch());
            return ListenerResponse.CONTINUE;
        }

        @Override
        public void iterationDone(final SameDiff graph, final At at, final MultiDataSet batch, final Loss loss) {
            iterations.add(at.iteration());
            final double[] values = graph.getVariable("w").getArr().toDoubleVector();
            final int done = graph.getTrainingConfig().getIterationCount() + 1;
            consistent.add(Stream.of(values)
                    .allMatch(all -> IntStream.range(0, all.length).allMatch(i -> all[i] == -done)));
        }
    }

    private List<SharedTraining> join(final List<SameDiff> graphs, final Mode mode) {
        return IntStream.range(0, graphs.size())
                .mapToObj(rank -> SharedTraining.join(
                        graphs.get(rank),
                        Trained.options(directory.resolve("segments"), mode, Worker.of(rank, graphs.size()))))
                .toList();
    }

    /** Each step takes 1 from each element. */
    private static List<SameDiff> graphs(final int count) {
        return Stream.generate(SameDiffJoinTest::linear).limit(count).toList();
    }

    private static DataSetIterator iterator() {
        final DataSet batch = new DataSet(Nd4j.ones(DataType.DOUBLE, 1, 1), Nd4j.ones(DataType.DOUBLE, 1, 1));
        return new ListDataSetIterator<>(
                Stream.generate(() -> batch).limit(BATCHES).toList(), 1);
    }

    private static void fit(final List<SharedTraining> trainings) throws Exception {
        Workers.run(trainings, (rank, training) -> {
            training.fit(iterator(), EPOCHS);
            return null;
        });
    }

    @ParameterizedTest
    @EnumSource(
            value = Mode.class,
            names = {"LOCKED", "ORDERED"})
    void shouldCallOnceForEachIterationAndEpochOfAllWorkers(final Mode mode) throws Exception {
        final List<SameDiff> graphs = graphs(WORKERS);
        final List<SharedTraining> trainings = join(graphs, mode);
        final List<Calls> once = Stream.generate(Calls::new).limit(WORKERS).toList();
        final List<Calls> each = Stream.generate(Calls::new).limit(WORKERS).toList();
        for (int rank = 0; rank < WORKERS; rank++) {
            graphs.get(rank).setListeners(SharedTraining.once(once.get(rank)), each.get(rank));
        }

        fit(trainings);

        assertThat(once.get(0).iterations)
                .containsExactlyElementsOf(IntStream.range(0, STEPS).boxed().toList());
        assertThat(once.get(0).consistent).containsOnly(true);
        assertThat(once.get(0).epochs).containsExactly("start 0", "end 0", "start 1", "end 1", "start 2", "end 2");
        for (int rank = 1; rank < WORKERS; rank++) {
            assertThat(once.get(rank).iterations).isEmpty();
            assertThat(once.get(rank).epochs).isEmpty();
        }
        assertThat(each.stream().mapToInt(calls -> calls.iterations.size()).sum())
                .isEqualTo(STEPS);
    }

    /** Batches whose memory is that of the thread that reads ahead, which ends with the pass. */
    private static class ReadAhead extends ListDataSetIterator<DataSet> {
        private static final long serialVersionUID = 1;
        private int given;

        ReadAhead() {
            super(List.of(new DataSet()), 1);
        }

        @Override
        public boolean asyncSupported() {
            return true;
        }

        @Override
        public boolean hasNext() {
            return given < BATCHES;
        }

        @Override
        public void reset() {
            given = 0;
        }

        @Override
        public DataSet next() {
            given++;
            return new DataSet(Nd4j.ones(DataType.DOUBLE, 1, 1), Nd4j.ones(DataType.DOUBLE, 1, 1));
        }
    }

    /** Lets one worker make steps first. */
    private static final class Gate extends BaseListener {
        private final CountDownLatch steps;

        Gate(final int steps) {
            this.steps = new CountDownLatch(steps);
        }

        @Override
        public boolean isActive(final Operation operation) {
            return operation == Operation.TRAINING;
        }

        @Override
        public void iterationDone(final SameDiff graph, final At at, final MultiDataSet batch, final Loss loss) {
            steps.countDown();
        }

        /** Batches that wait for these steps. */
        ReadAhead behind() {
            return new ReadAhead() {
                private static final long serialVersionUID = 1;

                @Override
                public boolean hasNext() {
                    try {
                        steps.await();
                    } catch (final InterruptedException e) {
                        throw new IllegalStateException(e);
                    }
                    return super.hasNext();
                }
            };
        }
    }

    /** Other workers may be so much faster that rank 0 comes too late for all passes. */
    @Test
    void shouldCallWhereRankZeroMadeNoStep() throws Exception {
        final List<SameDiff> graphs = graphs(2);
        final Gate gate = new Gate(STEPS);
        final Calls once = new Calls();
        final List<Double> losses = new ArrayList<>();
        graphs.get(0).setListeners(SharedTraining.once(once), SharedTraining.once(new BaseListener() {
            @Override
            public boolean isActive(final Operation operation) {
                return operation == Operation.TRAINING;
            }

            @Override
            public void iterationDone(final SameDiff shown, final At at, final MultiDataSet batch, final Loss loss) {
                losses.add(loss.totalLoss());
                assertThat(batch.numFeatureArrays()).isZero();
            }
        }));
        graphs.get(1).setListeners(gate);

        Workers.run(join(graphs, Mode.LOCKED), (rank, training) -> {
            training.fit(rank == 0 ? gate.behind() : new ReadAhead(), EPOCHS);
            return null;
        });

        assertThat(once.iterations)
                .containsExactlyElementsOf(IntStream.range(0, STEPS).boxed().toList());
        assertThat(once.epochs).containsExactly("start 0", "end 0", "start 1", "end 1", "start 2", "end 2");
        assertThat(losses).hasSize(STEPS).containsOnly(Double.NaN);
    }

    /** Of steps of others it tells this worker's last batch, when that may have been given up. */
    @Test
    void shouldTellBatchesThatHaveMemoryOfTheirOwn() throws Exception {
        final List<SameDiff> graphs = graphs(2);
        final Gate gate = new Gate(1);
        final List<Boolean> attached = new ArrayList<>();
        graphs.forEach(graph -> graph.setListeners(SharedTraining.once(new BaseListener() {
            @Override
            public boolean isActive(final Operation operation) {
                return operation == Operation.TRAINING;
            }

            @Override
            public void iterationDone(final SameDiff shown, final At at, final MultiDataSet batch, final Loss loss) {
                attached.add(
                        batch.getFeatures(0).isAttached() || batch.getLabels(0).isAttached());
            }
        })));
        graphs.get(0).addListeners(gate);

        Workers.run(join(graphs, Mode.LOCKED), (rank, training) -> {
            training.fit(rank == 0 ? new ReadAhead() : gate.behind(), EPOCHS);
            return null;
        });

        assertThat(attached).hasSize(STEPS).containsOnly(false);
    }

    @Test
    void shouldSaveOneSetOfCheckpointsOfAllWorkers() throws Exception {
        final List<SameDiff> graphs = graphs(WORKERS);
        final Path files = directory.resolve("checkpoints");
        graphs.forEach(graph -> graph.setListeners(checkpoints(files)));

        fit(join(graphs, Mode.LOCKED));

        final List<Checkpoint> saved = CheckpointListener.availableCheckpoints(files.toFile());
        assertThat(saved).hasSize(STEPS / 10);
        for (final Checkpoint checkpoint : saved) {
            final SameDiff loaded =
                    SameDiff.load(files.resolve(checkpoint.getFilename()).toFile(), true);
            final int iteration = loaded.getTrainingConfig().getIterationCount();
            assertThat(loaded.getVariable("w").getArr().toDoubleVector()).containsOnly(-(iteration + 1));
        }
    }

    private static Listener checkpoints(final Path files) {
        return CheckpointListener.builder(files.toFile())
                .saveEveryNIterations(10)
                .keepAll()
                .saveUpdaterState(true)
                .build();
    }

    @Test
    void shouldCallAsPlainFitWhereOneWorkerTrainsAndGiveListenersBack() {
        final SameDiff plain = SameDiffJoinTest.linear();
        final SameDiff joined = SameDiffJoinTest.linear();
        final Calls ofPlain = new Calls();
        final Calls ofJoined = new Calls();
        final Listener marked = SharedTraining.once(ofJoined);
        final Listener score = new ScoreListener(1);
        final Listener late = checkpoints(directory.resolve("checkpoints"));
        plain.setListeners(ofPlain);
        joined.setListeners(marked, score);
        plain.fit(iterator(), EPOCHS);
        try (SharedTraining training = join(List.of(joined), Mode.LOCKED).get(0)) {
            joined.addListeners(late);
            training.fit(iterator(), EPOCHS);
        }

        assertThat(ofJoined.iterations).isEqualTo(ofPlain.iterations);
        assertThat(ofJoined.epochs).isEqualTo(ofPlain.epochs);
        assertThat(joined.getListeners()).containsExactly(marked, score, late);
        assertThat(CheckpointListener.availableCheckpoints(
                        directory.resolve("checkpoints").toFile()))
                .isNotEmpty();
    }
}
