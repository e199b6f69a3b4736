package org.shmarrays.nd4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.GradientUpdater;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Nesterovs;
import org.nd4j.linalg.learning.config.NoOp;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.schedule.ExponentialSchedule;
import org.nd4j.linalg.schedule.MapSchedule;
import org.nd4j.linalg.schedule.ScheduleType;
import org.shmarrays.Settings;

/** Expected numbers are those of ND4J's own updaters, given the same gradients. */
class Nd4jUpdatesTest {
    private static final int SEED = 20260101;
    private static final int STEPS = 25;

    @TempDir
    private Path directory;

    private Settings settings() {
        return Settings.fromProperties()
                .withDirectory(directory.resolve("segments"))
                .withSlots(2);
    }

    static Stream<IUpdater> updaters() {
        return Stream.of(
                new Sgd(0.1),
                new Sgd(new ExponentialSchedule(ScheduleType.ITERATION, 0.1, 0.9)),
                new Nesterovs(0.1, 0.9),
                new Nesterovs(
                        0.05,
                        new MapSchedule.Builder(ScheduleType.ITERATION)
                                .add(0, 0.5)
                                .add(10, 0.9)
                                .build()),
                new Adam(0.01),
                new Adam(0.01, 0.8, 0.95, 1e-2));
    }

    @ParameterizedTest
    @MethodSource("updaters")
    void shouldEqualNd4jsOwnUpdater(final IUpdater updater) {
        for (final DataType type : new DataType[] {DataType.FLOAT, DataType.DOUBLE}) {
            Nd4j.getRandom().setSeed(SEED);
            final int n = 3000;
            final INDArray expected = Nd4j.randn(type, n);
            final long stateSize = updater.stateSize(n);
            final GradientUpdater<?> reference =
                    updater.instantiate(stateSize == 0 ? null : Nd4j.create(type, 1, stateSize), true);
            final String name = "updaters-" + type;
            try (Nd4jArrays arrays = Nd4jArrays.create(
                    name, Map.of("w", expected), spec -> spec.withState((int) stateSize / n), settings())) {
                for (int step = 0; step < STEPS; step++) {
                    final INDArray gradient = Nd4j.randn(type, n);
                    arrays.push(Map.of("w", gradient), updater, step, 0);
                    reference.applyUpdater(gradient, step, 0);
                    expected.subi(gradient);
                }
                final double tolerance = type == DataType.FLOAT ? 2e-6 : 1e-12;
                assertThat(arrays.read().get("w").sub(expected).amaxNumber().doubleValue())
                        .as("%s, %s, seed %s", updater, type, SEED)
                        .isLessThan(tolerance * STEPS);
                org.shmarrays.ShmArrays.remove(name, settings());
            }
        }
    }

    @Test
    void shouldRefuseSchedulesWithoutIteration() {
        assertThatThrownBy(() -> Nd4jUpdates.of(new Sgd(new ExponentialSchedule(ScheduleType.EPOCH, 0.1, 0.9))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("; give both");
        assertThat(Nd4jUpdates.of(new Sgd(0.1)).stateCount()).isZero();
        assertThat(Nd4jUpdates.of(new Nesterovs(0.1)).stateCount()).isEqualTo(1);
        assertThat(Nd4jUpdates.of(new Adam()).stateCount()).isEqualTo(2);
    }

    @Test
    void shouldListSupportedUpdatersWhenRefusingAnother() {
        assertThatThrownBy(() -> Nd4jUpdates.of(new NoOp()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("use Sgd, Nesterovs or Adam");
    }

    @Test
    void shouldRefuseArrayWithTooFewStateArrays() {
        final Map<String, INDArray> values = Map.of("w", Nd4j.ones(3));
        try (Nd4jArrays arrays = Nd4jArrays.create("few", values, settings())) {
            assertThatThrownBy(() -> arrays.push(values, new Adam())).hasMessageContaining("withState(2)");
        }
    }
}
