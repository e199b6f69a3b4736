package org.shmarrays.dl4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.shmarrays.dl4j.Trained.assertSame;
import static org.shmarrays.dl4j.Trained.batch;
import static org.shmarrays.dl4j.Trained.iterator;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.optimize.api.BaseTrainingListener;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.schedule.FixedSchedule;
import org.nd4j.linalg.schedule.RampSchedule;
import org.shmarrays.layout.Mode;

/** Copies of a model that trains; expected numbers are those of a plain fit. */
class SnapshotTest {
    @TempDir
    private Path directory;

    private TrainingOptions options(final Mode mode) {
        return Trained.options(directory, mode);
    }

    @ParameterizedTest
    @EnumSource(
            value = Mode.class,
            names = {"HOGWILD", "LOCKED"})
    void shouldCopyNetworkThatGoesOnAlone(final Mode mode) {
        final MultiLayerNetwork plain = Trained.network(Trained.dense(new Adam(0.05)));
        final MultiLayerNetwork joined = Trained.network(Trained.dense(new Adam(0.05)));
        try (SharedTraining training = SharedTraining.join(joined, options(mode))) {
            training.fit(iterator(3), 2);
            plain.fit(iterator(3), 2);
            final MultiLayerNetwork snapshot = training.snapshot(MultiLayerNetwork.class);
            assertSame(snapshot, plain, "the snapshot");

            snapshot.fit(batch(7));
            assertSame(joined, plain, "the joined network");
            plain.fit(batch(7));
            training.fit(batch(8));
            assertSame(snapshot, plain, "the snapshot that went on alone");
        }
    }

    @Test
    void shouldCopyGraphThatGoesOnAlone() {
        final ComputationGraph plain = Trained.graph(Trained.denseGraph(new Adam(0.05)));
        final ComputationGraph joined = Trained.graph(Trained.denseGraph(new Adam(0.05)));
        try (SharedTraining training = SharedTraining.join(joined, options(Mode.LOCKED))) {
            training.fit(iterator(3), 2);
            plain.fit(iterator(3), 2);
            final ComputationGraph snapshot = training.snapshot(ComputationGraph.class);
            snapshot.fit(batch(7));
            assertSame(joined, plain, "the joined graph");
            plain.fit(batch(7));

            assertSame(snapshot, plain, "the snapshot that went on alone");
        }
    }

    /** A clone of such a graph's configuration has lost the vertex's updater. */
    @Test
    void shouldCopyGraphWithAnAttentionVertex() {
        final String name = "a graph with an `AttentionVertex`";
        final ComputationGraph plain =
                Trained.graph(Configurations.graphs(DataType.DOUBLE).get(name));
        final ComputationGraph joined =
                Trained.graph(Configurations.graphs(DataType.DOUBLE).get(name));
        try (SharedTraining training = SharedTraining.join(joined, options(Mode.LOCKED))) {
            training.fit(Batches.ofSequences(DataType.DOUBLE, 1));
            plain.fit(Batches.ofSequences(DataType.DOUBLE, 1));
            final ComputationGraph snapshot = training.snapshot(ComputationGraph.class);
            snapshot.fit(Batches.ofSequences(DataType.DOUBLE, 2));
            assertSame(joined, plain, "the joined graph");
            plain.fit(Batches.ofSequences(DataType.DOUBLE, 2));

            assertSame(snapshot, plain, "the snapshot that went on alone");
        }
    }

    /** Of this schedule DL4J alone would write the name. */
    @Test
    void shouldCopyGraphWithARamp() throws IOException {
        final Sgd ramp = new Sgd(new RampSchedule(new FixedSchedule(0.1), 10));
        final ComputationGraph joined = Trained.graph(Trained.denseGraph(ramp));
        try (SharedTraining training = SharedTraining.join(joined, options(Mode.LOCKED))) {
            training.fit(iterator(2), 1);
            training.save(directory.resolve("graph.zip"));

            assertSame(training.snapshot(ComputationGraph.class), joined, "the snapshot");
        }
    }

    @Test
    void shouldCopySameDiffGraph() {
        final SameDiff joined = SameDiffs.perceptron(DataType.DOUBLE, new Adam(0.05));
        try (SharedTraining training = SharedTraining.join(joined, options(Mode.LOCKED))) {
            training.fit(SameDiffs.samples(DataType.DOUBLE, 0));
            final SameDiff snapshot = training.snapshot(SameDiff.class);
            final double[] before = SameDiffs.values(snapshot).get("w0");
            assertThat(before).isEqualTo(SameDiffs.values(joined).get("w0"));
            assertThat(snapshot.getTrainingConfig().getIterationCount()).isEqualTo(1);
            training.fit(SameDiffs.samples(DataType.DOUBLE, 1));
            assertThat(SameDiffs.values(snapshot).get("w0")).isEqualTo(before);
            snapshot.fit(SameDiffs.samples(DataType.DOUBLE, 1));

            assertThat(SameDiffs.values(snapshot).get("w0"))
                    .isEqualTo(SameDiffs.values(joined).get("w0"))
                    .isNotEqualTo(before);
        }
    }

    @Test
    void shouldRefuseAnotherClass() {
        final MultiLayerNetwork joined = Trained.network(Trained.dense(new Adam(0.05)));
        final SharedTraining training = SharedTraining.join(joined, options(Mode.LOCKED));
        try (training) {
            assertThatThrownBy(() -> training.snapshot(ComputationGraph.class))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("the model is of another class: wanted=ComputationGraph, found=MultiLayerNetwork");
        }
        assertThatThrownBy(() -> training.snapshot(MultiLayerNetwork.class))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("the training is closed");
    }

    @Test
    void shouldBeEvaluatedWhileTheTrainingGoesOn() throws Exception {
        final MultiLayerNetwork joined = Trained.network(Trained.dense(new Adam(0.05)));
        final List<Future<Integer>> evaluated = new ArrayList<>();
        final ExecutorService evaluator = Executors.newSingleThreadExecutor();
        try (SharedTraining training = SharedTraining.join(joined, options(Mode.LOCKED))) {
            joined.addListeners(new BaseTrainingListener() {
                @Override
                public void iterationDone(final Model model, final int iteration, final int epoch) {
                    final MultiLayerNetwork snapshot = training.snapshot(MultiLayerNetwork.class);
                    evaluated.add(evaluator.submit(() -> {
                        assertThat(snapshot.evaluate(iterator(2)).getNumRowCounter())
                                .isEqualTo(2 * Batches.SAMPLES);
                        return snapshot.getIterationCount();
                    }));
                }
            });
            training.fit(iterator(3), 2);
        } finally {
            evaluator.shutdown();
        }
        for (int i = 0; i < 6; i++) {
            assertThat(evaluated.get(i).get()).isEqualTo(i + 1);
        }
    }
}
