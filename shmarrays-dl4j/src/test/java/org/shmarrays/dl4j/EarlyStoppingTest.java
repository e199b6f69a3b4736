package org.shmarrays.dl4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.shmarrays.dl4j.Trained.iterator;
import static org.shmarrays.dl4j.Trained.network;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.deeplearning4j.earlystopping.EarlyStoppingConfiguration;
import org.deeplearning4j.earlystopping.EarlyStoppingResult;
import org.deeplearning4j.earlystopping.EarlyStoppingResult.TerminationReason;
import org.deeplearning4j.earlystopping.saver.InMemoryModelSaver;
import org.deeplearning4j.earlystopping.saver.LocalFileModelSaver;
import org.deeplearning4j.earlystopping.scorecalc.DataSetLossCalculator;
import org.deeplearning4j.earlystopping.scorecalc.ScoreCalculator;
import org.deeplearning4j.earlystopping.termination.EpochTerminationCondition;
import org.deeplearning4j.earlystopping.termination.IterationTerminationCondition;
import org.deeplearning4j.earlystopping.termination.MaxEpochsTerminationCondition;
import org.deeplearning4j.earlystopping.termination.MaxScoreIterationTerminationCondition;
import org.deeplearning4j.earlystopping.trainer.EarlyStoppingGraphTrainer;
import org.deeplearning4j.earlystopping.trainer.EarlyStoppingTrainer;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.optimize.api.BaseTrainingListener;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.dataset.api.iterator.DataSetIterator;
import org.nd4j.linalg.learning.config.Adam;
import org.shmarrays.layout.Mode;
import org.shmarrays.worker.Worker;

/** Fits that stop early in all workers. Expected results of one worker are those of DL4J's trainers. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class EarlyStoppingTest {
    private static final int WORKERS = 4;
    private static final int BATCHES = 8;

    @TempDir
    private Path directory;

    private TrainingOptions options(final Mode mode, final int rank, final int workers) {
        return Trained.options(directory.resolve("segments"), mode, Worker.of(rank, workers));
    }

    private static MultiLayerNetwork fresh() {
        return network(Trained.dense(new Adam(0.1)));
    }

    /** Scores that fall until an epoch, and rise after it, whatever the model; models by epoch. */
    private static final class Scores implements ScoreCalculator<Model> {
        private static final long serialVersionUID = 1;
        private final transient List<Model> scored = new ArrayList<>();
        private final transient List<Long> iterations = new ArrayList<>();

        @Override
        public double calculateScore(final Model model) {
            scored.add(model);
            iterations.add((long) TestModels.iteration(model));
            return Math.abs(scored.size() - 3); // 2, 1, 0, 1, 2, …
        }

        @Override
        public boolean minimizeScore() {
            return true;
        }
    }

    /** No better score in two epochs. */
    private static final class NoBetter implements EpochTerminationCondition {
        private static final long serialVersionUID = 1;
        private double best = Double.MAX_VALUE;
        private int worse;

        @Override
        public void initialize() {
            best = Double.MAX_VALUE;
        }

        @Override
        public boolean terminate(final int epoch, final double score, final boolean minimize) {
            worse = score < best ? 0 : worse + 1;
            best = Math.min(best, score);
            return worse == 2;
        }

        @Override
        public String toString() {
            return "no better in two epochs";
        }
    }

    /** After so many steps of this worker. */
    private static final class After implements IterationTerminationCondition {
        private static final long serialVersionUID = 1;
        private final int steps;
        private int made;

        After(final int steps) {
            this.steps = steps;
        }

        @Override
        public void initialize() {
            made = 0;
        }

        @Override
        public boolean terminate(final double score) {
            return ++made == steps;
        }

        @Override
        public String toString() {
            return "after steps";
        }
    }

    private static EarlyStoppingConfiguration.Builder<MultiLayerNetwork> builder(final Object scores) {
        return new EarlyStoppingConfiguration.Builder<MultiLayerNetwork>()
                .modelSaver(new InMemoryModelSaver<>())
                .scoreCalculator((ScoreCalculator<?>) scores);
    }

    private static List<MultiLayerNetwork> networks() {
        return Stream.generate(EarlyStoppingTest::fresh).limit(WORKERS).toList();
    }

    private List<SharedTraining> join(final List<MultiLayerNetwork> networks, final Mode mode) {
        return IntStream.range(0, networks.size())
                .mapToObj(rank -> SharedTraining.join(networks.get(rank), options(mode, rank, networks.size())))
                .toList();
    }

    @ParameterizedTest
    @EnumSource(
            value = Mode.class,
            names = {"HOGWILD", "LOCKED", "ORDERED"})
    void shouldStopAllWorkersAfterAnEpochWithOneResult(final Mode mode) throws Exception {
        final List<MultiLayerNetwork> networks = networks();
        final List<Scores> scores = Stream.generate(Scores::new).limit(WORKERS).toList();
        final long[] iterations = new long[WORKERS];

        final List<EarlyStoppingResult<MultiLayerNetwork>> results =
                Workers.run(join(networks, mode), (rank, training) -> {
                    final EarlyStoppingResult<MultiLayerNetwork> result = training.fit(
                            iterator(BATCHES),
                            builder(scores.get(rank))
                                    .epochTerminationConditions(new MaxEpochsTerminationCondition(90), new NoBetter())
                                    .build());
                    iterations[rank] = training.iteration();
                    assertThat(training.shouldStop()).isFalse();
                    return result;
                });

        assertThat(results).allSatisfy(result -> {
            assertThat(result.getTerminationReason()).isEqualTo(TerminationReason.EpochTerminationCondition);
            assertThat(result.getTerminationDetails()).isEqualTo("no better in two epochs");
            assertThat(result.getBestModelEpoch()).isEqualTo(2);
            assertThat(result.getBestModelScore()).isZero();
            assertThat(result.getTotalEpochs()).isEqualTo(5);
        });
        assertThat(results.get(0).getScoreVsEpoch()).hasSize(5).containsEntry(4, 2.0);
        assertThat(results.get(0).getBestModel()).isNotNull();
        assertThat(scores.get(0).scored).hasSize(5);
        assertThat(scores.subList(1, WORKERS))
                .allSatisfy(each -> assertThat(each.scored).isEmpty());
        assertThat(iterations).containsOnly(iterations[0]);
        assertThat(iterations[0]).isGreaterThanOrEqualTo(5L * BATCHES);
        for (int rank = 1; rank < WORKERS; rank++) {
            assertThat(Trained.parameters(networks.get(rank))).isEqualTo(Trained.parameters(networks.get(0)));
        }
        if (mode == Mode.ORDERED) { // no worker is ahead when an epoch ends
            assertThat(scores.get(0).iterations).containsExactly(8L, 16L, 24L, 32L, 40L);
            assertThat(iterations[0]).isEqualTo(40);
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Mode.class,
            names = {"LOCKED", "ORDERED"})
    void shouldStopAllWorkersByAConditionOfOneWorkersSteps(final Mode mode) throws Exception {
        final List<MultiLayerNetwork> networks = networks();
        final Path files = Files.createDirectory(directory.resolve("models"));
        final Set<Long> stopped = ConcurrentHashMap.newKeySet();
        final Set<Long> ended = ConcurrentHashMap.newKeySet();

        final List<EarlyStoppingResult<MultiLayerNetwork>> results =
                Workers.run(join(networks, mode), (rank, training) -> {
                    final EarlyStoppingResult<MultiLayerNetwork> result = training.fit(
                            iterator(BATCHES),
                            builder(new Scores())
                                    .modelSaver(new LocalFileModelSaver(files.toString()))
                                    .saveLastModel(true)
                                    .iterationTerminationConditions(
                                            new MaxScoreIterationTerminationCondition(1e9),
                                            new After(rank == 2 ? 7 : Integer.MAX_VALUE))
                                    .build());
                    stopped.add(training.iteration());
                    training.fit(iterator(BATCHES), 1); // goes on after a fit that has stopped
                    ended.add(training.iteration());
                    return result;
                });

        assertThat(Collections.max(ended)).isGreaterThan(Collections.min(stopped));
        assertThat(results).allSatisfy(result -> {
            assertThat(result.getTerminationReason()).isEqualTo(TerminationReason.IterationTerminationCondition);
            assertThat(result.getTerminationDetails()).isEqualTo("after steps");
            assertThat(result.getTotalEpochs()).isEqualTo(results.get(0).getTotalEpochs());
            assertThat(result.getBestModelEpoch()).isEqualTo(results.get(0).getBestModelEpoch());
            assertThat(result.getBestModel() == null).isEqualTo(result.getBestModelEpoch() < 0);
        });
        assertThat(files.resolve("latestModel.bin")).exists();
    }

    @Test
    void shouldStopInEachOfSeveralFits() throws Exception {
        final List<List<Integer>> epochs = Workers.run(join(networks(), Mode.LOCKED), (rank, training) -> {
            final List<Integer> totals = new ArrayList<>();
            for (int fit = 1; fit <= 3; fit++) {
                totals.add(training.fit(
                                iterator(BATCHES),
                                builder(new Scores())
                                        .epochTerminationConditions(new MaxEpochsTerminationCondition(fit))
                                        .build())
                        .getTotalEpochs());
            }
            return totals;
        });

        assertThat(epochs).containsOnly(List.of(1, 2, 3));
    }

    @Test
    void shouldScoreWhatAllWorkersHaveTrainedInACopy() throws Exception {
        final List<MultiLayerNetwork> networks = networks();
        final Scores scores = new Scores();

        Workers.run(
                join(networks, Mode.LOCKED),
                (rank, training) -> training.fit(
                        iterator(BATCHES),
                        builder(scores)
                                .epochTerminationConditions(new MaxEpochsTerminationCondition(6))
                                .evaluateEveryNEpochs(2)
                                .build()));

        assertThat(scores.iterations).hasSize(4).isSorted(); // epochs 0, 2, 4 and 6, where the condition is asked
        for (int i = 0; i < 4; i++) {
            assertThat(scores.iterations.get(i)).isGreaterThan((2L * i + 1) * BATCHES - WORKERS); // others end theirs
        }
        assertThat(scores.scored).allSatisfy(model -> assertThat(networks).noneMatch(joined -> joined == model));
    }

    private static EarlyStoppingConfiguration<MultiLayerNetwork> byLoss() {
        return builder(new DataSetLossCalculator(iterator(3), true))
                .epochTerminationConditions(new MaxEpochsTerminationCondition(5))
                .build();
    }

    private static void assertSame(
            final EarlyStoppingResult<? extends Model> actual, final EarlyStoppingResult<? extends Model> expected) {
        assertThat(actual.getScoreVsEpoch()).isEqualTo(expected.getScoreVsEpoch());
        assertThat(actual.getTerminationReason()).isEqualTo(expected.getTerminationReason());
        assertThat(actual.getTerminationDetails()).isEqualTo(expected.getTerminationDetails());
        assertThat(actual.getBestModelEpoch()).isEqualTo(expected.getBestModelEpoch());
        // 1.0.0-M2.1 gives the score() of the saved model, which is 0 for a clone.
        assertThat(actual.getBestModelScore())
                .isEqualTo(expected.getScoreVsEpoch().get(expected.getBestModelEpoch()));
        assertThat(actual.getTotalEpochs()).isEqualTo(expected.getTotalEpochs());
        assertThat(Trained.parameters(actual.getBestModel())).isEqualTo(Trained.parameters(expected.getBestModel()));
    }

    /** The program has read a batch, and the trainer begins with a reset. */
    private static DataSetIterator begun() {
        final DataSetIterator batches = iterator(BATCHES);
        batches.next();
        return batches;
    }

    @Test
    void shouldGiveOneWorkerTheResultOfDl4jsTrainer() {
        final MultiLayerNetwork plain = fresh();
        final MultiLayerNetwork joined = fresh();
        final EarlyStoppingResult<MultiLayerNetwork> expected =
                new EarlyStoppingTrainer(byLoss(), plain, begun()).fit();
        try (SharedTraining training = SharedTraining.join(joined, options(Mode.LOCKED, 0, 1))) {
            assertSame(training.fit(begun(), byLoss()), expected);
        }

        assertThat(Trained.parameters(joined)).isEqualTo(Trained.parameters(plain));
    }

    @Test
    void shouldGiveOneWorkersGraphTheResultOfDl4jsTrainer() {
        final ComputationGraph plain = Trained.graph(Trained.denseGraph(new Adam(0.1)));
        final ComputationGraph joined = Trained.graph(Trained.denseGraph(new Adam(0.1)));
        final EarlyStoppingResult<ComputationGraph> expected =
                new EarlyStoppingGraphTrainer(ofGraph(), plain, begun()).fit();
        try (SharedTraining training = SharedTraining.join(joined, options(Mode.LOCKED, 0, 1))) {
            assertSame(training.fit(begun(), ofGraph()), expected);
        }

        assertThat(Trained.parameters(joined)).isEqualTo(Trained.parameters(plain));
    }

    private static EarlyStoppingConfiguration<ComputationGraph> ofGraph() {
        return new EarlyStoppingConfiguration.Builder<ComputationGraph>()
                .scoreCalculator(new DataSetLossCalculator(iterator(3), true))
                .iterationTerminationConditions(new After(19))
                .build();
    }

    /** DL4J's own trainer takes a joined network of one worker for any other. */
    @Test
    void shouldTrainByDl4jsTrainerAsPlainInOneWorker() {
        final MultiLayerNetwork plain = fresh();
        final MultiLayerNetwork joined = fresh();
        final EarlyStoppingResult<MultiLayerNetwork> expected =
                new EarlyStoppingTrainer(byLoss(), plain, iterator(BATCHES)).fit();
        try (SharedTraining training = SharedTraining.join(joined, options(Mode.LOCKED, 0, 1))) {
            final EarlyStoppingResult<MultiLayerNetwork> result =
                    new EarlyStoppingTrainer(byLoss(), joined, iterator(BATCHES)).fit();
            assertThat(result.getScoreVsEpoch()).isEqualTo(expected.getScoreVsEpoch());
            assertThat(result.getTotalEpochs()).isEqualTo(5);
            assertThat(Trained.parameters(joined)).isEqualTo(Trained.parameters(plain));
            assertThat(training.iteration()).isEqualTo(5L * BATCHES);
        }
    }

    @Test
    void shouldSayThatTheTrainingWasAskedToStop() {
        final MultiLayerNetwork joined = fresh();
        try (SharedTraining training = SharedTraining.join(joined, options(Mode.LOCKED, 0, 1))) {
            joined.addListeners(new BaseTrainingListener() {
                @Override
                public void iterationDone(final Model model, final int iteration, final int epoch) {
                    if (iteration == 11) {
                        training.arrays().arrays().runControl().stop();
                    }
                }
            });
            final EarlyStoppingResult<MultiLayerNetwork> result = training.fit(iterator(BATCHES), byLoss());

            assertThat(result.getTerminationDetails()).isEqualTo("the training was asked to stop");
            assertThat(result.getTotalEpochs()).isEqualTo(1);
            assertThat(training.iteration()).isEqualTo(12);
            assertThat(joined.getListeners()).hasSize(2); // the test's, and the training's own
        }
    }

    @Test
    void shouldRefuseSameDiffGraphs() throws IOException {
        final SameDiff graph = SameDiffs.perceptron(DataType.DOUBLE, new Adam(0.05));
        try (SharedTraining training = SharedTraining.join(graph, options(Mode.LOCKED, 0, 1))) {
            assertThatThrownBy(() -> training.fit(iterator(1), byLoss()))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("not for a SameDiff graph");
        }
    }
}
