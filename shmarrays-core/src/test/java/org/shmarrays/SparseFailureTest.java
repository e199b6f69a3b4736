package org.shmarrays;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.shmarrays.layout.ElementType.FLOAT32;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.shmarrays.errors.NonFiniteValueException;
import org.shmarrays.errors.UpdateFailedException;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.Mode;
import org.shmarrays.testing.FloatUpdate;
import org.shmarrays.update.UpdateFunction;
import org.shmarrays.update.Updates;

/** What an update of rows that fails leaves behind. */
class SparseFailureTest {
    private static final long SEED = 2_906;

    @TempDir
    private Path directory;

    private Settings settings(final int partitionBytes) {
        return Settings.fromProperties().withDirectory(directory).withSlots(3).withPartitionBytes(partitionBytes);
    }

    /**
     * Adds what is pushed to the values and 1 to the state arrays, and throws at the calls of these numbers, after
     * that.
     */
    private static UpdateFunction failing(final int stateCount, final Integer... failing) {
        final AtomicInteger calls = new AtomicInteger();
        return FloatUpdate.of(stateCount, (g, gOffset, w, wOffset, state, n, step) -> {
            for (int i = 0; i < n; i++) {
                w[wOffset + i] += g[gOffset + i];
                for (int k = 0; k < stateCount; k++) {
                    state[k][wOffset + i] += 1;
                }
            }
            final int call = calls.incrementAndGet();
            if (List.of(failing).contains(call)) {
                throw new ArithmeticException("call " + call);
            }
        });
    }

    /** Four partitions of 4096 rows: those of the third are put back, and resumed with. */
    @ParameterizedTest
    @ValueSource(ints = {1, 4, 16})
    void shouldTakeBackThePartitionAndResume(final int rowLength) {
        final ArraySpec spec = ArraySpec.of("w", FLOAT32, 4 * 64, rowLength).withState(2);
        try (ShmArrays arrays = ShmArrays.create("f", List.of(spec), settings(64 * rowLength * Float.BYTES))) {
            final int first = arrays.segment().layout().array("w").firstPartition();
            final int[] rows = {200, 3, 130, 70, 3, 140};
            final float[] ones = new float[rows.length * rowLength];
            Arrays.fill(ones, 1);

            // Short rows: a call for each partition. Long ones: a call for each row, the third partition's two are 3
            // and 4.
            final int failing = rowLength < 16 ? 3 : 4;
            final UpdateFailedException failed = catchThrowableOfType(
                    UpdateFailedException.class, () -> arrays.scatterUpdate("w", rows, ones, failing(2, failing)));

            assertThat(failed)
                    .hasMessageContaining("call " + failing)
                    .hasMessageContaining("array=w")
                    .hasMessageContaining("this partition is unchanged");
            assertThat(failed.updatedPartitions()).containsExactly(first, first + 1);
            assertThat(firstOfRows(arrays, rowLength, 3, 70, 130, 140, 200)).containsExactly(2, 1, 0, 0, 0);
            assertThat(steps(arrays)).containsExactly(1, 1, 0, 0);
            assertAllEven(arrays);

            arrays.scatterAdd("w", new int[] {3}, new float[rowLength]); // another push between does no harm
            failed.resume();

            assertThat(firstOfRows(arrays, rowLength, 3, 70, 130, 140, 200)).containsExactly(2, 1, 1, 1, 1);
            assertThat(steps(arrays)).containsExactly(1, 1, 1, 1);
            final float[] state = new float[256 * rowLength];
            arrays.array("w").readStateInto(1, state);
            for (int row = 0; row < 256; row++) {
                assertThat(state[row * rowLength])
                        .as("row %d", row)
                        .isEqualTo(List.of(3, 70, 130, 140, 200).contains(row) ? 1 : 0);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 20})
    void shouldResumeALockFreePushWhereItBrokeOff(final int rowLength) {
        final ArraySpec spec =
                ArraySpec.of("w", FLOAT32, 8000, rowLength).inMode(Mode.HOGWILD).withState(1);
        try (ShmArrays arrays = ShmArrays.create("f", List.of(spec), settings(64 * 1024))) {
            final int[] rows = new int[4000];
            for (int i = 0; i < rows.length; i++) {
                rows[i] = 2 * i;
            }
            final float[] ones = new float[rows.length * rowLength];
            Arrays.fill(ones, 1);

            final UpdateFailedException failed = catchThrowableOfType(
                    UpdateFailedException.class, () -> arrays.scatterUpdate("w", rows, ones, failing(1, 3, 4)));
            assertThat(failed).hasMessageContaining("the rows of this partition before the failure are updated");
            final UpdateFailedException again = catchThrowableOfType(UpdateFailedException.class, failed::resume);
            again.resume();

            final float[] values = arrays.read().get("w");
            for (int i = 0; i < values.length; i++) {
                assertThat(values[i]).isEqualTo(i / rowLength % 2 == 0 ? 1 : 0);
            }
            assertThat(steps(arrays)).containsOnly(1);
        }
    }

    @Test
    void shouldResumeAnAtomicPushWhereItBrokeOff() {
        final ArraySpec spec = ArraySpec.of("w", FLOAT32, 100).inMode(Mode.ATOMIC);
        try (ShmArrays arrays = ShmArrays.create("f", List.of(spec), settings(1024))) {
            final UpdateFailedException failed = catchThrowableOfType(
                    UpdateFailedException.class,
                    () -> arrays.scatterUpdate("w", new int[] {9, 5, 7, 5}, new float[] {1, 2, 3, 4}, failing(0, 2)));
            assertThat(arrays.gather("w", new int[] {5, 7, 9})).containsExactly(6, 0, 0);

            failed.resume();

            assertThat(arrays.gather("w", new int[] {5, 7, 9})).containsExactly(6, 3, 1);
        }
    }

    @Test
    void shouldNotResumeAnOrderedPush() {
        final ArraySpec spec = ArraySpec.of("w", FLOAT32, 100).inMode(Mode.ORDERED);
        try (ShmArrays arrays = ShmArrays.create("f", List.of(spec), settings(1024))) {
            final UpdateFailedException failed = catchThrowableOfType(
                    UpdateFailedException.class,
                    () -> arrays.scatterUpdate("w", new int[] {9}, new float[] {1}, failing(0, 1)));

            assertThatThrownBy(failed::resume).isInstanceOf(IllegalStateException.class);
            arrays.scatterAdd("w", new int[] {9}, new float[] {1}); // in the next turn
            assertThat(arrays.gather("w", new int[] {9})).containsExactly(1);
        }
    }

    @ParameterizedTest
    @EnumSource(Mode.class)
    void shouldRefuseNumbersThatAreNotFinite(final Mode mode) {
        for (final int rowLength : new int[] {1, 20}) {
            final ArraySpec spec = ArraySpec.of("w", FLOAT32, 50, rowLength).inMode(mode);
            final Settings settings = settings(64 * 1024).withRejectNonFinite(true);
            try (ShmArrays arrays = ShmArrays.create("f", List.of(spec), settings)) {
                final float[] values = new float[3 * rowLength];
                Arrays.fill(values, 1);
                values[rowLength] = Float.NaN; // row 9
                final UpdateFailedException failed = catchThrowableOfType(
                        UpdateFailedException.class, () -> arrays.scatterAdd("w", new int[] {40, 9, 2}, values));

                final NonFiniteValueException cause = (NonFiniteValueException) failed.getCause();
                assertThat(cause.array()).isEqualTo("w");
                assertThat(cause.index()).isEqualTo(9 * rowLength);
                assertThat(arrays.gather("w", new int[] {9})).containsOnly(0);
                if (mode.isLocked()) {
                    assertThat(arrays.read().get("w")).containsOnly(0);
                }
            } finally {
                ShmArrays.remove("f", settings);
            }
        }
    }

    @Test
    void shouldRefuseStateArraysThatAreNotFinite() {
        final Settings settings = settings(64 * 1024).withRejectNonFinite(true);
        final ArraySpec spec = ArraySpec.of("w", FLOAT32, 50, 2).withState(2);
        try (ShmArrays arrays = ShmArrays.create("f", List.of(spec), settings)) {
            // 1e30 squared is infinite in float32, so Adam's second moment is.
            assertThatThrownBy(() -> arrays.scatterUpdate(
                            "w", new int[] {40, 9}, new float[] {1, 1, 1, 1e30f}, Updates.adam(0.1)))
                    .hasMessageContaining("index=19 of state array 1");
            assertThat(arrays.read().get("w")).containsOnly(0);
        }
    }

    /** Whatever rows are named, their old bytes fit into the undo area, and are put back. */
    @Test
    void shouldPutBackWhateverIsUpdated() {
        System.out.println("SparseFailureTest seed=" + SEED);
        final Random random = new Random(SEED);
        for (int round = 0; round < 120; round++) {
            final int stateCount = random.nextInt(3);
            final int rowLength = switch (random.nextInt(4)) {
                case 0 -> 1;
                case 1 -> 1 + random.nextInt(20);
                case 2 -> 2049 + random.nextInt(3);
                default -> 1 + random.nextInt(6000);
            };
            final int rowCount = Math.max(1, (1 << 4 + random.nextInt(13)) / rowLength);
            final int partitionBytes = random.nextBoolean() ? 0 : 1024 << random.nextInt(9);
            final ArraySpec spec =
                    ArraySpec.of("w", FLOAT32, rowCount, rowLength).withState(stateCount);
            final Settings settings = settings(partitionBytes);
            try (ShmArrays arrays = ShmArrays.create("u", List.of(spec), settings)) {
                final int named = random.nextInt(2 * rowCount + 1);
                final boolean all = random.nextBoolean();
                final int[] rows = all
                        ? java.util.stream.IntStream.range(0, rowCount).toArray()
                        : random.ints(named, 0, rowCount).toArray();
                final float[] ones = new float[rows.length * rowLength];
                Arrays.fill(ones, 1);
                final String what = "round " + round + ", " + spec + ", rows=" + rows.length;

                arrays.scatterUpdate("w", rows, ones, failing(stateCount));
                final float[] once = arrays.read().get("w");
                assertThat(once).as(what).isEqualTo(counts(rows, rowCount, rowLength, 1));

                final int failing = 1 + random.nextInt(4);
                try {
                    arrays.scatterUpdate("w", rows, ones, failing(stateCount, failing));
                } catch (final UpdateFailedException failed) {
                    assertUpdated(arrays, failed.updatedPartitions(), once, what);
                    failed.resume();
                }
                assertThat(arrays.read().get("w")).as(what).isEqualTo(counts(rows, rowCount, rowLength, 2));
                for (int state = 0; state < stateCount; state++) {
                    final float[] stateArray = new float[once.length];
                    arrays.array("w").readStateInto(state, stateArray);
                    for (int i = 0; i < stateArray.length; i++) {
                        assertThat(stateArray[i]).as(what).isEqualTo(once[i] > 0 ? 2 : 0);
                    }
                }
                assertAllEven(arrays);
            } finally {
                ShmArrays.remove("u", settings);
            }
        }
    }

    private static float[] counts(final int[] rows, final int rowCount, final int rowLength, final int times) {
        final float[] counts = new float[rowCount * rowLength];
        for (final int row : rows) {
            for (int j = 0; j < rowLength; j++) {
                counts[row * rowLength + j] += times;
            }
        }
        return counts;
    }

    /** The partitions that are updated have everything twice, the others once. */
    private static void assertUpdated(
            final ShmArrays arrays, final List<Integer> updated, final float[] once, final String what) {
        final float[] values = arrays.read().get("w");
        final var layout = arrays.segment().layout();
        final var array = layout.array("w");
        for (int p = array.firstPartition(); p < array.partitionsEnd(); p++) {
            final var partition = layout.partitions().get(p);
            for (int i = Math.max(0, (partition.offset() - array.offset()) / 4);
                    i < Math.min(values.length, (partition.end() - array.offset()) / 4);
                    i++) {
                assertThat(values[i]).as(what).isEqualTo(updated.contains(p) ? 2 * once[i] : once[i]);
            }
        }
    }

    private static float[] firstOfRows(final ShmArrays arrays, final int rowLength, final int... rows) {
        final float[] values = arrays.gather("w", rows);
        final float[] first = new float[rows.length];
        for (int i = 0; i < rows.length; i++) {
            first[i] = values[i * rowLength];
        }
        return first;
    }

    private static long[] steps(final ShmArrays arrays) {
        final long[] steps = new long[arrays.segment().layout().pieceCount()];
        for (int piece = 0; piece < steps.length; piece++) {
            steps[piece] = arrays.segment().steps().stepsAcquire(piece);
        }
        return steps;
    }

    private static void assertAllEven(final ShmArrays arrays) {
        for (int p = 0; p < arrays.segment().layout().partitions().size(); p++) {
            assertThat(arrays.segment().partitions().versionPlain(p) & 1).isZero();
        }
    }
}
