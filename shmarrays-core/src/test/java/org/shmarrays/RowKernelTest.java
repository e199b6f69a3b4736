package org.shmarrays;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Array;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.shmarrays.internal.kernel.FormulaUpdate;
import org.shmarrays.layout.AliasSpec;
import org.shmarrays.layout.ArrayOrder;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.ElementType;
import org.shmarrays.layout.Mode;
import org.shmarrays.testing.ArrayValues;
import org.shmarrays.update.UpdateFunction;
import org.shmarrays.update.Updates;

/**
 * Rows that kernels go over come out to the bit as those that are staged one by one, which {@code rejectNonFinite}
 * has done.
 */
class RowKernelTest {
    private static final long SEED = 577_215;
    private static final int ROWS = 600;
    private static final int LONG_ROWS = 150;
    private static final int ROWS_BEFORE = 3;
    private static final int LONG = 100;
    private static final int PUSHES = 3;
    private static final int STATES = 2;
    private static final List<Integer> LENGTHS = List.of(8, 16, 24, 32, 64, 100, 512);

    /** In an order in which each can go on from the state of those before: AdaGrad's has no sign. */
    private static final List<UpdateFunction> UPDATES = List.of(
            Updates.add(),
            Updates.sgd(0.1),
            Updates.ema(0.2),
            Updates.adaGrad(0.1),
            Updates.momentum(0.1, 0.9),
            Updates.nesterov(0.1, 0.9),
            Updates.adam(0.01));

    @TempDir
    private Path directory;

    @BeforeAll
    static void printSeed() {
        System.out.println("RowKernelTest seed=" + SEED);
    }

    @ParameterizedTest
    @EnumSource(names = {"FLOAT32", "FLOAT64"})
    void shouldUpdateAndGatherAsSingleRowsAre(final ElementType type) {
        final Random random = new Random(SEED);
        for (final Mode mode : List.of(Mode.HOGWILD, Mode.LOCKED, Mode.ORDERED)) {
            for (final int length : LENGTHS) {
                compare(type, mode, length, random);
            }
        }
    }

    /** All updates go into the same array. */
    private void compare(final ElementType type, final Mode mode, final int length, final Random random) {
        final int partitionBytes = 64 * (1 + random.nextInt(64)); // of a few rows, and some that cut rows
        try (ShmArrays kernels = create("k", type, mode, length, partitionBytes, false);
                ShmArrays staged = create("s", type, mode, length, partitionBytes, true)) {
            for (final UpdateFunction update : UPDATES) {
                for (int push = 0; push < PUSHES; push++) {
                    // Without locks additions are done in the order given, and not added up before.
                    final int[] rows = FormulaUpdate.isAddition(update) && mode == Mode.HOGWILD
                            ? distinct(random, length)
                            : any(random, length);
                    final Object pushed = values(type, rows.length * length, random);
                    kernels.array("w").scatterUpdate(rows, pushed, update);
                    staged.array("w").scatterUpdate(rows, pushed, update);
                    check(kernels, staged, type, length, rows, mode + ", " + update + ", row length " + length);
                }
            }
        } finally {
            ShmArrays.remove("k", settings(false));
            ShmArrays.remove("s", settings(true));
        }
    }

    /** Several calls of a kernel: by the number of rows, and by their bytes; where they were named once and twice. */
    @ParameterizedTest
    @CsvSource({"16, 5000", "64, 2500", "512, 1200"})
    void shouldUpdateManyRowsOfAnAlias(final int length, final int rowCount) {
        final Random random = new Random(SEED);
        final int all = (ROWS_BEFORE + rowCount) * length;
        final List<Integer> shuffled =
                IntStream.range(0, rowCount).boxed().collect(Collectors.toCollection(ArrayList::new));
        Collections.shuffle(shuffled, random);
        final int[] once = shuffled.stream().mapToInt(row -> row).toArray();
        final int[] someTwice = once.clone();
        System.arraycopy(once, 0, someTwice, 700, 3);
        final List<ArraySpec> specs = List.of(ArraySpec.of("w", ElementType.FLOAT32, ROWS_BEFORE + rowCount, length)
                .withState(STATES)
                .withAlias(new AliasSpec("part", ROWS_BEFORE * length, ArrayOrder.C, rowCount, length))
                .inMode(Mode.HOGWILD));
        for (final UpdateFunction update : UPDATES) {
            try (ShmArrays kernels = ShmArrays.create("k", specs, settings(false));
                    ShmArrays staged = ShmArrays.create("s", specs, settings(true))) {
                for (final int[] rows : List.of(once, FormulaUpdate.isAddition(update) ? once : someTwice)) {
                    final Object pushed = values(ElementType.FLOAT32, rowCount * length, random);
                    kernels.array("part").scatterUpdate(rows, pushed, update);
                    staged.array("part").scatterUpdate(rows, pushed, update);
                    assertThat(ArrayValues.withTwoStateArrays(kernels, "w", all))
                            .as("%s", update)
                            .isDeepEqualTo(ArrayValues.withTwoStateArrays(staged, "w", all));
                }
                assertThat(kernels.gather("part", once)).isEqualTo(staged.gather("part", once));
            } finally {
                ShmArrays.remove("k", settings(false));
                ShmArrays.remove("s", settings(true));
            }
        }
    }

    private static int rowCount(final int length) {
        return length < LONG ? ROWS : LONG_ROWS;
    }

    private static int[] any(final Random random, final int length) {
        return random.ints(1 + random.nextInt(rowCount(length)), 0, rowCount(length))
                .toArray();
    }

    private static int[] distinct(final Random random, final int length) {
        return random.ints(1 + random.nextInt(rowCount(length)), 0, rowCount(length))
                .distinct()
                .toArray();
    }

    private static void check(
            final ShmArrays kernels,
            final ShmArrays staged,
            final ElementType type,
            final int length,
            final int[] rows,
            final String what) {
        final Object all = zeros(type, rowCount(length) * length);
        final Object expected = zeros(type, rowCount(length) * length);
        kernels.array("w").readInto(all);
        staged.array("w").readInto(expected);
        assertEqual(all, expected, what);
        final Object gathered = zeros(type, rows.length * length);
        final Object named = zeros(type, rows.length * length);
        kernels.array("w").gather(rows, gathered);
        for (int i = 0; i < rows.length; i++) {
            System.arraycopy(expected, rows[i] * length, named, i * length, length);
        }
        assertEqual(gathered, named, "gathered, " + what);
    }

    /** Names one element, not all that there are. */
    private static void assertEqual(final Object actual, final Object expected, final String what) {
        if (!Objects.deepEquals(actual, expected)) {
            for (int i = 0; i < Array.getLength(expected); i++) {
                assertThat(Array.get(actual, i)).as("element %d, %s", i, what).isEqualTo(Array.get(expected, i));
            }
        }
    }

    private ShmArrays create(
            final String name,
            final ElementType type,
            final Mode mode,
            final int length,
            final int partitionBytes,
            final boolean isStaged) {
        return ShmArrays.create(
                name,
                List.of(ArraySpec.of("w", type, rowCount(length), length)
                        .withState(STATES)
                        .inMode(mode)),
                settings(isStaged).withPartitionBytes(partitionBytes));
    }

    private Settings settings(final boolean isStaged) {
        return Settings.fromProperties().withDirectory(directory).withSlots(2).withRejectNonFinite(isStaged);
    }

    private static Object zeros(final ElementType type, final int count) {
        return type == ElementType.FLOAT32 ? new float[count] : new double[count];
    }

    private static Object values(final ElementType type, final int count, final Random random) {
        final Object values = zeros(type, count);
        for (int i = 0; i < count; i++) {
            if (type == ElementType.FLOAT32) {
                Array.setFloat(values, i, random.nextFloat() - 0.5f);
            } else {
                Array.setDouble(values, i, random.nextDouble() - 0.5);
            }
        }
        return values;
    }
}
