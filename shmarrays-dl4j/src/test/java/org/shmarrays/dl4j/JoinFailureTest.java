package org.shmarrays.dl4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.shmarrays.dl4j.Trained.assertSame;
import static org.shmarrays.dl4j.Trained.batch;
import static org.shmarrays.dl4j.Trained.dense;
import static org.shmarrays.dl4j.Trained.network;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.api.Updater;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.updater.MultiLayerUpdater;
import org.deeplearning4j.nn.updater.graph.ComputationGraphUpdater;
import org.deeplearning4j.optimize.listeners.CollectScoresListener;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.Sgd;
import org.shmarrays.ShmArrays;
import org.shmarrays.layout.Mode;
import org.shmarrays.worker.Worker;

/** Joins that fail half-way, and networks whose updater is replaced while they are joined. */
class JoinFailureTest {
    @TempDir
    private Path directory;

    private TrainingOptions options(final Mode mode, final int rank) {
        return Trained.options(directory, mode, Worker.of(rank, 2));
    }

    /** Fails when it is given the training's updater: after it was put on shared memory. */
    @SuppressWarnings("overrides") // of DL4J's own doEvaluation, by an array where its interface has varargs
    private static final class FailingNetwork extends MultiLayerNetwork {
        private static final long serialVersionUID = 1;
        private boolean fails = true;

        FailingNetwork() {
            super(dense(new Adam(0.05)));
            init();
        }

        @Override
        public void setUpdater(final Updater updater) {
            super.setUpdater(updater);
            if (fails && updater instanceof SharedMultiLayerUpdater) {
                throw new OutOfMemoryError("as if");
            }
        }
    }

    private static final class FailingGraph extends ComputationGraph {
        private static final long serialVersionUID = 1;
        private boolean fails = true;

        FailingGraph() {
            super(Trained.denseGraph(new Adam(0.05)));
            init();
        }

        @Override
        public void setUpdater(final ComputationGraphUpdater updater) {
            super.setUpdater(updater);
            if (fails && updater instanceof SharedGraphUpdater) {
                throw new OutOfMemoryError("as if");
            }
        }
    }

    private boolean isSegmentThere() throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            return files.anyMatch(file -> file.getFileName().toString().contains(Trained.SEGMENT));
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Mode.class,
            names = {"HOGWILD", "LOCKED"})
    void shouldLeaveTheNetworkAsItWas(final Mode mode) throws IOException {
        final MultiLayerNetwork plain = network(dense(new Adam(0.05)));
        final FailingNetwork failing = new FailingNetwork();
        for (final MultiLayerNetwork each : new MultiLayerNetwork[] {plain, failing}) {
            each.fit(batch(0));
            each.fit(batch(1));
        }

        assertThatThrownBy(() -> SharedTraining.join(failing, options(mode, 0))).isInstanceOf(OutOfMemoryError.class);

        assertThat(isSegmentThere()).isFalse();
        assertThat(failing.getListeners()).isEmpty();
        assertSame(failing, plain, "the network that failed to join");
        plain.fit(batch(2));
        failing.fit(batch(2));
        assertSame(failing, plain, "the network that failed to join, after a fit");

        failing.fails = false;
        try (SharedTraining training = SharedTraining.join(failing, options(mode, 0))) {
            plain.fit(batch(3));
            training.fit(batch(3));
            assertSame(failing, plain, "the network that has joined after all");
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Mode.class,
            names = {"HOGWILD", "LOCKED"})
    void shouldLeaveTheGraphAsItWas(final Mode mode) throws IOException {
        final ComputationGraph plain = Trained.graph(Trained.denseGraph(new Adam(0.05)));
        final FailingGraph failing = new FailingGraph();
        for (final ComputationGraph each : new ComputationGraph[] {plain, failing}) {
            each.fit(batch(0));
        }

        assertThatThrownBy(() -> SharedTraining.join(failing, options(mode, 0))).isInstanceOf(OutOfMemoryError.class);

        assertThat(isSegmentThere()).isFalse();
        plain.fit(batch(2));
        failing.fit(batch(2));
        assertSame(failing, plain, "the graph that failed to join");

        failing.fails = false;
        try (SharedTraining training = SharedTraining.join(failing, options(mode, 0))) {
            plain.fit(batch(3));
            training.fit(batch(3));
            assertSame(failing, plain, "the graph that has joined after all");
        }
    }

    /** The others go on, and its slot is free again. */
    @ParameterizedTest
    @EnumSource(
            value = Mode.class,
            names = {"HOGWILD", "LOCKED"})
    void shouldLeaveTheSegmentOfOthers(final Mode mode) {
        final MultiLayerNetwork first = network(dense(new Adam(0.05)));
        final FailingNetwork failing = new FailingNetwork();
        final double[] before = Trained.parameters(failing);
        try (SharedTraining training = SharedTraining.join(first, options(mode, 0))) {
            training.fit(batch(0));
            assertThatThrownBy(() -> SharedTraining.join(failing, options(mode, 1)))
                    .isInstanceOf(OutOfMemoryError.class);
            final TrainingOptions again = Trained.options(directory, mode, Worker.ofRunUnderWay(1, 2));
            for (int i = 0; i < 20; i++) { // more often than there are slots
                assertThatThrownBy(() -> SharedTraining.join(failing, again)).isInstanceOf(OutOfMemoryError.class);
            }
            assertThat(Trained.parameters(failing)).isEqualTo(before);
            assertThat(failing.getIterationCount()).isZero();
            training.fit(batch(1));

            failing.fails = false;
            try (SharedTraining second = SharedTraining.join(failing, again)) {
                second.fit(batch(2));
                assertThat(training.iteration()).isEqualTo(3);
            }
        }
    }

    static Stream<Consumer<MultiLayerNetwork>> replacements() {
        return Stream.of(
                MultiLayerNetwork::clear,
                network -> network.setUpdater(new MultiLayerUpdater(network)),
                network -> network.setLearningRate(0.5));
    }

    @ParameterizedTest
    @MethodSource("replacements")
    void shouldNoticeInPlainFitThatTheUpdaterWasReplaced(final Consumer<MultiLayerNetwork> replacement) {
        for (final Mode mode : new Mode[] {Mode.HOGWILD, Mode.LOCKED}) {
            final MultiLayerNetwork joined = network(dense(new Adam(0.05)));
            final CollectScoresListener others = new CollectScoresListener(1);
            joined.setListeners(others);
            final double[] own;
            try (SharedTraining training = SharedTraining.join(joined, options(mode, 0))) {
                training.fit(batch(0));
                replacement.accept(joined);
                final double[] shared =
                        training.arrays().read("params").get("params").toDoubleVector();
                assertThatThrownBy(() -> joined.fit(batch(1)))
                        .as("mode %s", mode)
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining("its updater was replaced");
                assertThat(training.arrays().read("params").get("params").toDoubleVector())
                        .isEqualTo(shared);
                training.arrays().view("params").assign(7);
                own = Trained.parameters(joined);
            }
            assertThat(Trained.parameters(joined)).as("mode %s", mode).isEqualTo(own);
            assertThat(joined.getListeners()).containsExactly(others);
            joined.fit(batch(1));
            assertThat(Trained.parameters(joined)).isNotEqualTo(own);
            ShmArrays.remove(Trained.SEGMENT, Trained.settings(directory));
        }
    }

    @Test
    void shouldNoticeInPlainFitOfAGraphThatTheUpdaterWasReplaced() {
        final ComputationGraph joined = Trained.graph(Trained.denseGraph(new Adam(0.05)));
        try (SharedTraining training = SharedTraining.join(joined, options(Mode.LOCKED, 0))) {
            joined.setLearningRate(0.5);
            assertThatThrownBy(() -> joined.fit(batch(1)))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("its updater was replaced");
            assertThatThrownBy(() -> training.fit(batch(1)))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("its updater was replaced");
        }
        joined.fit(batch(1));
        assertThat(joined.getIterationCount()).isEqualTo(1);
    }

    /** A clone of a graph shares its listeners. */
    @Test
    void shouldLeaveClonesAlone() {
        final ComputationGraph joined = Trained.graph(Trained.denseGraph(new Sgd(0.05)));
        try (SharedTraining training = SharedTraining.join(joined, options(Mode.LOCKED, 0))) {
            training.fit(batch(0));
            final ComputationGraph clone = joined.clone();
            clone.fit(batch(1));
            assertThat(Trained.parameters(clone)).isNotEqualTo(Trained.parameters(joined));
            assertThat(training.iteration()).isEqualTo(1);
        }
    }

    /** No values can be read any more, but the network is to train alone. */
    @Test
    void shouldLetTheNetworkGoWhoseSegmentIsLost() {
        final MultiLayerNetwork joined = network(dense(new Adam(0.05)));
        final SharedTraining training = SharedTraining.join(joined, options(Mode.LOCKED, 0));
        training.fit(batch(0));
        ShmArrays.remove(Trained.SEGMENT, Trained.settings(directory));

        assertThatThrownBy(training::close).isInstanceOf(RuntimeException.class);

        final Model model = joined;
        final double[] before = Trained.parameters(model);
        joined.fit(batch(1));
        assertThat(Trained.parameters(model)).isNotEqualTo(before);
        training.close();
    }

    @Test
    void shouldWarnOfJavaCppsLimit() {
        assertThat(MemoryLimitWarning.of(name -> null))
                .isEqualTo("JavaCPP limits this JVM's physical memory, and counts the memory that is shared with other"
                        + " workers as its own, so that ND4J may fail to allocate arrays; start the JVM with"
                        + " -Dorg.bytedeco.javacpp.maxphysicalbytes=0, as `bin/shmarrays run` does");
        assertThat(MemoryLimitWarning.of(name -> name.endsWith("maxphysicalbytes") ? "0" : null))
                .isNull();
        assertThat(MemoryLimitWarning.of(name -> name.endsWith("maxPhysicalBytes") ? "4g" : null))
                .isNull();
    }
}
