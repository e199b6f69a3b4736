package org.shmarrays;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;
import static org.shmarrays.layout.ElementType.BFLOAT16;
import static org.shmarrays.layout.ElementType.FLOAT16;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.shmarrays.layout.AliasSpec;
import org.shmarrays.layout.ArrayOrder;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.ElementType;
import org.shmarrays.layout.Mode;
import org.shmarrays.layout.Rounding;
import org.shmarrays.testing.Background;
import org.shmarrays.update.ElementwiseFunction;
import org.shmarrays.update.Updates;

/**
 * Arrays that are rounded stochastically: on every way to store a value computed in float32, steps of a tenth of the
 * last place add up to what they are in the mean, where rounding to nearest loses all of them.
 */
class StochasticStoreTest {
    private static final int COUNT = 4_096;
    private static final int STEPS = 20;
    private static final double TENTH = 0.1;

    /** Standard deviations that the mean may be off: seeds are fixed, so a failure is no bad luck. */
    private static final double SIGMAS = 5;

    @TempDir
    private Path directory;

    private int segments;

    /** How a step is added to each element. */
    enum Way {
        DENSE(1) {
            @Override
            void step(final ShmArrays arrays, final float step) {
                arrays.array("w").update(filled(step), Updates.add());
            }
        },
        ALIASES(1) {
            @Override
            void step(final ShmArrays arrays, final float step) {
                arrays.update(
                        Map.of(
                                "head",
                                Arrays.copyOf(filled(step), 100),
                                "tail",
                                Arrays.copyOf(filled(step), COUNT - 100)),
                        Updates.addScaled(1));
            }
        },
        AND_READ(1) {
            @Override
            void step(final ShmArrays arrays, final float step) {
                final float[] read = new float[COUNT];
                arrays.array("w").updateAndRead(filled(step), Updates.addScaled(0.5), read);
                assertThat(Arrays.equals(read, valuesOf(arrays))).isTrue();
                arrays.array("w").updateAndRead(filled(step), Updates.addScaled(0.5), read);
            }
        },
        ELEMENTWISE(1) {
            @Override
            void step(final ShmArrays arrays, final float step) {
                arrays.updateElementwise(Map.of("w", filled(step)), (ElementwiseFunction<float[]>)
                        (g, gOffset, w, wOffset, n) -> {
                            for (int i = 0; i < n; i++) {
                                w[wOffset + i] += g[gOffset + i];
                            }
                        });
            }
        },
        WHOLE_ARRAY(1) {
            @Override
            void step(final ShmArrays arrays, final float step) {
                final Map<String, float[]> stored = arrays.updateAndRead(Map.of("w", filled(step)), (g, old) -> {
                    for (int i = 0; i < old.length; i++) {
                        old[i] += g[i];
                    }
                    return old;
                });
                assertThat(Arrays.equals(stored.get("w"), valuesOf(arrays))).isTrue();
            }
        },
        WRITE(1) {
            @Override
            void step(final ShmArrays arrays, final float step) {
                final float[] values = valuesOf(arrays);
                for (int i = 0; i < values.length; i++) {
                    values[i] += step;
                }
                arrays.array("w").write(values);
            }
        },
        CHUNKS(1) {
            @Override
            void step(final ShmArrays arrays, final float step) {
                final ChunkPush push = arrays.array("w").chunkPush();
                final float[] values = new float[COUNT];
                push.run((chunk, first, count) -> {
                    push.load(chunk, values, 0);
                    for (int i = 0; i < count; i++) {
                        values[i] += step;
                    }
                    push.store(chunk, values, 0);
                });
            }
        },
        ADD_SHORT_ROWS(8) {
            @Override
            void step(final ShmArrays arrays, final float step) {
                arrays.scatterAdd("w", IntStream.range(0, COUNT / 8).toArray(), filled(step));
            }
        },
        ADD_LONG_ROWS(64) {
            @Override
            void step(final ShmArrays arrays, final float step) {
                arrays.scatterAdd("w", IntStream.range(0, COUNT / 64).toArray(), filled(step));
            }
        },
        UPDATE_SHORT_ROWS(8) {
            @Override
            void step(final ShmArrays arrays, final float step) {
                // Half of the way to twice the step: no addition, so rows go through blocks, without a lock, too.
                final float[] target = valuesOf(arrays);
                for (int i = 0; i < target.length; i++) {
                    target[i] += 2 * step;
                }
                arrays.scatterUpdate("w", IntStream.range(0, COUNT / 8).toArray(), target, Updates.ema(0.5));
            }
        },
        UPDATE_LONG_ROWS(64) {
            @Override
            void step(final ShmArrays arrays, final float step) {
                final float[] target = valuesOf(arrays);
                for (int i = 0; i < target.length; i++) {
                    target[i] += 2 * step;
                }
                arrays.scatterUpdate("w", IntStream.range(0, COUNT / 64).toArray(), target, Updates.ema(0.5));
            }
        };

        private final int rowLength;

        Way(final int rowLength) {
            this.rowLength = rowLength;
        }

        abstract void step(ShmArrays arrays, float step);
    }

    private static float[] filled(final float value) {
        final float[] filled = new float[COUNT];
        Arrays.fill(filled, value);
        return filled;
    }

    private static float[] valuesOf(final ShmArrays arrays) {
        final float[] values = new float[COUNT];
        arrays.array("w").readInto(values);
        return values;
    }

    /** The distance of two neighbours from 1 to 2. */
    private static double lastPlace(final ElementType type) {
        return type == FLOAT16 ? 0x1p-10 : 0x1p-7;
    }

    static Stream<Arguments> cases() {
        final List<Arguments> cases = new ArrayList<>();
        for (final ElementType type : List.of(FLOAT16, BFLOAT16)) {
            for (final Mode mode : List.of(Mode.LOCKED, Mode.HOGWILD, Mode.ATOMIC)) {
                for (final Way way : Way.values()) {
                    if (!mode.comparesAndSets() || way != Way.WHOLE_ARRAY) {
                        cases.add(Arguments.of(type, mode, way));
                    }
                }
            }
        }
        return cases.stream();
    }

    private ShmArrays create(final ArraySpec spec) {
        return ShmArrays.create(
                "round" + segments++, List.of(spec), arrays -> arrays.array("w").write(filled(1)), settings());
    }

    private Settings settings() {
        return Settings.fromProperties().withDirectory(directory).withSlots(3).withPartitionBytes(2048);
    }

    private static ArraySpec spec(final ElementType type, final int rowLength) {
        return ArraySpec.of("w", type, COUNT / rowLength, rowLength)
                .withAlias(new AliasSpec("head", 0, ArrayOrder.C, 100))
                .withAlias(new AliasSpec("tail", 100, ArrayOrder.C, COUNT - 100));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void shouldKeepStepsBelowTheLastPlaceInTheMean(final ElementType type, final Mode mode, final Way way) {
        final float step = (float) (TENTH * lastPlace(type));
        final ArraySpec spec = spec(type, way.rowLength).inMode(mode);
        try (ShmArrays arrays = create(spec.withRounding(Rounding.stochastic(4_711)))) {
            for (int i = 0; i < STEPS; i++) {
                way.step(arrays, step);
            }
            assertMean(valuesOf(arrays), type, STEPS);
        }
        try (ShmArrays arrays = create(spec)) {
            for (int i = 0; i < STEPS; i++) {
                way.step(arrays, step);
            }
            assertThat(valuesOf(arrays)).containsOnly(1);
        }
    }

    /** Of steps that each add the last place, or nothing, by chance; two half steps differ less. */
    private static void assertMean(final float[] values, final ElementType type, final int steps) {
        double sum = 0;
        for (final float value : values) {
            assertThat((value - 1) / lastPlace(type)).isEqualTo(Math.rint((value - 1) / lastPlace(type)));
            sum += value;
        }
        final double deviation = lastPlace(type) * Math.sqrt(steps * TENTH * (1 - TENTH) / values.length);
        assertThat(sum / values.length)
                .isCloseTo(1 + steps * TENTH * lastPlace(type), offset(SIGMAS * deviation))
                .isNotCloseTo(1, offset(SIGMAS * deviation));
        assertThat(values[0] == values[1] && values[1] == values[2] && values[2] == values[3] && values[3] == values[4])
                .as("elements are rounded independently")
                .isFalse();
    }

    /** A handle that comes later must not draw the numbers of the one before. */
    @ParameterizedTest
    @EnumSource(names = {"HOGWILD", "ATOMIC", "LOCKED"})
    void shouldDrawOtherBitsForEachOwnerOfASlot(final Mode mode) {
        try (ShmArrays arrays = create(spec(BFLOAT16, 1).inMode(mode).withRounding(Rounding.stochastic(0)))) {
            final float step = (float) (TENTH * lastPlace(BFLOAT16));
            for (int i = 0; i < 2 * STEPS; i++) {
                try (ShmArrays handle = arrays.newHandle()) {
                    handle.array("w").update(filled(step), Updates.add());
                }
            }
            assertMean(valuesOf(arrays), BFLOAT16, 2 * STEPS);
        }
    }

    @Test
    void shouldLoseNothingWhereWorkersMeet() {
        try (ShmArrays arrays = create(spec(FLOAT16, 1).inMode(Mode.ATOMIC).withRounding(Rounding.stochastic(1)));
                ShmArrays first = arrays.newHandle();
                ShmArrays second = arrays.newHandle()) {
            final float step = (float) (TENTH * lastPlace(FLOAT16));
            CompletableFuture.allOf(Background.run(() -> steps(first, step)), Background.run(() -> steps(second, step)))
                    .join();
            assertMean(valuesOf(arrays), FLOAT16, 4 * STEPS);
        }
    }

    private static void steps(final ShmArrays arrays, final float step) {
        final int[] rows = IntStream.range(0, COUNT).toArray();
        for (int i = 0; i < STEPS; i++) {
            arrays.array("w").update(filled(step), Updates.add());
            arrays.scatterAdd("w", rows, filled(step));
        }
    }

    /** Under locks bits depend on the changes of a partition, and not on who makes them. */
    @Test
    void shouldRepeatALockedRunWhicheverSlotPushes() {
        final List<float[]> runs = new ArrayList<>();
        for (final long seed : new long[] {7, 7, 8}) {
            try (ShmArrays arrays = create(spec(FLOAT16, 8).withState(1).withRounding(Rounding.stochastic(seed)));
                    ShmArrays other = arrays.newHandle()) {
                for (int i = 0; i < STEPS; i++) {
                    final ShmArrays pusher = i % 2 == runs.size() % 2 ? arrays : other;
                    pusher.array("w").update(filled(0.3f), Updates.momentum(1e-4, 0.9));
                    pusher.scatterAdd("w", new int[] {5, 6, 6, 1}, new float[32]);
                }
                runs.add(valuesOf(arrays));
            }
        }
        assertThat(Arrays.equals(runs.get(0), runs.get(1))).as("the same seed").isTrue();
        assertThat(Arrays.equals(runs.get(0), runs.get(2))).as("another seed").isFalse();
    }

    @Test
    void shouldRepeatALockFreeRunOfOneWorker() {
        final List<float[]> runs = new ArrayList<>();
        for (final long seed : new long[] {7, 7, 8}) {
            try (ShmArrays arrays =
                    create(spec(FLOAT16, 8).inMode(Mode.HOGWILD).withRounding(Rounding.stochastic(seed)))) {
                for (int i = 0; i < STEPS; i++) {
                    arrays.array("w").update(filled(1e-4f), Updates.add());
                }
                runs.add(valuesOf(arrays));
            }
        }
        assertThat(Arrays.equals(runs.get(0), runs.get(1))).as("the same seed").isTrue();
        assertThat(Arrays.equals(runs.get(0), runs.get(2))).as("another seed").isFalse();
    }

    /** What the type can hold is stored as it is, however often. */
    @ParameterizedTest
    @EnumSource(
            value = ElementType.class,
            names = {"FLOAT16", "BFLOAT16"})
    void shouldStoreValuesOfTheTypeExactly(final ElementType type) {
        final float[] exact = new float[COUNT];
        for (int i = 0; i < COUNT; i++) {
            exact[i] = (i % 256 - 128) * 0.25f;
        }
        exact[0] = Float.NaN;
        exact[1] = Float.NEGATIVE_INFINITY;
        exact[2] = -0f;
        try (ShmArrays arrays = create(spec(type, 1).withRounding(Rounding.stochastic(3)))) {
            arrays.array("w").write(exact);
            assertThat(valuesOf(arrays)).isEqualTo(exact);
            arrays.array("w").update(exact, Updates.assign());
            arrays.array("w").update(new float[COUNT], Updates.addScaled(-1)); // -0 + -0
            assertThat(valuesOf(arrays)).isEqualTo(exact);
            arrays.scatterUpdate("w", IntStream.range(0, COUNT).toArray(), exact, Updates.assign());
            assertThat(valuesOf(arrays)).isEqualTo(exact);
        }
    }

    @Test
    void shouldKnowTheRoundingWhereItIsAttached() {
        final ArraySpec spec = spec(BFLOAT16, 1).withRounding(Rounding.stochastic(-9));
        try (ShmArrays arrays = create(spec);
                ShmArrays attached = ShmArrays.attach(arrays.name(), settings())) {
            assertThat(attached.specs()).containsExactly(spec);
        }
    }
}
