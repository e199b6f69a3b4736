package org.shmarrays.dl4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.shmarrays.dl4j.Trained.batch;
import static org.shmarrays.dl4j.Trained.iterator;
import static org.shmarrays.dl4j.Trained.network;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.deeplearning4j.core.storage.listener.RoutingIterationListener;
import org.deeplearning4j.datasets.iterator.utilty.ListDataSetIterator;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.conf.BackpropType;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.updater.MultiLayerUpdater;
import org.deeplearning4j.optimize.api.BaseTrainingListener;
import org.deeplearning4j.optimize.api.InvocationType;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.deeplearning4j.optimize.listeners.CheckpointListener;
import org.deeplearning4j.optimize.listeners.EvaluativeListener;
import org.deeplearning4j.optimize.listeners.ScoreIterationListener;
import org.deeplearning4j.optimize.solvers.BaseOptimizer;
import org.deeplearning4j.util.ModelSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.iterator.DataSetIterator;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.Sgd;
import org.shmarrays.dl4j.TrainingPrograms.Endless;
import org.shmarrays.internal.Doors;
import org.shmarrays.internal.segment.Segment;
import org.shmarrays.layout.Mode;
import org.shmarrays.worker.Worker;

/** Listeners that are called once for a training, and those that each worker calls. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class OnceListenerTest {
    private static final int WORKERS = 4;
    private static final int EPOCHS = 4;
    private static final int BATCHES = 10;
    private static final int STEPS = EPOCHS * BATCHES;

    @TempDir
    private Path directory;

    /** Writes down each call. */
    private static class Calls implements TrainingListener {
        final List<String> calls = new ArrayList<>();
        final List<Model> models = new ArrayList<>();
        final List<Double> scores = new ArrayList<>();

        private void note(final Model model, final String call) {
            calls.add(call);
            models.add(model);
        }

        @Override
        public void iterationDone(final Model model, final int iteration, final int epoch) {
            note(model, "iteration " + iteration + " of epoch " + epoch);
            scores.add(model.score());
        }

        @Override
        public void onEpochStart(final Model model) {
            note(model, "start of epoch " + BaseOptimizer.getEpochCount(model));
        }

        @Override
        public void onEpochEnd(final Model model) {
            note(model, "end of epoch " + BaseOptimizer.getEpochCount(model));
        }

        @Override
        public void onForwardPass(final Model model, final List<INDArray> activations) {
            note(model, "forward " + activations.size());
        }

        @Override
        public void onForwardPass(final Model model, final Map<String, INDArray> activations) {
            note(model, "forward " + activations.keySet());
        }

        @Override
        public void onGradientCalculation(final Model model) {
            note(model, "gradient");
        }

        @Override
        public void onBackwardPass(final Model model) {
            note(model, "backward");
        }

        List<String> matching(final String part) {
            return calls.stream().filter(call -> call.contains(part)).toList();
        }
    }

    /** Reads the gradient of the step, as DL4J's StatsListener does. */
    private static final class CallsOfUi extends Calls implements RoutingIterationListener {
        @Override
        public void iterationDone(final Model model, final int iteration, final int epoch) {
            super.iterationDone(model, iteration, epoch);
            assertThat(model.gradient()).isNotNull();
        }
    }

    /** Lets no worker make a second step before each of them has made one. */
    private static final class FirstSteps extends BaseTrainingListener {
        private final CountDownLatch missing = new CountDownLatch(WORKERS);

        @Override
        public void iterationDone(final Model model, final int iteration, final int epoch) {
            missing.countDown();
            try {
                missing.await();
            } catch (final InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    private List<SharedTraining> join(final List<MultiLayerNetwork> networks, final Mode mode) {
        return IntStream.range(0, networks.size())
                .mapToObj(rank -> SharedTraining.join(
                        networks.get(rank),
                        Trained.options(directory.resolve("segments"), mode, Worker.of(rank, networks.size()))))
                .toList();
    }

    private static List<MultiLayerNetwork> networks(final MultiLayerConfiguration configuration) {
        return Stream.generate(() -> network(configuration)).limit(WORKERS).toList();
    }

    private static void fit(final List<SharedTraining> trainings) throws Exception {
        Workers.run(trainings, (rank, training) -> {
            training.fit(iterator(BATCHES), EPOCHS);
            return null;
        });
    }

    private static List<String> expected(final String call, final int count) {
        return IntStream.range(0, count).mapToObj(i -> call + i).toList();
    }

    @ParameterizedTest
    @EnumSource(
            value = Mode.class,
            names = {"HOGWILD", "LOCKED", "ORDERED"})
    void shouldCallOnceForEachIterationAndEpochOfAllWorkers(final Mode mode) throws Exception {
        final List<MultiLayerNetwork> networks = networks(Trained.dense(new Adam(0.05)));
        final List<Calls> once = Stream.generate(Calls::new).limit(WORKERS).toList();
        final List<Calls> each = Stream.generate(Calls::new).limit(WORKERS).toList();
        final FirstSteps firstSteps = new FirstSteps();
        for (int rank = 0; rank < WORKERS; rank++) {
            networks.get(rank).setListeners(SharedTraining.once(once.get(rank)), each.get(rank), firstSteps);
        }

        fit(join(networks, mode));

        final List<String> iterations = once.get(0).matching("iteration").stream()
                .map(call -> call.substring(0, call.indexOf(" of")))
                .toList();
        assertThat(iterations).isEqualTo(expected("iteration ", STEPS));
        assertThat(once.get(0).matching("start of")).isEqualTo(expected("start of epoch ", EPOCHS));
        assertThat(once.get(0).matching("end of")).isEqualTo(expected("end of epoch ", EPOCHS));
        for (int rank = 1; rank < WORKERS; rank++) {
            assertThat(once.get(rank).calls).isEmpty();
        }
        assertThat(each.stream()
                        .mapToInt(calls -> calls.matching("iteration").size())
                        .sum())
                .isEqualTo(STEPS);
        assertThat(each)
                .allSatisfy(calls -> assertThat(calls.matching("iteration")).isNotEmpty());
    }

    /** Before it, the network has neither a score nor the gradient that a StatsListener reads. */
    @Test
    void shouldTellWithTheFirstStepOfRankZeroWhatOthersMadeBefore() {
        final List<MultiLayerNetwork> networks =
                networks(Trained.dense(new Adam(0.05))).subList(0, 2);
        final Calls once = new Calls();
        final Calls ofUi = new CallsOfUi();
        networks.get(0).setListeners(SharedTraining.once(once), ofUi);
        final List<SharedTraining> trainings = join(networks, Mode.LOCKED);
        networks.get(1).fit(iterator(2));
        networks.get(0).fit(iterator(1));
        final double score = networks.get(0).score();
        trainings.forEach(SharedTraining::close);

        assertThat(once.matching("iteration")).hasSize(3);
        assertThat(once.scores).containsOnly(score);
        assertThat(ofUi.matching("iteration")).isEqualTo(once.matching("iteration"));
    }

    @Test
    void shouldTellNoScoreWhereRankZeroMadeNoStep() {
        final List<MultiLayerNetwork> networks =
                networks(Trained.dense(new Adam(0.05))).subList(0, 2);
        final Calls once = new Calls();
        final Calls ofUi = new CallsOfUi();
        networks.get(0).setListeners(SharedTraining.once(once), ofUi);
        final List<SharedTraining> trainings = join(networks, Mode.LOCKED);
        networks.get(1).fit(iterator(2));
        trainings.forEach(SharedTraining::close);

        assertThat(once.matching("iteration")).hasSize(2);
        assertThat(once.scores).containsOnly(Double.NaN);
        assertThat(ofUi.matching("iteration")).isEmpty();
    }

    /** Each step's gradient is the same, so that values and state are those of a plain fit after as many steps. */
    @ParameterizedTest
    @EnumSource(
            value = Mode.class,
            names = {"LOCKED", "ORDERED"})
    void shouldSaveOneSetOfCheckpointsOfAllWorkers(final Mode mode) throws Exception {
        final List<MultiLayerNetwork> networks = networks(Endless.configuration());
        final Path files = Files.createDirectory(directory.resolve("checkpoints"));
        networks.forEach(network -> network.setListeners(new CheckpointListener.Builder(files.toFile())
                .saveEveryNIterations(10)
                .keepAll()
                .build()));

        Workers.run(join(networks, mode), (rank, training) -> {
            training.fit(
                    new ListDataSetIterator<>(
                            List.of(
                                    Endless.batch(),
                                    Endless.batch(),
                                    Endless.batch(),
                                    Endless.batch(),
                                    Endless.batch()),
                            1),
                    7);
            return null;
        });

        try (Stream<Path> found = Files.list(files)) {
            assertThat(found.map(file -> file.getFileName().toString()))
                    .containsExactlyInAnyOrder(
                            "checkpointInfo.txt",
                            "checkpoint_0_MultiLayerNetwork.zip",
                            "checkpoint_1_MultiLayerNetwork.zip",
                            "checkpoint_2_MultiLayerNetwork.zip");
        }
        final MultiLayerNetwork plain = network(Endless.configuration());
        for (int i = 0; i < 3; i++) {
            final MultiLayerNetwork saved = CheckpointListener.loadCheckpointMLN(files.toFile(), i);
            final int iteration = saved.getIterationCount();
            assertThat(iteration).isBetween(10 * (i + 1), 35);
            while (plain.getIterationCount() <= iteration) { // as plain DL4J, which counts an iteration after listeners
                plain.fit(Endless.batch());
            }
            assertThat(Trained.parameters(saved)).isEqualTo(Trained.parameters(plain));
            assertThat(Trained.state(saved)).isEqualTo(Trained.state(plain));
        }
    }

    @Test
    void shouldSaveCheckpointsOfEpochsOfTheTraining() throws Exception {
        final List<ComputationGraph> graphs = Stream.generate(() -> Trained.graph(Trained.denseGraph(new Adam(0.05))))
                .limit(2)
                .toList();
        final Path files = Files.createDirectory(directory.resolve("checkpoints"));
        final List<SharedTraining> trainings = new ArrayList<>();
        for (int rank = 0; rank < graphs.size(); rank++) {
            graphs.get(rank)
                    .setListeners(new CheckpointListener.Builder(files.toFile())
                            .saveEveryNEpochs(2)
                            .keepAll()
                            .build());
            trainings.add(SharedTraining.join(
                    graphs.get(rank), Trained.options(directory.resolve("segments"), Mode.LOCKED, Worker.of(rank, 2))));
        }

        fit(trainings);

        assertThat(CheckpointListener.availableCheckpoints(files.toFile()))
                .extracting(checkpoint -> checkpoint.getEpoch())
                .containsExactly(1, 3);
        assertThat(CheckpointListener.loadLastCheckpointCG(files.toFile()).getIterationCount())
                .isEqualTo(STEPS);
    }

    @Test
    void shouldEvaluateOnceForTheTraining() throws Exception {
        final List<MultiLayerNetwork> networks = networks(Trained.dense(new Adam(0.05)));
        final List<Model> evaluated = new ArrayList<>();
        final List<Model> atEpochs = new ArrayList<>();
        for (final MultiLayerNetwork network : networks) {
            final EvaluativeListener byIteration = new EvaluativeListener(iterator(1), 5);
            byIteration.setCallback((listener, model, count, evaluations) -> evaluated.add(model));
            final EvaluativeListener byEpoch = new EvaluativeListener(iterator(1), 1, InvocationType.EPOCH_END);
            byEpoch.setCallback((listener, model, count, evaluations) -> atEpochs.add(model));
            network.setListeners(byIteration, byEpoch);
        }

        fit(join(networks, Mode.LOCKED));

        assertThat(evaluated).hasSize(STEPS / 5);
        assertThat(atEpochs).hasSize(EPOCHS);
        assertThat(evaluated).allSatisfy(model -> assertThat(networks).noneMatch(network -> network == model));
    }

    @Test
    void shouldRecogniseListenersThatWereSetAfterTheJoin() throws Exception {
        final List<MultiLayerNetwork> networks = networks(Trained.dense(new Adam(0.05)));
        final List<SharedTraining> trainings = join(networks, Mode.LOCKED);
        final List<Calls> once = Stream.generate(Calls::new).limit(WORKERS).toList();
        final List<Calls> ofUi =
                Stream.<Calls>generate(CallsOfUi::new).limit(WORKERS).toList();
        final FirstSteps firstSteps = new FirstSteps();
        for (int rank = 0; rank < WORKERS; rank++) {
            networks.get(rank).setListeners(SharedTraining.once(once.get(rank)));
            networks.get(rank).addListeners(ofUi.get(rank), firstSteps);
        }

        fit(trainings);

        assertThat(once.get(0).matching("iteration")).hasSize(STEPS);
        assertThat(ofUi.get(0).matching("iteration")).hasSize(STEPS);
        assertThat(ofUi.get(0).matching("end of")).hasSize(EPOCHS); // of the network, which may be in the next one
        assertThat(ofUi.get(0).models).allMatch(model -> model == networks.get(0));
        assertThat(once.get(0).matching("backward")).hasSameSizeAs(ofUi.get(0).matching("backward"));
        for (int rank = 1; rank < WORKERS; rank++) {
            assertThat(once.get(rank).calls).isEmpty();
            assertThat(ofUi.get(rank).calls).isEmpty();
        }
    }

    @Test
    void shouldGiveTheListenersBackAtClose() throws IOException {
        final MultiLayerNetwork network = network(Trained.dense(new Adam(0.05)));
        final Path files = Files.createDirectory(directory.resolve("checkpoints"));
        final TrainingListener checkpoints =
                new CheckpointListener.Builder(files.toFile()).saveEveryEpoch().build();
        final TrainingListener marked = SharedTraining.once(new Calls());
        final TrainingListener score = new ScoreIterationListener();
        final TrainingListener late = new EvaluativeListener(iterator(1), 1);
        network.setListeners(checkpoints, marked);
        try (SharedTraining training = join(List.of(network), Mode.LOCKED).get(0)) {
            network.addListeners(score, late);
            training.fit(iterator(1), 1);
        }

        assertThat(network.getListeners()).hasSize(4);
        final List<TrainingListener> back = List.copyOf(network.getListeners());
        assertThat(List.of(checkpoints, marked, score, late))
                .allSatisfy(listener -> assertThat(back).anyMatch(each -> each == listener));
    }

    /** The user's list has not the training's own listener, which notices this otherwise. */
    @Test
    void shouldNoticeAReplacedUpdaterAfterListenersWereSet() {
        final MultiLayerNetwork network = network(Trained.dense(new Adam(0.05)));
        try (SharedTraining training = join(List.of(network), Mode.LOCKED).get(0)) {
            network.setListeners(new ScoreIterationListener());
            network.setUpdater(new MultiLayerUpdater(network));
            assertThatThrownBy(() -> network.fit(batch(0)))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("its updater was replaced");
            assertThat(training.iteration()).isZero();
        }
    }

    @Test
    void shouldCallAMarkedListenerOfAModelThatHasNotJoined() {
        final Calls plain = new Calls();
        final Calls marked = new Calls();
        final MultiLayerNetwork network = network(Trained.dense(new Adam(0.05)));
        network.setListeners(plain, SharedTraining.once(marked));

        network.fit(iterator(2), 2);

        assertThat(marked.calls).isEqualTo(plain.calls).hasSizeGreaterThan(4);
    }

    /** Nothing but the close comes after the last batch of such a loop. */
    @Test
    void shouldTellTheEndOfTheLastEpochOfAUsersOwnLoop() {
        final List<MultiLayerNetwork> networks =
                networks(Trained.dense(new Adam(0.05))).subList(0, 2);
        final Calls once = new Calls();
        networks.get(0).setListeners(SharedTraining.once(once));
        final List<SharedTraining> trainings = join(networks, Mode.LOCKED);
        for (int rank = 1; rank >= 0; rank--) {
            for (int epoch = 0; epoch < EPOCHS; epoch++) {
                networks.get(rank).fit(iterator(2));
            }
            trainings.get(rank).close();
        }

        assertThat(once.matching("end of")).isEqualTo(expected("end of epoch ", EPOCHS));
        assertThat(once.matching("iteration")).hasSize(2 * 2 * EPOCHS);
    }

    @Test
    void shouldNotCallAListenerAgainAtCloseThatHasThrown() {
        for (final int workers : new int[] {1, 2}) {
            final MultiLayerNetwork network = network(Trained.dense(new Adam(0.05)));
            final Calls once = new Calls() {
                @Override
                public void iterationDone(final Model model, final int iteration, final int epoch) {
                    super.iterationDone(model, iteration, epoch);
                    throw new IllegalStateException("a bad listener");
                }
            };
            network.setListeners(SharedTraining.once(once));
            final SharedTraining training = SharedTraining.join(
                    network, Trained.options(directory.resolve("of" + workers), Mode.LOCKED, Worker.of(0, workers)));
            assertThatThrownBy(() -> training.fit(batch(0))).hasMessage("a bad listener");
            training.close();

            assertThat(once.matching("iteration")).hasSize(1);
        }
    }

    /** Scales the run down to one worker in the middle of a step. */
    private static TrainingListener scalingDown(final SharedTraining training) {
        final Segment segment = Doors.SEGMENT.of(training.arrays().arrays());
        return new BaseTrainingListener() {
            @Override
            public void onGradientCalculation(final Model model) {
                segment.runControl().wantedRelease(training.worker().runId(), 1);
            }
        };
    }

    @Test
    void shouldTellTheOnlyWorkerThatIsLeftWhatARemovedOneHasDone() {
        final List<MultiLayerNetwork> networks =
                networks(Trained.dense(new Adam(0.05))).subList(0, 2);
        final List<Calls> once = Stream.generate(Calls::new).limit(2).toList();
        for (int rank = 0; rank < 2; rank++) {
            networks.get(rank).setListeners(SharedTraining.once(once.get(rank)));
        }
        final List<SharedTraining> trainings = join(networks, Mode.LOCKED);
        networks.get(1).fit(batch(0));
        networks.get(1).addListeners(scalingDown(trainings.get(1)));
        networks.get(1).fit(iterator(1)); // its last batch
        trainings.get(1).close();
        networks.get(0).fit(iterator(2));
        trainings.get(0).close();

        assertThat(once.get(0).matching("epoch"))
                .containsExactly(
                        "start of epoch 0",
                        "iteration 0 of epoch 0",
                        "iteration 1 of epoch 0",
                        "iteration 2 of epoch 0",
                        "end of epoch 0", // of the removed worker's pass
                        "start of epoch 1",
                        "iteration 3 of epoch 1",
                        "end of epoch 1");
        assertThat(once.get(1).calls).isEmpty();
    }

    private static MultiLayerConfiguration sequences(final BackpropType type) {
        return Networks.builder(DataType.DOUBLE, new Sgd(0.05))
                .list()
                .layer(Configurations.lstm(Configurations.SEQUENCE_INPUTS, 4))
                .layer(Configurations.sequenceOutput(4))
                .backpropType(type)
                .tBPTTLength(2)
                .build();
    }

    private static ComputationGraphConfiguration sequenceGraph(final BackpropType type) {
        return Networks.builder(DataType.DOUBLE, new Sgd(0.05))
                .graphBuilder()
                .addInputs("sequence")
                .addLayer("lstm", Configurations.lstm(Configurations.SEQUENCE_INPUTS, 4), "sequence")
                .addLayer("output", Configurations.sequenceOutput(4), "lstm")
                .setOutputs("output")
                .backpropType(type)
                .tBPTTLength(2)
                .build();
    }

    private static DataSetIterator sequences() {
        return new ListDataSetIterator<>(
                List.of(Batches.ofSequences(DataType.DOUBLE, 1), Batches.ofSequences(DataType.DOUBLE, 2)), 1);
    }

    @ParameterizedTest
    @EnumSource(BackpropType.class)
    void shouldCallAllListenersOfOneWorkersNetworkAsPlainFit(final BackpropType type) {
        final MultiLayerNetwork plain = network(sequences(type));
        final MultiLayerNetwork joined = network(sequences(type));
        final Calls ofPlain = new Calls();
        final Calls each = new Calls();
        final Calls once = new Calls();
        plain.setListeners(ofPlain);
        joined.setListeners(each, SharedTraining.once(once));
        plain.fit(sequences(), 2);
        try (SharedTraining training = join(List.of(joined), Mode.LOCKED).get(0)) {
            training.fit(sequences(), 2);
        }

        assertThat(each.calls).isEqualTo(ofPlain.calls).contains("gradient", "backward", "start of epoch 1");
        assertThat(once.calls).isEqualTo(ofPlain.calls);
        assertThat(once.models).allMatch(model -> model == joined);
    }

    @ParameterizedTest
    @EnumSource(BackpropType.class)
    void shouldCallAllListenersOfOneWorkersGraphAsPlainFit(final BackpropType type) {
        final ComputationGraph plain = Trained.graph(sequenceGraph(type));
        final ComputationGraph joined = Trained.graph(sequenceGraph(type));
        final Calls ofPlain = new Calls();
        final Calls each = new Calls();
        final Calls once = new Calls();
        plain.setListeners(ofPlain);
        joined.setListeners(each, SharedTraining.once(once));
        plain.fit(sequences(), 2);
        try (SharedTraining training =
                SharedTraining.join(joined, Trained.options(directory.resolve("segments"), Mode.LOCKED))) {
            training.fit(sequences(), 2);
        }

        assertThat(each.calls).isEqualTo(ofPlain.calls).contains("gradient", "backward", "end of epoch 1");
        assertThat(once.calls).isEqualTo(ofPlain.calls);
    }

    /** Saved files of the only worker are those of plain DL4J. */
    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void shouldSaveAsPlainDl4jWhereOneWorkerTrains(final int frequency) throws IOException {
        final Path[] files = {
            Files.createDirectory(directory.resolve("plain")), Files.createDirectory(directory.resolve("joined"))
        };
        final MultiLayerNetwork plain = network(Trained.dense(new Adam(0.05)));
        final MultiLayerNetwork joined = network(Trained.dense(new Adam(0.05)));
        plain.setListeners(checkpoints(files[0], frequency));
        joined.setListeners(checkpoints(files[1], frequency));
        plain.fit(iterator(4), 2);
        try (SharedTraining training = join(List.of(joined), Mode.LOCKED).get(0)) {
            training.fit(iterator(4), 2);
        }

        final int count =
                CheckpointListener.availableCheckpoints(files[0].toFile()).size();
        assertThat(CheckpointListener.availableCheckpoints(files[1].toFile())).hasSize(count);
        for (int i = 0; i < count; i++) {
            Trained.assertSame(
                    ModelSerializer.restoreMultiLayerNetwork(
                            CheckpointListener.getFileForCheckpoint(files[1].toFile(), i), true),
                    ModelSerializer.restoreMultiLayerNetwork(
                            CheckpointListener.getFileForCheckpoint(files[0].toFile(), i), true),
                    "checkpoint " + i);
        }
    }

    private static TrainingListener checkpoints(final Path files, final int frequency) {
        return new CheckpointListener.Builder(files.toFile())
                .saveEveryNIterations(frequency)
                .keepAll()
                .build();
    }
}
