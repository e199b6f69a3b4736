package org.shmarrays.dl4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.shmarrays.dl4j.Trained.batch;
import static org.shmarrays.dl4j.Trained.iterator;
import static org.shmarrays.dl4j.Trained.network;

import java.nio.file.Path;
import java.util.stream.IntStream;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.optimize.api.BaseTrainingListener;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.rng.Random;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Sgd;
import org.shmarrays.ShmArrays;
import org.shmarrays.layout.Mode;
import org.shmarrays.worker.Worker;

/** Random numbers of steps, and those of the program around them. */
class StepRandomTest {
    @TempDir
    private Path directory;

    private static MultiLayerConfiguration configuration() {
        return Networks.dense(
                Networks.builder(DataType.DOUBLE, new Sgd(0.1)).dropOut(0.5), Configurations.INPUTS, 40, 2);
    }

    private SharedTraining join(final MultiLayerNetwork network, final int rank, final int workers) {
        return SharedTraining.join(network, Trained.options(directory, Mode.LOCKED, Worker.of(rank, workers)));
    }

    /** Scalars, which ND4J counts apart, and arrays. */
    private static double[] drawn() {
        final Random random = Nd4j.getRandom();
        return IntStream.range(0, 6)
                .mapToDouble(i -> switch (i % 3) {
                    case 0 -> random.nextDouble();
                    case 1 -> random.nextGaussian();
                    default -> Nd4j.rand(DataType.DOUBLE, 3).sumNumber().doubleValue();
                })
                .toArray();
    }

    @Test
    void shouldLeaveTheProgramsRandomNumbersAlone() {
        Nd4j.getRandom().setSeed(7);
        drawn();
        final double[] first = drawn();
        final double[] second = drawn();
        final double[] third = drawn();
        Nd4j.getRandom().setSeed(7);
        final MultiLayerNetwork network = network(configuration());
        Nd4j.getRandom().setSeed(7);
        drawn();
        try (SharedTraining training = join(network, 0, 2)) {
            training.fit(batch(0));
            assertThat(drawn()).isEqualTo(first);
            network.fit(iterator(3));
            training.gradient(batch(1));
            assertThat(drawn()).isEqualTo(second);
            training.push();
        }

        assertThat(drawn()).isEqualTo(third);
    }

    @Test
    void shouldGiveTheRandomNumbersBackAfterAStepThatFailed() {
        final MultiLayerNetwork network = network(configuration());
        network.addListeners(new BaseTrainingListener() {
            @Override
            public void onGradientCalculation(final Model model) {
                throw new IllegalStateException("a bad listener");
            }
        });
        final Random own = Nd4j.getRandom();
        try (SharedTraining training = join(network, 0, 2)) {
            assertThatThrownBy(() -> training.fit(batch(0))).hasMessage("a bad listener");
            assertThat(Nd4j.getRandom()).isSameAs(own);
            assertThatThrownBy(() -> network.fit(batch(0))).hasMessage("a bad listener");
            assertThat(Nd4j.getRandom()).isNotSameAs(own);
        }

        assertThat(Nd4j.getRandom()).isSameAs(own);
    }

    /** The gradient of a batch, which dropout makes another one for each mask. */
    private double[] gradient(final int rank, final int iteration, final int drawnBefore) {
        return gradient(Worker.of(rank, 2), 0, iteration, drawnBefore);
    }

    private double[] gradient(final Worker worker, final long stream, final int iteration, final int drawnBefore) {
        final MultiLayerNetwork network = network(configuration());
        network.setIterationCount(iteration);
        IntStream.range(0, drawnBefore).forEach(i -> drawn());
        try (SharedTraining training = SharedTraining.join(
                network, Trained.options(directory, Mode.LOCKED, worker).withRandomStream(stream))) {
            training.gradient(batch(1));
            return network.getFlattenedGradients().dup().toDoubleVector();
        } finally {
            ShmArrays.remove(Trained.SEGMENT, Trained.settings(directory));
        }
    }

    /** So a worker that is started again draws the mask of the iteration at which it goes on. */
    @Test
    void shouldDrawMasksBySeedRankAndIterationAlone() {
        final double[] first = gradient(1, 5, 0);

        assertThat(gradient(1, 5, 3)).isEqualTo(first);
        assertThat(gradient(1, 6, 0)).isNotEqualTo(first);
        assertThat(gradient(0, 5, 0)).isNotEqualTo(first);
    }

    /** Copies of a model in several segments draw other masks, also where each of them has one worker. */
    @Test
    void shouldDrawOtherMasksInEachStream() {
        final double[] first = gradient(Worker.of(0, 1), 3, 5, 0);

        assertThat(gradient(Worker.of(0, 1), 3, 5, 2)).isEqualTo(first);
        assertThat(gradient(Worker.of(0, 1), 4, 5, 0)).isNotEqualTo(first);
        assertThat(gradient(Worker.of(0, 2), 3, 5, 0)).isEqualTo(first);
        assertThat(gradient(Worker.of(0, 2), 0, 5, 0)).isNotEqualTo(first);
    }

    @Test
    void shouldDrawAsPlainFitWhereOneWorkerTrains() {
        final MultiLayerNetwork plain = network(configuration());
        final MultiLayerNetwork joined = network(configuration());
        Nd4j.getRandom().setSeed(11);
        plain.fit(iterator(3));
        final double[] after = drawn();
        Nd4j.getRandom().setSeed(11);
        try (SharedTraining training = join(joined, 0, 1)) {
            training.fit(iterator(3), 1);
        }

        assertThat(drawn()).isEqualTo(after);
        Trained.assertSame(joined, plain, "the network of one worker");
    }
}
