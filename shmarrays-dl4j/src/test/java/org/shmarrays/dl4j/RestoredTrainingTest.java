package org.shmarrays.dl4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.shmarrays.dl4j.Trained.assertSame;
import static org.shmarrays.dl4j.Trained.batch;
import static org.shmarrays.dl4j.Trained.dense;
import static org.shmarrays.dl4j.Trained.iterator;

import java.nio.file.Path;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.learning.config.AMSGrad;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.schedule.ExponentialSchedule;
import org.nd4j.linalg.schedule.ScheduleType;
import org.shmarrays.ShmArrays;
import org.shmarrays.checkpoint.Checkpoint;
import org.shmarrays.layout.Mode;

/** A training goes on from a checkpoint as if nothing had interrupted it. Expected numbers are those of a plain fit. */
class RestoredTrainingTest {
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
}
