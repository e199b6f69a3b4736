package org.shmarrays;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Offset.offset;
import static org.shmarrays.layout.ElementType.BFLOAT16;
import static org.shmarrays.layout.ElementType.FLOAT16;
import static org.shmarrays.layout.ElementType.FLOAT32;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.shmarrays.errors.NonFiniteValueException;
import org.shmarrays.errors.UpdateFailedException;
import org.shmarrays.internal.kernel.HalfPrecision;
import org.shmarrays.layout.AliasSpec;
import org.shmarrays.layout.ArrayOrder;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.ElementType;
import org.shmarrays.layout.Mode;
import org.shmarrays.testing.FloatUpdate;
import org.shmarrays.update.UpdateFunction;
import org.shmarrays.update.Updates;

/**
 * Optimizer state of 16-bit arrays is float32, and so is the arithmetic: after each push the state is, bit for bit,
 * that of a float32 array with the same values, and the values are that array's, rounded.
 */
class HalfStateTest {
    private static final long SEED = 2_015;
    private static final int ROWS = 24;

    @TempDir
    private Path directory;

    private enum Way {
        DENSE,
        BY_ALIASES,
        AND_READ,
        SHORT_ROWS,
        LONG_ROWS
    }

    private static List<UpdateFunction> updates() {
        return List.of(
                Updates.momentum(1e-3, 0.9),
                Updates.nesterov(1e-3, 0.9),
                Updates.adaGrad(1e-2),
                Updates.rmsProp(1e-3),
                Updates.adam(1e-3),
                Updates.adamW(1e-3, 0.01),
                FloatUpdate.of(2, (g, gOffset, w, wOffset, state, n, step) -> {
                    for (int i = 0; i < n; i++) {
                        state[0][wOffset + i] += g[gOffset + i] / 3;
                        state[1][wOffset + i] = 0.999f * state[1][wOffset + i] + 1e-3f * step;
                        w[wOffset + i] -= state[0][wOffset + i] * state[1][wOffset + i];
                    }
                }));
    }

    static Stream<Arguments> cases() {
        final List<Arguments> cases = new ArrayList<>();
        for (final ElementType type : List.of(FLOAT16, BFLOAT16)) {
            for (final Mode mode : List.of(Mode.LOCKED, Mode.HOGWILD)) {
                for (final Way way : Way.values()) {
                    cases.add(Arguments.of(type, mode, way));
                }
            }
        }
        return cases.stream();
    }

    private static int rowLength(final Way way) {
        return way == Way.LONG_ROWS ? 300 : 5;
    }

    /**
     * An array for each update, and one before them, so that offsets in state files are not only those of their
     * beginning.
     */
    private static List<ArraySpec> specs(final ElementType type, final Mode mode, final Way way) {
        final int columns = rowLength(way);
        final List<ArraySpec> specs = new ArrayList<>();
        specs.add(ArraySpec.of("before", type, 37).inMode(mode).withState(2));
        for (int i = 0; i < updates().size(); i++) {
            specs.add(ArraySpec.of("w" + i, type, ROWS, columns)
                    .inMode(mode)
                    .withState(2)
                    .withAlias(new AliasSpec("head w" + i, 0, ArrayOrder.C, 7))
                    .withAlias(new AliasSpec("tail w" + i, 7, ArrayOrder.C, ROWS * columns - 7)));
        }
        return specs;
    }

    @ParameterizedTest
    @MethodSource("cases")
    void shouldCalculateLikeFloat32(final ElementType type, final Mode mode, final Way way) {
        System.out.println("HalfStateTest seed=" + SEED);
        for (final int partitionBytes : new int[] {64, 1024, 0}) {
            final Settings settings = settings().withPartitionBytes(partitionBytes);
            try (ShmArrays half = ShmArrays.create("half", specs(type, mode, way), settings);
                    ShmArrays wide = ShmArrays.create("wide", specs(FLOAT32, Mode.LOCKED, way), settings)) {
                for (int i = 0; i < updates().size(); i++) {
                    compare(half, wide, way, type, i);
                }
                assertThat(values(half, "before")).containsOnly(0);
            } finally {
                ShmArrays.remove("half", settings);
                ShmArrays.remove("wide", settings);
            }
        }
    }

    private static void compare(
            final ShmArrays half, final ShmArrays wide, final Way way, final ElementType type, final int update) {
        final String name = "w" + update;
        final UpdateFunction function = updates().get(update);
        final Random random = new Random(SEED);
        for (int step = 0; step < 3; step++) {
            // Each row, so that all pieces make the same steps, and some twice.
            final int[] rows = IntStream.concat(IntStream.range(0, ROWS), random.ints(9, 0, ROWS))
                    .toArray();
            final float[] g = new float[rows.length * rowLength(way)];
            for (int i = 0; i < g.length; i++) {
                g[i] = i % 2 == 0 ? (random.nextFloat() - 0.5f) * (float) Math.pow(10, -random.nextInt(5)) : 0;
            }
            push(half.array(name), half, way, rows, g, function);
            push(wide.array(name), wide, way, rows, g, function);

            final float[] expected = values(wide, name);
            round(expected, type);
            assertThat(Arrays.equals(values(half, name), expected))
                    .as("%s, values", function)
                    .isTrue();
            for (int k = 0; k < 2; k++) {
                assertThat(Arrays.equals(state(half, name, k), state(wide, name, k)))
                        .as("%s, state %d", function, k)
                        .isTrue();
            }
            wide.array(name).write(expected);
        }
    }

    private static void round(final float[] values, final ElementType type) {
        for (int i = 0; i < values.length; i++) {
            values[i] = type == FLOAT16
                    ? HalfPrecision.fromHalf(HalfPrecision.toHalf(values[i]))
                    : HalfPrecision.fromBfloat(HalfPrecision.toBfloat(values[i]));
        }
    }

    private static void push(
            final ArrayHandle array,
            final ShmArrays arrays,
            final Way way,
            final int[] rows,
            final float[] g,
            final UpdateFunction function) {
        final String name = array.name();
        final float[] dense = prefix(g, ROWS * rowLength(way));
        switch (way) {
            case DENSE -> array.update(dense, function);
            case BY_ALIASES ->
                arrays.group("head " + name, "tail " + name)
                        .update(new Object[] {prefix(dense, 7), rest(dense, 7)}, function);
            case AND_READ -> {
                final float[] read = new float[dense.length];
                array.updateAndRead(dense, function, read);
                assertThat(Arrays.equals(read, values(arrays, name))).isTrue();
            }
            default -> array.scatterUpdate(rows, g, function);
        }
    }

    private static float[] prefix(final float[] values, final int length) {
        return Arrays.copyOf(values, length);
    }

    private static float[] rest(final float[] values, final int from) {
        return Arrays.copyOfRange(values, from, values.length);
    }

    private Settings settings() {
        return Settings.fromProperties().withDirectory(directory).withSlots(2);
    }

    private static float[] values(final ShmArrays arrays, final String name) {
        final float[] values = new float[arrays.array(name).elementCount()];
        arrays.array(name).readInto(values);
        return values;
    }

    private static float[] state(final ShmArrays arrays, final String name, final int k) {
        final float[] state = new float[arrays.array(name).elementCount()];
        arrays.array(name).readStateInto(k, state);
        return state;
    }

    /** Values and state of a whole segment are as they were when a function throws, wherever that is. */
    @Test
    void shouldTakeBackFloat32State() {
        final int count = 9_001;
        for (final ElementType type : List.of(FLOAT16, BFLOAT16)) {
            for (int fails = 0; fails < 4; fails++) {
                final String name = type + "." + fails;
                try (ShmArrays arrays = ShmArrays.create(
                        name,
                        List.of(
                                ArraySpec.of("before", type, 3).withState(2),
                                ArraySpec.of("w", type, count).withState(2)),
                        settings())) {
                    final float[] g = new float[count];
                    Arrays.fill(g, 0.1f);
                    arrays.array("w").update(g, Updates.adam(0.1));
                    final float[] values = values(arrays, "w");
                    final float[][] states = {state(arrays, "w", 0), state(arrays, "w", 1)};
                    final int[] left = {fails};
                    final UpdateFunction failing = FloatUpdate.of(2, (gs, gOffset, w, wOffset, state, n, step) -> {
                        if (left[0]-- == 0) {
                            throw new ArithmeticException("told so");
                        }
                        for (int i = wOffset; i < wOffset + n; i++) {
                            w[i] += 1;
                            state[0][i] += 1;
                            state[1][i] -= 1;
                        }
                    });
                    try {
                        arrays.array("w").update(g, failing);
                        assertThat(left[0]).isNotNegative();
                    } catch (final UpdateFailedException e) {
                        for (final int p : partitions(arrays)) {
                            if (!e.updatedPartitions().contains(p)) {
                                assertUnchanged(arrays, p, values, states);
                            }
                        }
                    }
                } finally {
                    ShmArrays.remove(name, settings());
                }
            }
        }
    }

    private static int[] partitions(final ShmArrays arrays) {
        final var array = arrays.segment().layout().array("w");
        return IntStream.range(array.firstPartition(), array.partitionsEnd()).toArray();
    }

    private static void assertUnchanged(
            final ShmArrays arrays, final int partition, final float[] values, final float[][] states) {
        final var layout = arrays.segment().layout();
        final var array = layout.array("w");
        final var its = layout.partitions().get(partition);
        final int from = (Math.max(its.offset(), array.offset()) - array.offset()) / Short.BYTES;
        final int to = (Math.min(its.end(), array.end()) - array.offset()) / Short.BYTES;
        assertThat(Arrays.equals(values(arrays, "w"), from, to, values, from, to))
                .isTrue();
        for (int k = 0; k < 2; k++) {
            assertThat(Arrays.equals(state(arrays, "w", k), from, to, states[k], from, to))
                    .isTrue();
        }
    }

    /** The square of 1e15 is finite in float32 alone, that of 1e20 in neither. */
    @Test
    void shouldRejectStateThatIsInfiniteInFloat32() {
        for (final boolean byRows : new boolean[] {false, true}) {
            try (ShmArrays arrays = ShmArrays.create(
                    "finite",
                    List.of(ArraySpec.of("w", FLOAT16, 2).withState(1)),
                    settings().withRejectNonFinite(true))) {
                final int[] rows = {1, 0};
                final UpdateFunction function = Updates.adaGrad(0.1);
                push(arrays, byRows ? rows : null, new float[] {1e15f, 0}, function);
                assertThat(state(arrays, "w", 0)).contains(1e15f * 1e15f);
                assertThatThrownBy(() -> push(arrays, byRows ? rows : null, new float[] {1e20f, 0}, function))
                        .hasCauseInstanceOf(NonFiniteValueException.class)
                        .hasMessageContaining("FLOAT32");
            } finally {
                ShmArrays.remove("finite", settings());
            }
        }
    }

    private static void push(final ShmArrays arrays, final int[] rows, final float[] g, final UpdateFunction function) {
        if (rows == null) {
            arrays.array("w").update(g, function);
        } else {
            arrays.scatterUpdate("w", rows, g, function);
        }
    }

    /** From an expected figure of float32: every second gradient is 0, as behind a ReLU. */
    @Test
    void shouldTrainWithAdamWhereSquaresOfGradientsUnderflowIn16Bits() {
        for (final float gradient : new float[] {1e-2f, 1e-3f, 1e-4f, 1e-7f}) {
            final List<ArraySpec> specs = List.of(
                    ArraySpec.of("half", FLOAT16, 4).withState(2),
                    ArraySpec.of("wide", FLOAT32, 4).withState(2));
            try (ShmArrays arrays = ShmArrays.create("adam", specs, settings())) {
                for (final String name : List.of("half", "wide")) {
                    arrays.array(name).write(new float[] {1, 1, 1, 1});
                    for (int i = 0; i < 100; i++) {
                        final float g = i % 2 == 0 ? gradient : 0;
                        arrays.array(name).update(new float[] {g, g, g, g}, Updates.adam(1e-3));
                    }
                }
                // Rounded a hundred times, by at most half of the last place of a number below 1 each time.
                assertThat(values(arrays, "half")[0]).isCloseTo(values(arrays, "wide")[0], offset(100 * 0x1p-12f));
            } finally {
                ShmArrays.remove("adam", settings());
            }
        }
    }
}
