package org.shmarrays.dl4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.shmarrays.dl4j.Trained.assertSame;
import static org.shmarrays.dl4j.Trained.batch;
import static org.shmarrays.dl4j.Trained.dense;
import static org.shmarrays.dl4j.Trained.iterator;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.deeplearning4j.datasets.iterator.utilty.ListDataSetIterator;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.optimize.api.BaseTrainingListener;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.dataset.api.iterator.DataSetIterator;
import org.nd4j.linalg.learning.config.AMSGrad;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.schedule.ExponentialSchedule;
import org.nd4j.linalg.schedule.ScheduleType;
import org.shmarrays.ShmArrays;
import org.shmarrays.checkpoint.Checkpoint;
import org.shmarrays.layout.Mode;
import org.shmarrays.worker.Worker;

/**
 * A training goes on from a checkpoint as if nothing had interrupted it. Expected numbers are those of a plain fit, or
 * each batch once.
 */
class RestoredTrainingTest {
    private static final int EPOCHS = 3;

    private final AtomicBoolean isSaved = new AtomicBoolean();

    @TempDir
    private Path directory;

    private TrainingOptions options(final Mode mode) {
        return Trained.options(directory, mode);
    }

    private static IUpdater byEpoch() {
        return new AMSGrad(new ExponentialSchedule(ScheduleType.EPOCH, 0.05, 0.5));
    }

    private static IUpdater byIteration() {
        return new Adam(new ExponentialSchedule(ScheduleType.ITERATION, 0.05, 0.9));
    }

    private void checkpoint(final SharedTraining training) {
        Checkpoint.write(training.arrays().arrays(), directory.resolve("training.npz"));
    }

    /** In the place of the old segment, attached as long as it is used. */
    private ShmArrays restore() {
        ShmArrays.remove(Trained.SEGMENT, Trained.settings(directory));
        return Checkpoint.restore(directory.resolve("training.npz"), Trained.SEGMENT, Trained.settings(directory));
    }

    @ParameterizedTest
    @EnumSource(
            value = Mode.class,
            names = {"HOGWILD", "LOCKED"})
    void shouldGoOnWithANetwork(final Mode mode) {
        final MultiLayerNetwork plain = Trained.network(dense(byEpoch()));
        plain.fit(iterator(3), 2);
        final MultiLayerNetwork before = plain.clone();
        before.setIterationCount(plain.getIterationCount());
        before.setEpochCount(plain.getEpochCount());
        plain.fit(iterator(4), 2);
        try (SharedTraining training = SharedTraining.join(before, options(mode))) {
            training.fit(iterator(4), 2);
            checkpoint(training);
            training.fit(iterator(5), 1); // which is lost
        }

        final MultiLayerNetwork joined = Trained.network(dense(byEpoch()));
        try (ShmArrays restored = restore();
                SharedTraining training = SharedTraining.join(joined, options(mode))) {
            assertSame(joined, plain, "the restored network");
            assertThat(training.epoch()).isEqualTo(4);
            plain.fit(iterator(3), 2);
            training.fit(iterator(3), 2);
            assertSame(joined, plain, "the network that went on from " + restored.name());
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Mode.class,
            names = {"HOGWILD", "LOCKED"})
    void shouldGoOnWithAGraph(final Mode mode) {
        final ComputationGraph plain = Trained.graph(Trained.denseGraph(byIteration()));
        plain.fit(iterator(4), 2);
        try (SharedTraining training =
                SharedTraining.join(Trained.graph(Trained.denseGraph(byIteration())), options(mode))) {
            training.fit(iterator(4), 2);
            checkpoint(training);
        }

        final ComputationGraph joined = Trained.graph(Trained.denseGraph(byIteration()));
        try (ShmArrays restored = restore();
                SharedTraining training = SharedTraining.join(joined, options(mode))) {
            assertSame(joined, plain, "the restored graph");
            plain.fit(iterator(3), 2);
            training.fit(iterator(3), 2);
            assertSame(joined, plain, "the graph that went on from " + restored.name());
        }
    }

    /** The number of samples that the present epoch has had is kept too. */
    @Test
    void shouldGoOnInTheMiddleOfAnEpochOfSamples() {
        final MultiLayerNetwork plain = Trained.network(dense(byEpoch()));
        try (SharedTraining training = SharedTraining.join(
                Trained.network(dense(byEpoch())), options(Mode.LOCKED).withSamplesOfEpoch(12))) {
            for (int i = 0; i < 4; i++) {
                training.fit(batch(i));
            }
            checkpoint(training);
        }
        final MultiLayerNetwork joined = Trained.network(dense(byEpoch()));
        try (ShmArrays restored = restore();
                SharedTraining training =
                        SharedTraining.join(joined, options(Mode.LOCKED).withSamplesOfEpoch(12))) {
            for (int i = 4; i < 8; i++) {
                training.fit(batch(i));
            }
            for (int i = 0; i < 8; i++) {
                plain.setEpochCount(i / 3);
                plain.fit(batch(i));
            }
            assertThat(Trained.parameters(joined)).isEqualTo(Trained.parameters(plain));
            assertThat(Trained.state(joined)).isEqualTo(Trained.state(plain));
            assertThat(training.epoch()).isEqualTo(2);
            assertThat(restored.runControl().samples()).isEqualTo(8 * 4);
        }
    }

    /** Writes a checkpoint of the whole segment after a step, the first worker that comes to it. */
    private TrainingListener saving(final SharedTraining training, final int afterIteration) {
        return new BaseTrainingListener() {
            @Override
            public void iterationDone(final Model model, final int iteration, final int epoch) {
                if (iteration >= afterIteration && !isSaved.getAndSet(true)) {
                    save(training);
                }
            }
        };
    }

    private void save(final SharedTraining training) {
        Checkpoint.write(
                training.arrays().arrays(), directory.resolve("training.npz"), Checkpoint.Consistency.WHOLE_SEGMENT);
    }

    /** The program is the same: its first fit is over, and its second one is in its second epoch. */
    private static void train(final SharedTraining training) {
        training.fit(iterator(2), 1);
        training.fit(iterator(4), 3);
    }

    private static MultiLayerNetwork trainedPlainly() {
        final MultiLayerNetwork plain = Trained.network(dense(byEpoch()));
        plain.fit(iterator(2), 1);
        plain.fit(iterator(4), 3);
        return plain;
    }

    @ParameterizedTest
    @CsvSource({"HOGWILD, false", "LOCKED, false", "ORDERED, false", "LOCKED, true"})
    void shouldGoOnInTheMiddleOfAnEpoch(final Mode mode, final boolean isEveryBatch) {
        final TrainingOptions sharing = options(mode).resuming();
        final TrainingOptions options = isEveryBatch ? sharing.withEveryBatch() : sharing;
        final MultiLayerNetwork plain = trainedPlainly();
        final MultiLayerNetwork before = Trained.network(dense(byEpoch()));
        try (SharedTraining training = SharedTraining.join(before, options)) {
            before.addListeners(saving(training, 8)); // counted from 0
            train(training);
            assertThat(Trained.parameters(before)).isEqualTo(Trained.parameters(plain));
        }

        assertGoesOn(options.withWorker(Worker.of(0, 1)), plain);
    }

    private void assertGoesOn(final TrainingOptions options, final MultiLayerNetwork plain) {
        final MultiLayerNetwork joined = Trained.network(dense(byEpoch()));
        try (ShmArrays restored = restore();
                SharedTraining training = SharedTraining.join(joined, options)) {
            assertThat(training.iteration()).isEqualTo(9);
            train(training);
            assertSame(joined, plain, "the network that went on from " + restored.name());
        }
    }

    @Test
    void shouldGoOnWithAGraphInTheMiddleOfAnEpoch() {
        final ComputationGraph plain = Trained.graph(Trained.denseGraph(byIteration()));
        plain.fit(iterator(4), 3);
        final ComputationGraph before = Trained.graph(Trained.denseGraph(byIteration()));
        final TrainingOptions options = options(Mode.LOCKED).resuming();
        try (SharedTraining training = SharedTraining.join(before, options)) {
            before.addListeners(saving(training, 5));
            training.fit(iterator(4), 3);
        }

        final ComputationGraph joined = Trained.graph(Trained.denseGraph(byIteration()));
        try (ShmArrays restored = restore();
                SharedTraining training = SharedTraining.join(joined, options.withWorker(Worker.of(0, 1)))) {
            assertThat(restored.runControl().globalStep()).isEqualTo(6);
            training.fit(iterator(4), 3);
            assertSame(joined, plain, "the graph that went on");
        }
    }

    /** The second fit is stopped in its second epoch, and the checkpoint is written when the program has ended. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldGoOnWithAFitThatWasStopped(final boolean isEveryBatch) {
        final TrainingOptions sharing = options(Mode.LOCKED).resuming();
        final TrainingOptions options = isEveryBatch ? sharing.withEveryBatch() : sharing;
        final MultiLayerNetwork before = Trained.network(dense(byEpoch()));
        try (SharedTraining training = SharedTraining.join(before, options)) {
            before.addListeners(new BaseTrainingListener() {
                @Override
                public void iterationDone(final Model model, final int iteration, final int epoch) {
                    if (iteration == 8) {
                        training.arrays().arrays().runControl().stop();
                    }
                }
            });
            train(training);
            save(training);
        }

        assertGoesOn(options.withWorker(Worker.of(0, 1)), trainedPlainly());
    }

    /** A batch has 1, 6, 36, 216 or 1,296 samples, so that their sum tells how often each one was trained on. */
    private static DataSetIterator unequalBatches() {
        return new ListDataSetIterator<>(
                IntStream.range(0, 5)
                        .mapToObj(
                                i -> Batches.ofSamples(DataType.DOUBLE, (int) Math.pow(6, i), Configurations.INPUTS, i))
                        .toList(),
                1);
    }

    /** Workers that train for three epochs; the first one that comes to an iteration writes a checkpoint. */
    private void trainTogether(final int workers, final long run, final int savedAfter) throws Exception {
        final List<SharedTraining> trainings = new ArrayList<>();
        for (int rank = 0; rank < workers; rank++) {
            final MultiLayerNetwork network = Trained.network(dense(byEpoch()));
            final Worker worker = Worker.of(rank, workers, run);
            final SharedTraining training = SharedTraining.join(
                    network, Trained.options(directory, Mode.LOCKED, worker).resuming());
            network.addListeners(saving(training, savedAfter));
            trainings.add(training);
        }
        Workers.run(trainings, (rank, training) -> {
            training.fit(unequalBatches(), EPOCHS);
            return null;
        });
    }

    @ParameterizedTest
    @CsvSource({"2, 1", "1, 3", "3, 2"})
    void shouldTrainOnEachBatchOnceWithAnotherNumberOfWorkers(final int before, final int after) throws Exception {
        trainTogether(before, 7, 4);

        try (ShmArrays restored = restore()) {
            assertThat(restored.runControl().globalStep()).isBetween(4L, 5L * EPOCHS);
            trainTogether(after, 8, Integer.MAX_VALUE);
            assertThat(restored.runControl().globalStep()).isEqualTo(5 * EPOCHS);
            assertThat(restored.runControl().samples()).isEqualTo((1 + 6 + 36 + 216 + 1296L) * EPOCHS);
            assertThat(restored.runControl().epoch()).isEqualTo(EPOCHS);
        }
    }

    @Test
    void shouldNotGoOnFromACheckpointOfSeveralMoments() {
        try (SharedTraining training = SharedTraining.join(Trained.network(dense(byEpoch())), options(Mode.LOCKED))) {
            train(training);
            checkpoint(training);
        }
        try (ShmArrays restored = restore();
                SharedTraining training = SharedTraining.join(
                        Trained.network(dense(byEpoch())), options(Mode.LOCKED).resuming())) {
            assertThatThrownBy(() -> train(training))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("WHOLE_SEGMENT");
            assertThat(restored.runControl().globalStep()).isEqualTo(2 + 4 * 3);
        }
    }
}
