package org.shmarrays;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.atIndex;
import static org.shmarrays.layout.ElementType.FLOAT32;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.shmarrays.layout.AliasSpec;
import org.shmarrays.layout.ArrayOrder;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.ElementType;
import org.shmarrays.layout.Mode;
import org.shmarrays.testing.Carriers;
import org.shmarrays.update.UpdateFunction;
import org.shmarrays.update.Updates;

/** Rows are read, added to and updated one by one. */
class SparseRowsTest {
    private SmallPartitions segment;

    @BeforeEach
    void choose(@TempDir final Path directory) {
        segment = new SmallPartitions(directory);
    }

    @ParameterizedTest
    @EnumSource(Mode.class)
    void shouldAddToTheNamedRowsOnly(final Mode mode) {
        try (ShmArrays arrays = segment.create(ArraySpec.of("w", FLOAT32, 4, 3).inMode(mode))) {
            arrays.scatterAdd("w", new int[] {2, 0}, new float[] {1, 2, 3, 10, 20, 30});
            arrays.scatterAdd("w", new int[] {2}, new float[] {0.5f, 0, 0});

            assertThat(arrays.read().get("w")).containsExactly(10, 20, 30, 0, 0, 0, 1.5f, 2, 3, 0, 0, 0);
            assertThat(arrays.gather("w", new int[] {2, 3, 2})).containsExactly(1.5f, 2, 3, 0, 0, 0, 1.5f, 2, 3);
        }
    }

    @ParameterizedTest
    @EnumSource(Mode.class)
    void shouldAddUpRowsThatAreNamedTwice(final Mode mode) {
        try (ShmArrays arrays = segment.create(ArraySpec.of("short", FLOAT32, 4, 2)
                .inMode(mode)
                .withAlias(new AliasSpec("all", 0, ArrayOrder.C, 8)))) {
            arrays.scatterAdd("short", new int[] {1, 3, 1, 1}, new float[] {1, 2, 3, 4, 5, 6, 7, 8});
            assertThat(arrays.read().get("short")).containsExactly(0, 0, 13, 16, 0, 0, 3, 4);

            arrays.scatterAdd("all", new int[] {7, 0, 7}, new float[] {1, 2, 3});
            assertThat(arrays.read().get("short")).containsExactly(2, 0, 13, 16, 0, 0, 3, 8);
        }
    }

    /** All types, short and long rows, arrays of one and of many partitions: 1 for each time that a row is named. */
    @ParameterizedTest
    @EnumSource(Mode.class)
    void shouldCountHowOftenEachRowIsNamed(final Mode mode) {
        for (final ElementType type : ElementType.values()) {
            for (final int rowLength : new int[] {1, 3, 15, 16, 40, 700}) {
                final int rowCount = 5000 / rowLength;
                final ArraySpec spec =
                        ArraySpec.of("w", type, rowCount, rowLength).inMode(mode);
                try (ShmArrays arrays = segment.create(spec)) {
                    final int[] rows = new int[300];
                    final int[] named = new int[rowCount];
                    for (int i = 0; i < rows.length; i++) {
                        rows[i] = (i * i * 7 + i) % rowCount;
                        named[rows[i]]++;
                    }
                    arrays.scatterAdd("w", rows, Carriers.filled(type, rows.length * rowLength, 1));

                    final Object all = arrays.read(Object.class).get("w");
                    final Object gathered = arrays.gather("w", rows, Object.class);
                    for (int i = 0; i < rowCount * rowLength; i++) {
                        assertThat(Carriers.get(all, i)).as("%s %d", spec, i).isEqualTo(named[i / rowLength]);
                    }
                    for (int i = 0; i < rows.length * rowLength; i++) {
                        assertThat(Carriers.get(gathered, i))
                                .as("%s %d", spec, i)
                                .isEqualTo(named[rows[i / rowLength]]);
                    }
                } finally {
                    segment.remove();
                }
            }
        }
    }

    /** 300 floats a row, and 256 floats a partition: row 1 lies in two partitions, row 2 in three. */
    @ParameterizedTest
    @EnumSource(Mode.class)
    void shouldUpdateRowsThatReachOverPartitions(final Mode mode) {
        final ArraySpec spec =
                ArraySpec.of("w", FLOAT32, 5, 300).inMode(mode).withState(mode.comparesAndSets() ? 0 : 1);
        try (ShmArrays arrays = segment.create(spec)) {
            final float[] values = new float[900];
            for (int i = 0; i < values.length; i++) {
                values[i] = i;
            }
            arrays.scatterAdd("w", new int[] {1, 2, 1}, values);

            final float[] all = arrays.read().get("w");
            for (int j = 0; j < 300; j++) {
                assertThat(all[j]).isZero();
                assertThat(all[300 + j]).isEqualTo(j + (600 + j));
                assertThat(all[600 + j]).isEqualTo(300 + j);
                assertThat(all[900 + j]).isZero();
            }
            assertThat(arrays.gather("w", new int[] {2, 1}))
                    .startsWith(300, 301)
                    .endsWith(299 + 899);
            if (!mode.comparesAndSets()) {
                arrays.scatterUpdate("w", new int[] {2}, new float[300], Updates.momentum(1, 0.5));
                assertThat(arrays.gather("w", new int[] {2})).startsWith(300, 301);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Mode.class)
    void shouldTakeBuffersAndPartsOfThem(final Mode mode) {
        for (final int rowLength : new int[] {2, 20}) {
            try (ShmArrays arrays =
                    segment.create(ArraySpec.of("w", FLOAT32, 3000, rowLength).inMode(mode))) {
                final ArrayHandle w = arrays.array("w");
                final int[] rows = new int[1500];
                for (int i = 0; i < rows.length; i++) {
                    rows[i] = 2999 - 2 * i; // 2999, 2997, … 1
                }
                rows[1200] = 2999;
                final FloatBuffer values = ByteBuffer.allocateDirect(4 * rows.length * rowLength)
                        .order(ByteOrder.nativeOrder())
                        .asFloatBuffer();
                for (int i = 0; i < values.capacity(); i++) {
                    values.put(i, i / rowLength);
                }
                // Of these, 1,201 rows: row 2999 gets 0 + 1200, row 2999 - 2 i gets i.
                w.scatterUpdate(rows, 1201, values, Updates.add(), null);

                assertThat(arrays.gather("w", new int[] {2999, 2997, 601, 599, 597}))
                        .containsOnly(1200, 1, 1199, 0)
                        .contains(1200, atIndex(0))
                        .contains(1, atIndex(rowLength))
                        .contains(1199, atIndex(2 * rowLength));
                final FloatBuffer into = FloatBuffer.allocate(rows.length * rowLength);
                w.gather(rows, 1200, into);
                assertThat(into.get(1199 * rowLength)).isEqualTo(1199);
                assertThat(into.get(1200 * rowLength)).isZero();
            } finally {
                segment.remove();
            }
        }
    }

    @Test
    void shouldChooseBetweenTheLockFreeModesByCall() {
        try (ShmArrays arrays =
                segment.create(ArraySpec.of("h", FLOAT32, 8).inMode(Mode.HOGWILD), ArraySpec.of("l", FLOAT32, 8))) {
            arrays.scatterAdd("h", new int[] {5}, new float[] {2}, Mode.ATOMIC);

            assertThat(arrays.gather("h", new int[] {5})).containsExactly(2);
            assertThatThrownBy(() -> arrays.scatterAdd("l", new int[] {5}, new float[] {2}, Mode.ATOMIC))
                    .hasMessageContaining("the array was not created for this mode");
        }
    }

    @Test
    void shouldGatherThroughReadOnlyHandles() {
        try (ShmArrays arrays = segment.create(
                        ArraySpec.of("l", FLOAT32, 500, 3),
                        ArraySpec.of("h", FLOAT32, 500, 3).inMode(Mode.HOGWILD));
                ShmArrays readOnly = ShmArrays.attachReadOnly("s", segment.settings())) {
            for (final String name : List.of("l", "h")) {
                arrays.scatterAdd(name, new int[] {499}, new float[] {1, 2, 3});

                assertThat(readOnly.gather(name, new int[] {499, 498})).containsExactly(1, 2, 3, 0, 0, 0);
                assertThatThrownBy(() -> readOnly.scatterAdd(name, new int[] {1}, new float[3]))
                        .hasMessageContaining("attached read-only");
            }
        }
    }

    @Test
    void shouldReadWhatTheOwnLastTurnLeft() {
        try (ShmArrays arrays =
                segment.create(ArraySpec.of("w", FLOAT32, 500, 2).inMode(Mode.ORDERED))) {
            arrays.scatterAdd("w", new int[] {400}, new float[] {1, 2});
            assertThat(arrays.gather("w", new int[] {400, 0})).containsExactly(1, 2, 0, 0);
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Mode.class,
            names = {"HOGWILD", "ATOMIC", "LOCKED"})
    void shouldAllocateNothingThroughAHandle(final Mode mode) {
        final int state = mode.comparesAndSets() ? 0 : 2;
        for (final int rowLength : new int[] {1, 20}) {
            try (ShmArrays arrays = segment.create(
                    ArraySpec.of("w", FLOAT32, 300, rowLength).inMode(mode).withState(state))) {
                final ArrayHandle w = arrays.array("w");
                final int[] rows = {299, 4, 150, 4};
                final float[] values = new float[rows.length * rowLength];
                final UpdateFunction function = state == 0 ? Updates.ema(0.1) : Updates.adam(0.1);
                Allocations.assertNone(() -> {
                    w.gather(rows, values);
                    w.scatterAdd(rows, 3, values);
                    w.scatterUpdate(rows, values, function);
                });
            } finally {
                segment.remove();
            }
        }
    }
}
