package org.shmarrays;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.shmarrays.layout.ElementType.FLOAT32;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.shmarrays.errors.NonFiniteValueException;
import org.shmarrays.errors.UpdateFailedException;
import org.shmarrays.layout.AliasSpec;
import org.shmarrays.layout.ArrayOrder;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.Mode;
import org.shmarrays.testing.FloatUpdate;
import org.shmarrays.update.UpdateFunction;
import org.shmarrays.update.Updates;

/** Rows that lie in several partitions, and are named more than once: each element is updated once, by the sum. */
class CutRowsTest {
    private static final int ROW_COUNT = 400;

    /** Elements before the first row, without which partitions would begin where rows do. */
    private static final int BEFORE = 5;

    @TempDir
    private Path directory;

    private Settings settings(final int partitionBytes) {
        return Settings.fromProperties().withDirectory(directory).withSlots(2).withPartitionBytes(partitionBytes);
    }

    private ShmArrays create(final Mode mode, final int rowLength, final Settings settings) {
        final ArraySpec spec = ArraySpec.of("all", FLOAT32, BEFORE + ROW_COUNT * rowLength)
                .withAlias(new AliasSpec("w", BEFORE, ArrayOrder.C, ROW_COUNT, rowLength))
                .inMode(mode);
        return ShmArrays.create("c", List.of(spec.withState(mode.comparesAndSets() ? 0 : 1)), settings);
    }

    /** Every third row, the last ones first, and each of them once, twice or three times. */
    private static int[] rows() {
        final int[] rows = new int[2 * ((ROW_COUNT + 2) / 3)];
        int named = 0;
        for (int row = ROW_COUNT - 1; row >= 0; row -= 3) {
            rows[named] = row;
            rows[named + 1] = row % 2 == 0 ? row : rows[0];
            named += 2;
        }
        return rows;
    }

    /** Element j of the i-th row that is named gets i + j, which float32 adds up exactly. */
    private static float[] pushed(final int[] rows, final int rowLength) {
        final float[] values = new float[rows.length * rowLength];
        for (int i = 0; i < values.length; i++) {
            values[i] = i / rowLength + i % rowLength;
        }
        return values;
    }

    /** What is pushed to each element, added up. */
    private static float[] sums(final int[] rows, final int rowLength) {
        final float[] values = pushed(rows, rowLength);
        final float[] sums = new float[ROW_COUNT * rowLength];
        for (int i = 0; i < values.length; i++) {
            sums[rows[i / rowLength] * rowLength + i % rowLength] += values[i];
        }
        return sums;
    }

    /** Adds what is pushed, and 1 to the state array; after that it throws at calls 2, 4, 8, 16, … */
    private static UpdateFunction adding(final int stateCount) {
        final AtomicInteger calls = new AtomicInteger();
        return FloatUpdate.of(stateCount, (g, gOffset, w, wOffset, state, n, step) -> {
            for (int i = 0; i < n; i++) {
                w[wOffset + i] += g[gOffset + i];
                for (int k = 0; k < stateCount; k++) {
                    state[k][wOffset + i] += 1;
                }
            }
            final int call = calls.incrementAndGet();
            if (call > 1 && Integer.bitCount(call) == 1) {
                throw new ArithmeticException("call " + call);
            }
        });
    }

    private static float[] values(final ShmArrays arrays) {
        final ArrayHandle w = arrays.array("w");
        final float[] values = new float[w.elementCount()];
        w.readInto(values);
        return values;
    }

    private static void assertUpdatedOnce(final ShmArrays arrays, final int[] rows, final int rowLength) {
        assertThat(values(arrays)).isEqualTo(sums(rows, rowLength));
        final ArrayHandle w = arrays.array("w");
        if (w.stateCount() == 0) {
            return;
        }
        final float[] counts = new float[ROW_COUNT * rowLength];
        w.readStateInto(0, counts);
        final float[] expected = new float[counts.length];
        for (final int row : rows) {
            Arrays.fill(expected, row * rowLength, (row + 1) * rowLength, 1);
        }
        assertThat(counts).isEqualTo(expected);
        assertStepsOf(arrays, rows, rowLength);
    }

    /** One step for each piece that has an element of a named row. */
    private static void assertStepsOf(final ShmArrays arrays, final int[] rows, final int rowLength) {
        final ChunkPush pieces = arrays.array("w").chunkPush();
        for (int piece = 0; piece < pieces.chunkCount(); piece++) {
            final int first = pieces.first(piece) / rowLength;
            final int last = (pieces.first(piece) + pieces.elementCount(piece) - 1) / rowLength;
            final boolean touched = Arrays.stream(rows).anyMatch(row -> first <= row && row <= last);
            assertThat(arrays.segment().steps().stepsPlain(piece))
                    .as("piece %d", piece)
                    .isEqualTo(touched ? 1 : 0);
        }
    }

    /** Short rows, rows for kernels, rows of two and three partitions, and of several blocks. */
    @ParameterizedTest
    @CsvSource({
        "HOGWILD, 3, 1024", "HOGWILD, 24, 1024", "HOGWILD, 300, 1024", "HOGWILD, 3000, 16384",
        "ATOMIC, 3, 1024", "ATOMIC, 24, 1024", "ATOMIC, 300, 1024", "ATOMIC, 3000, 16384",
        "LOCKED, 3, 1024", "LOCKED, 24, 1024", "LOCKED, 300, 1024", "LOCKED, 3000, 16384"
    })
    void shouldUpdateEachElementOnceHoweverOftenThePushIsResumed(
            final Mode mode, final int rowLength, final int partitionBytes) {
        try (ShmArrays arrays = create(mode, rowLength, settings(partitionBytes))) {
            assertThat(cut(arrays, rowLength)).isPositive();
            final int[] rows = rows();
            final UpdateFunction function = adding(mode.comparesAndSets() ? 0 : 1);

            UpdateFailedException failed = catchThrowableOfType(
                    UpdateFailedException.class,
                    () -> arrays.scatterUpdate("w", rows, pushed(rows, rowLength), function));
            int failures = 0;
            while (failed != null) {
                failures++;
                failed = catchThrowableOfType(UpdateFailedException.class, failed::resume);
            }

            assertThat(failures).isGreaterThan(1);
            assertUpdatedOnce(arrays, rows, rowLength);
        }
    }

    /** The first step of momentum with rate 1 is m = g, w = -m. */
    @ParameterizedTest
    @CsvSource({"HOGWILD, 3", "HOGWILD, 24", "HOGWILD, 300", "LOCKED, 3", "LOCKED, 24", "LOCKED, 300"})
    void shouldAddUpRowsThatAreNamedTwiceBeforeTheFormula(final Mode mode, final int rowLength) {
        try (ShmArrays arrays = create(mode, rowLength, settings(1024))) {
            final int[] rows = rows();

            arrays.scatterUpdate("w", rows, pushed(rows, rowLength), Updates.momentum(1, 0.5));

            final float[] sums = sums(rows, rowLength);
            final float[] m = new float[sums.length];
            arrays.array("w").readStateInto(0, m);
            assertThat(m).isEqualTo(sums);
            for (int i = 0; i < sums.length; i++) {
                sums[i] = 0 - sums[i];
            }
            assertThat(values(arrays)).isEqualTo(sums);
            assertStepsOf(arrays, rows, rowLength);
        }
    }

    /** The first element of a partition that begins in the middle of a row. */
    private static int cut(final ShmArrays arrays, final int rowLength) {
        final ChunkPush pieces = arrays.array("w").chunkPush();
        return IntStream.range(0, pieces.chunkCount())
                .map(pieces::first)
                .filter(first -> first % rowLength != 0)
                .findFirst()
                .orElseThrow();
    }

    @ParameterizedTest
    @EnumSource(names = {"HOGWILD", "ATOMIC", "LOCKED"})
    void shouldRefuseThePartOfARowThatIsNotFiniteAndTakeItWhenItIs(final Mode mode) {
        try (ShmArrays arrays = create(mode, 300, settings(1024).withRejectNonFinite(true))) {
            final int cut = cut(arrays, 300);
            final int row = cut / 300;
            final float[] ones = new float[600];
            Arrays.fill(ones, 1);
            ones[cut % 300] = Float.NaN;

            final UpdateFailedException failed = catchThrowableOfType(
                    UpdateFailedException.class, () -> arrays.scatterAdd("w", new int[] {row, row}, ones));

            assertThat(((NonFiniteValueException) failed.getCause()).index()).isEqualTo(BEFORE + cut);
            final float[] expected = new float[300];
            Arrays.fill(expected, 0, cut % 300, 2);
            assertThat(arrays.gather("w", new int[] {row})).isEqualTo(expected);

            ones[cut % 300] = 1;
            failed.resume();

            Arrays.fill(expected, 2);
            assertThat(arrays.gather("w", new int[] {row})).isEqualTo(expected);
        }
    }

    @Test
    void shouldGatherRowsThatAreNamedTwiceAsTheyAreNamed() {
        try (ShmArrays arrays = create(Mode.LOCKED, 300, settings(1024))) {
            final int[] rows = rows();
            arrays.scatterAdd("w", rows, pushed(rows, 300));

            final float[] sums = sums(rows, 300);
            final float[] expected = new float[rows.length * 300];
            for (int i = 0; i < rows.length; i++) {
                System.arraycopy(sums, rows[i] * 300, expected, i * 300, 300);
            }
            assertThat(arrays.gather("w", rows)).isEqualTo(expected);
        }
    }
}
