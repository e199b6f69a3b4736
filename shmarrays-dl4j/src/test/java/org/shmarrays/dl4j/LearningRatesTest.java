package org.shmarrays.dl4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.shmarrays.dl4j.Trained.assertSame;
import static org.shmarrays.dl4j.Trained.batch;
import static org.shmarrays.dl4j.Trained.dense;
import static org.shmarrays.dl4j.Trained.network;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.learning.config.AdaDelta;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Nesterovs;
import org.nd4j.linalg.learning.config.NoOp;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.schedule.ExponentialSchedule;
import org.nd4j.linalg.schedule.ScheduleType;
import org.shmarrays.RunControl;
import org.shmarrays.ShmArrays;
import org.shmarrays.layout.Mode;
import org.shmarrays.nd4j.UpdaterSlice.Objective;

class LearningRatesTest {
    @TempDir
    private Path directory;

    private static LearningRates rates(final IUpdater... updaters) {
        final List<UpdaterRange> ranges = Arrays.stream(updaters)
                .map(updater -> new UpdaterRange(0, 1, updater, 0, 0, false, List.of()))
                .toList();
        return new LearningRates(new NetworkRanges(ranges, Objective.MINIMIZE));
    }

    private static double rate(final LearningRates rates, final int range, final int iteration) {
        return rates.controlled().ranges().get(range).updater().getLearningRate(iteration, 0);
    }

    @Test
    void shouldBeTheRateThatIsSet() {
        final Sgd own = new Sgd(0.3);
        final LearningRates rates = rates(own);
        assertThat(rate(rates, 0, 5)).isEqualTo(0.3);

        rates.set(0.1);

        assertThat(rate(rates, 0, 5)).isEqualTo(0.1);
        assertThat(rates.at(5, 0)).isEqualTo(0.1);
        rates.set(0);
        assertThat(rate(rates, 0, 5)).isEqualTo(0.3);
        assertThat(own.getLearningRate()).isEqualTo(0.3);
        assertThat(own.getLearningRateSchedule()).isNull();
    }

    @Test
    void shouldScaleSchedulesAndOtherUpdaters() {
        final LearningRates rates =
                rates(new Adam(new ExponentialSchedule(ScheduleType.ITERATION, 0.4, 0.5)), new Sgd(0.8));

        rates.set(0.1);

        assertThat(rate(rates, 0, 0)).isEqualTo(0.1);
        assertThat(rate(rates, 0, 2)).isEqualTo(0.025, within(1e-15)); // 0.4 / 4 * 0.1 / 0.4
        assertThat(rate(rates, 1, 2)).isEqualTo(0.2, within(1e-15)); // 0.8 * 0.1 / 0.4
        assertThat(rates.at(2, 0)).isEqualTo(0.025, within(1e-15));
    }

    @Test
    void shouldLeaveUpdatersWithoutARateAlone() {
        final LearningRates rates = rates(new AdaDelta(), new NoOp(), new Sgd(0.5));
        rates.set(0.1);

        assertThat(rates.controlled().ranges().get(0).updater()).isEqualTo(new AdaDelta());
        assertThat(rates.controlled().ranges().get(1).updater()).isEqualTo(new NoOp());
        assertThat(rate(rates, 2, 0)).isEqualTo(0.1);
        final LearningRates none = rates(new AdaDelta(), new NoOp());
        none.set(0.1);
        assertThat(none.at(0, 0)).isZero();
    }

    @Test
    void shouldScaleByTheFirstRateThatIsNotZero() {
        final LearningRates rates = rates(new Sgd(0), new Sgd(0.5));
        rates.set(0.1);

        assertThat(rate(rates, 0, 0)).isZero();
        assertThat(rate(rates, 1, 0)).isEqualTo(0.1);
    }

    @Test
    void shouldKeepTheScheduleOfTheMomentum() {
        final Nesterovs own = Nesterovs.builder()
                .learningRate(0.1)
                .momentumISchedule(new ExponentialSchedule(ScheduleType.ITERATION, 0.8, 0.5))
                .build();
        final LearningRates rates = rates(own);
        rates.set(0.2);

        final Nesterovs controlled =
                (Nesterovs) rates.controlled().ranges().get(0).updater();
        assertThat(controlled.currentMomentum(1, 0)).isEqualTo(0.4);
        assertThat(controlled.getLearningRate(1, 0)).isEqualTo(0.2);
    }

    /** The rate of run control is that of a network that was made with it, also for weight decay. */
    @Test
    void shouldTrainAsANetworkThatHasTheRate() {
        final MultiLayerNetwork expected = network(Networks.dense(
                Networks.builder(DataType.DOUBLE, new Adam(0.02)).weightDecay(0.1), Configurations.INPUTS, 6, 2));
        final MultiLayerNetwork joined = network(Networks.dense(
                Networks.builder(DataType.DOUBLE, new Adam(0.3)).weightDecay(0.1), Configurations.INPUTS, 6, 2));
        try (SharedTraining training = SharedTraining.join(joined, Trained.options(directory, Mode.LOCKED))) {
            final RunControl control = training.arrays().arrays().runControl();
            control.learningRate(0.02);
            for (int i = 0; i < 5; i++) {
                expected.fit(batch(i));
                training.fit(batch(i));
            }
            assertSame(joined, expected, "the joined network");

            control.learningRate(0);
            expected.setLearningRate(0.3);
            expected.fit(batch(5));
            training.fit(batch(5));
            assertSame(joined, expected, "the joined network that has its own rate again");
        }
    }

    @Test
    void shouldTrainGroupsOfParametersByTheFactor() {
        final MultiLayerNetwork expected = network(groups(0.01, 0.02));
        final MultiLayerNetwork joined = network(groups(0.5, 1));
        try (SharedTraining training = SharedTraining.join(joined, Trained.options(directory, Mode.HOGWILD))) {
            training.arrays().arrays().runControl().learningRate(0.01);
            for (int i = 0; i < 3; i++) {
                expected.fit(batch(i));
                training.fit(batch(i));
            }
            assertThat(joined.params().distance2(expected.params())).isLessThan(1e-14);
        }
        ShmArrays.remove(Trained.SEGMENT, Trained.settings(directory));
    }

    private static MultiLayerConfiguration groups(final double first, final double second) {
        return Networks.builder(DataType.DOUBLE, new Sgd(first))
                .list()
                .layer(new DenseLayer.Builder()
                        .nIn(Configurations.INPUTS)
                        .nOut(6)
                        .build())
                .layer(new DenseLayer.Builder()
                        .nIn(6)
                        .nOut(6)
                        .updater(new Sgd(second))
                        .build())
                .layer(Networks.output(6, 2))
                .build();
    }

    @Test
    void shouldLeaveTheUsersUpdaterAlone() {
        final Sgd own = new Sgd(0.3);
        final MultiLayerNetwork joined = network(dense(own));
        try (SharedTraining training = SharedTraining.join(joined, Trained.options(directory, Mode.LOCKED))) {
            training.arrays().arrays().runControl().learningRate(0.1);
            training.fit(batch(0));
            assertThat(joined.getLearningRate(0)).isEqualTo(0.3);
        }
    }
}
