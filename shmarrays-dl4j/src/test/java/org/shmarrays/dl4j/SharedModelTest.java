package org.shmarrays.dl4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.shmarrays.dl4j.Trained.batch;
import static org.shmarrays.dl4j.Trained.dense;
import static org.shmarrays.dl4j.Trained.iterator;

import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.schedule.FixedSchedule;
import org.nd4j.linalg.schedule.RampSchedule;
import org.shmarrays.ChunkPush;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;
import org.shmarrays.errors.SegmentNotFoundException;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.ElementType;
import org.shmarrays.layout.Mode;

class SharedModelTest {
    private static final int STEPS = 150;

    @TempDir
    private Path directory;

    private SharedModel attach() {
        return SharedModel.attach(Trained.SEGMENT, Trained.settings(directory));
    }

    @ParameterizedTest
    @EnumSource(
            value = Mode.class,
            names = {"HOGWILD", "LOCKED"})
    void shouldComputeAsTheNetworkThatTrains(final Mode mode) {
        final MultiLayerNetwork network = Trained.network(dense(new Adam(0.05)));
        final INDArray features = batch(9).getFeatures();
        try (SharedTraining training = SharedTraining.join(network, Trained.options(directory, mode));
                SharedModel model = attach()) {
            training.fit(iterator(3), 2);
            final INDArray before = model.network().output(features);
            model.refresh();

            assertThat(model.network().output(features))
                    .isEqualTo(network.output(features))
                    .isNotEqualTo(before);
            assertThat(model.iteration()).isEqualTo(6);
            assertThat(model.epoch()).isEqualTo(2);
            assertThat(model.network().getIterationCount()).isEqualTo(6);
            assertThat(model.network().getEpochCount()).isEqualTo(2);
            assertThatThrownBy(model::graph)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("the model is of another class: segment=training, wanted=ComputationGraph,"
                            + " found=MultiLayerNetwork");
        }
    }

    @Test
    void shouldComputeAsTheGraphThatTrains() {
        final ComputationGraph graph = Trained.graph(Trained.denseGraph(new Adam(0.05)));
        final INDArray features = batch(9).getFeatures();
        try (SharedTraining training = SharedTraining.join(graph, Trained.options(directory, Mode.LOCKED));
                SharedModel model = attach()) {
            training.fit(iterator(3), 2);
            model.refresh();

            assertThat(model.graph().outputSingle(features)).isEqualTo(graph.outputSingle(features));
            assertThat(model.graph().getIterationCount()).isEqualTo(6);
            assertThat(model.graph().getEpochCount()).isEqualTo(2);
            assertThatThrownBy(model::network)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("wanted=MultiLayerNetwork, found=ComputationGraph");
        }
    }

    private static Sgd ramp() {
        return new Sgd(new RampSchedule(new FixedSchedule(0.1), 10));
    }

    /** DL4J alone writes it as JSON that it can't read. */
    static List<Object> rampedModels() {
        return List.of(
                Trained.network(dense(ramp())),
                Trained.graph(Trained.denseGraph(ramp())),
                SameDiffs.perceptron(DataType.DOUBLE, ramp()));
    }

    @ParameterizedTest
    @MethodSource("rampedModels")
    void shouldReadARamp(final Object trained) throws IOException {
        final File file = directory.resolve("model").toFile();
        try (SharedTraining training = ModelFile.join(trained, Trained.options(directory, Mode.LOCKED));
                SharedModel model = attach()) {
            training.save(file.toPath());
            final Object attached;
            final Object loaded;
            if (trained instanceof MultiLayerNetwork) {
                attached = model.network();
                loaded = MultiLayerNetwork.load(file, true);
            } else if (trained instanceof ComputationGraph) {
                attached = model.graph();
                loaded = ComputationGraph.load(file, true);
            } else {
                attached = model.sameDiff();
                loaded = SameDiff.load(file, true);
            }

            assertThat(List.of(rate(attached), rate(loaded))).containsOnly(rate(trained));
        }
    }

    private static double rate(final Object model) {
        return model instanceof MultiLayerNetwork network
                ? network.getLearningRate(0)
                : model instanceof ComputationGraph graph
                        ? graph.getLearningRate("dense")
                        : ((SameDiff) model).getTrainingConfig().getUpdater().getLearningRate(0, 0);
    }

    @Test
    void shouldSayThatAConfigurationCannotBeRead() {
        final MultiLayerNetwork network = Trained.network(dense(new Sgd(new SpawnTest.OwnSchedule(0.1))));
        try (SharedTraining training = SharedTraining.join(network, Trained.options(directory, Mode.LOCKED))) {
            assertThatThrownBy(this::attach)
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageStartingWith("DL4J can't read the model's configuration back: ")
                    .hasMessageContaining(SpawnTest.OwnSchedule.class.getName())
                    .hasMessageEndingWith("; join the training, or take training.snapshot in one of its workers")
                    .hasMessageNotContainingAny("backpropType");
            assertThat(training.iteration()).isZero();
        }
        assertThat(ConfigurationJson.unreadable(network)).contains(SpawnTest.OwnSchedule.class.getName());
    }

    /** Training it is for its own sake: nothing of it comes into the segment. */
    @Test
    void shouldLeaveTheSegmentAlone() {
        final MultiLayerNetwork network = Trained.network(dense(new Sgd(0.5)));
        try (SharedTraining training = SharedTraining.join(network, Trained.options(directory, Mode.LOCKED))) {
            final SharedModel model = attach();
            model.network().fit(batch(0));
            assertThat(training.iteration()).isZero();
            assertThat(training.arrays().read("params").get("params").toDoubleVector())
                    .isEqualTo(Trained.parameters(network));
            model.refresh();
            assertThat(Trained.parameters(model.network())).isEqualTo(Trained.parameters(network));
            model.close();
            model.close();
            assertThat(Trained.parameters(model.network())).isEqualTo(Trained.parameters(network));
        }
    }

    /** One sample, and gradients that are all the same: all values of a partition are equal at any time. */
    @Test
    void shouldRefreshWhileAnotherPushes() throws InterruptedException {
        final MultiLayerNetwork network = Trained.network(dense(new Sgd(1)));
        network.params().assign(0);
        final AtomicReference<Throwable> failure = new AtomicReference<>();
        try (SharedTraining training = SharedTraining.join(network, Trained.options(directory, Mode.LOCKED));
                SharedModel model = attach()) {
            final Thread pusher = new Thread(() -> {
                for (int i = 0; i < STEPS; i++) {
                    training.gradient(batch(0).asList().get(0));
                    network.getFlattenedGradients().assign(-1);
                    training.push();
                }
            });
            pusher.setUncaughtExceptionHandler((thread, e) -> failure.set(e));
            pusher.start();
            final ChunkPush chunks = training.arrays().arrays().array("params").chunkPush();
            double least = 0;
            while (pusher.isAlive()) {
                model.refresh();
                final double[] values = Trained.parameters(model.network());
                for (int chunk = 0; chunk < chunks.chunkCount(); chunk++) {
                    final int first = chunks.first(chunk);
                    assertThat(Arrays.copyOfRange(values, first, first + chunks.elementCount(chunk)))
                            .containsOnly(values[first]);
                }
                assertThat(values[0]).isBetween(least, (double) STEPS);
                least = values[0];
            }
            pusher.join();
            model.refresh();
            assertThat(Trained.parameters(model.network())).containsOnly(STEPS);
        }
        assertThat(failure.get()).isNull();
    }

    @Test
    void shouldRefuseSegmentsThatAreNotOfATraining() {
        final Settings settings = Trained.settings(directory);
        try (ShmArrays arrays = ShmArrays.create("w", List.of(ArraySpec.of("w", ElementType.FLOAT32, 4)), settings)) {
            assertThatThrownBy(() -> SharedModel.attach(arrays.name(), settings))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("the segment is not of a training: segment=w, arrays=[w]");
        }
        assertThatThrownBy(() -> SharedModel.attach("missing", settings.withAttachTimeout(Duration.ofMillis(1))))
                .isInstanceOf(SegmentNotFoundException.class);
    }

    @Test
    void shouldRefuseToRefreshWhatWasRemoved() {
        final MultiLayerNetwork network = Trained.network(dense(new Sgd(0.5)));
        final SharedTraining training = SharedTraining.join(network, Trained.options(directory, Mode.LOCKED));
        try (SharedModel model = attach()) {
            training.close();
            ShmArrays.remove(Trained.SEGMENT, Trained.settings(directory));
            assertThatThrownBy(model::refresh).isInstanceOf(RuntimeException.class);
        }
    }
}
