package org.shmarrays;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.offset;
import static org.shmarrays.layout.ElementType.FLOAT32;
import static org.shmarrays.layout.ElementType.FLOAT64;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.shmarrays.layout.AliasSpec;
import org.shmarrays.layout.ArrayOrder;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.ElementType;
import org.shmarrays.layout.Mode;
import org.shmarrays.layout.PartitionDescriptor;
import org.shmarrays.layout.SlotDescriptor;
import org.shmarrays.status.SegmentStatus;
import org.shmarrays.testing.Carriers;
import org.shmarrays.update.UpdateFunction;
import org.shmarrays.update.Updates;

/** Rows are read, added to and updated one by one. */
class SparseRowsTest {
    @TempDir
    private Path directory;

    private Settings settings() {
        return Settings.fromProperties().withDirectory(directory).withSlots(3).withPartitionBytes(1024);
    }

    private ShmArrays create(final ArraySpec... specs) {
        return ShmArrays.create("s", List.of(specs), settings());
    }

    @ParameterizedTest
    @EnumSource(Mode.class)
    void shouldAddToTheNamedRowsOnly(final Mode mode) {
        try (ShmArrays arrays = create(ArraySpec.of("w", FLOAT32, 4, 3).inMode(mode))) {
            arrays.scatterAdd("w", new int[] {2, 0}, new float[] {1, 2, 3, 10, 20, 30});
            arrays.scatterAdd("w", new int[] {2}, new float[] {0.5f, 0, 0});

            assertThat(arrays.read().get("w")).containsExactly(10, 20, 30, 0, 0, 0, 1.5f, 2, 3, 0, 0, 0);
            assertThat(arrays.gather("w", new int[] {2, 3, 2})).containsExactly(1.5f, 2, 3, 0, 0, 0, 1.5f, 2, 3);
        }
    }

    @ParameterizedTest
    @EnumSource(Mode.class)
    void shouldAddUpRowsThatAreNamedTwice(final Mode mode) {
        try (ShmArrays arrays = create(ArraySpec.of("short", FLOAT32, 4, 2)
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
                try (ShmArrays arrays = create(spec)) {
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
                    ShmArrays.remove("s", settings());
                }
            }
        }
    }

    /** 300 floats a row, and 256 floats a partition: row 1 lies in two partitions, row 2 in three. */
    @ParameterizedTest
    @EnumSource(Mode.class)
    void shouldUpdateRowsThatReachOverPartitions(final Mode mode) {
        final ArraySpec spec = ArraySpec.of("w", FLOAT32, 5, 300).inMode(mode).withState(mode == Mode.ATOMIC ? 0 : 1);
        try (ShmArrays arrays = create(spec)) {
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
            if (mode != Mode.ATOMIC) {
                arrays.scatterUpdate("w", new int[] {2}, new float[300], Updates.momentum(1, 0.5));
                assertThat(arrays.gather("w", new int[] {2})).startsWith(300, 301);
            }
        }
    }

    /** With momentum 0.5 and rate 1: m = 0.5 m + g, w = w - m. */
    @ParameterizedTest
    @EnumSource(
            value = Mode.class,
            names = {"HOGWILD", "LOCKED", "ORDERED"})
    void shouldUpdateCompanionsOfTheNamedRowsOnly(final Mode mode) {
        for (final int rowLength : new int[] {1, 2, 20}) {
            try (ShmArrays arrays =
                    create(ArraySpec.of("w", FLOAT32, 3, rowLength).inMode(mode).withState(1))) {
                final ArrayHandle w = arrays.array("w");
                final float[] ones = (float[]) Carriers.filled(FLOAT32, rowLength, 1);
                w.scatterUpdate(new int[] {1}, ones, Updates.momentum(1, 0.5));
                w.scatterUpdate(new int[] {2}, ones, Updates.momentum(1, 0.5));
                // Named twice: one step with the gradient 2, not two steps with 1. m = 0.5 + 2, w = -1 - 2.5.
                w.scatterUpdate(
                        new int[] {1, 1},
                        (float[]) Carriers.filled(FLOAT32, 2 * rowLength, 1),
                        Updates.momentum(1, 0.5));

                final float[] m = new float[3 * rowLength];
                w.readStateInto(0, m);
                final float[] values = arrays.read().get("w");
                for (int j = 0; j < rowLength; j++) {
                    assertThat(List.of(m[j], m[rowLength + j], m[2 * rowLength + j]))
                            .containsExactly(0f, 2.5f, 1f);
                    assertThat(List.of(values[j], values[rowLength + j], values[2 * rowLength + j]))
                            .containsExactly(0f, -3.5f, -1f);
                }
            } finally {
                ShmArrays.remove("s", settings());
            }
        }
    }

    /**
     * Lazy Adam by hand, rate 0.1: the row that is touched in the second push of its piece for the first time has t = 2.
     * m = 0.1 g, v = 0.001 g², so it steps by 0.1 (0.1 / (1 - 0.9²)) / sqrt(0.001 / (1 - 0.999²)), which is 0.0744.
     */
    @Test
    void shouldCountStepsByPiece() {
        try (ShmArrays arrays = create(ArraySpec.of("w", FLOAT64, 3).withState(2))) {
            arrays.scatterUpdate("w", new int[] {0}, new double[] {7}, Updates.adam(0.1));
            arrays.scatterUpdate("w", new int[] {1}, new double[] {7}, Updates.adam(0.1));

            final double[] w = (double[]) arrays.read(Object.class).get("w");
            assertThat(w[0]).isCloseTo(-0.1, offset(1e-8));
            final double t2 = 0.1 * (0.1 / (1 - 0.81)) / Math.sqrt(0.001 / (1 - 0.999 * 0.999));
            assertThat(w[1]).isCloseTo(-t2, offset(1e-8));
            assertThat(t2).isCloseTo(0.0744, offset(1e-4));
            assertThat(w[2]).isZero();
        }
    }

    @Test
    void shouldLockAndStepTheTouchedPartitionsOnly() {
        // 8 partitions of 256 floats.
        try (ShmArrays arrays = create(ArraySpec.of("w", FLOAT32, 2048).withState(2))) {
            final int first = arrays.segment().layout().array("w").firstPartition();
            arrays.scatterUpdate("w", new int[] {300, 511, 1024}, new float[] {1, 1, 1}, Updates.adam(0.1));

            final long[] steps = new long[8];
            final long[] updates = new long[8];
            final var control = arrays.segment().control();
            for (int p = 0; p < 8; p++) {
                steps[p] = control.getLong(arrays.segment().controlLayout().step(p));
                updates[p] = PartitionDescriptor.versionPlain(
                                control, arrays.segment().controlLayout().partition(first + p))
                        / 2;
            }
            assertThat(steps).containsExactly(0, 1, 0, 0, 1, 0, 0, 0);
            assertThat(updates).containsExactly(0, 1, 0, 0, 1, 0, 0, 0);
        }
    }

    @Test
    void shouldCountOnePushAndOneReadWithTheBytesOfTheirRows() {
        try (ShmArrays arrays = create(ArraySpec.of("w", FLOAT32, 100, 4))) {
            arrays.scatterAdd("w", new int[] {3, 90, 3}, new float[12]);
            arrays.gather("w", new int[] {3});

            final var control = arrays.segment().control();
            final int slot = arrays.segment().controlLayout().slot(arrays.slotId());
            assertThat(SlotDescriptor.updates(control, slot)).isEqualTo(1);
            assertThat(SlotDescriptor.updateBytes(control, slot)).isEqualTo(3 * 4 * 4);
            assertThat(SlotDescriptor.reads(control, slot)).isEqualTo(1);
            assertThat(SlotDescriptor.readBytes(control, slot)).isEqualTo(4 * 4);
            final var array = new SegmentStatus(arrays.segment()).array("w");
            assertThat(array.updates()).isEqualTo(1);
        }
    }

    @ParameterizedTest
    @EnumSource(Mode.class)
    void shouldTakeBuffersAndPartsOfThem(final Mode mode) {
        for (final int rowLength : new int[] {2, 20}) {
            try (ShmArrays arrays =
                    create(ArraySpec.of("w", FLOAT32, 3000, rowLength).inMode(mode))) {
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
                        .contains(1200, org.assertj.core.data.Index.atIndex(0))
                        .contains(1, org.assertj.core.data.Index.atIndex(rowLength))
                        .contains(1199, org.assertj.core.data.Index.atIndex(2 * rowLength));
                final FloatBuffer into = FloatBuffer.allocate(rows.length * rowLength);
                w.gather(rows, 1200, into);
                assertThat(into.get(1199 * rowLength)).isEqualTo(1199);
                assertThat(into.get(1200 * rowLength)).isZero();
            } finally {
                ShmArrays.remove("s", settings());
            }
        }
    }

    @Test
    void shouldChooseBetweenTheLockFreeModesByCall() {
        try (ShmArrays arrays =
                create(ArraySpec.of("h", FLOAT32, 8).inMode(Mode.HOGWILD), ArraySpec.of("l", FLOAT32, 8))) {
            arrays.scatterAdd("h", new int[] {5}, new float[] {2}, Mode.ATOMIC);

            assertThat(arrays.gather("h", new int[] {5})).containsExactly(2);
            assertThatThrownBy(() -> arrays.scatterAdd("l", new int[] {5}, new float[] {2}, Mode.ATOMIC))
                    .hasMessageContaining("the array was not created for this mode");
        }
    }

    @Test
    void shouldRefuseStateInAtomicMode() {
        try (ShmArrays arrays =
                create(ArraySpec.of("w", FLOAT32, 8).inMode(Mode.ATOMIC).withState(2))) {
            assertThatThrownBy(() -> arrays.scatterUpdate("w", new int[] {5}, new float[] {2}, Updates.adam(0.1)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("ATOMIC takes functions of one value only");
            arrays.scatterUpdate("w", new int[] {5, 5}, new float[] {2, 4}, Updates.ema(0.5));
            assertThat(arrays.gather("w", new int[] {5})).containsExactly(3); // 0.5 (2 + 4) + 0.5 * 0
        }
    }

    @ParameterizedTest
    @EnumSource(Mode.class)
    void shouldRefuseBadRowsBeforeAnythingIsWritten(final Mode mode) {
        try (ShmArrays arrays = create(ArraySpec.of("w", FLOAT32, 4, 3).inMode(mode))) {
            final int[] bad = {0, -1, 1, 4, Integer.MIN_VALUE, Integer.MAX_VALUE, 9, 10};
            assertThatThrownBy(() -> arrays.scatterAdd("w", bad, new float[24]))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("rows out of range: name=w, segment=s, shape=[4, 3], rows are 0 to 3, bad=6 of 8: "
                            + "rows[1]=-1, rows[3]=4, rows[4]=-2147483648, rows[5]=2147483647, rows[6]=9, …; "
                            + "nothing was read or written");
            assertThatThrownBy(() -> arrays.gather("w", new int[] {4})).hasMessageContaining("rows[0]=4");
            assertThatThrownBy(() -> arrays.scatterAdd("w", new int[] {1, 2}, new float[5]))
                    .hasMessageContaining("the operand has the wrong length: name=w, shape=[4, 3], rows=2, "
                            + "expected=6 elements, given=5");
            assertThatThrownBy(() -> arrays.array("w").scatterAdd(new int[] {1}, 2, new float[6]))
                    .hasMessageContaining("the number of rows is out of range: name=w, rows=2, given=1");
            assertThatThrownBy(() -> arrays.array("w").scatterAdd(new int[] {1, 2}, 2, new float[5]))
                    .hasMessageContaining("wrong length");
            assertThatThrownBy(() -> arrays.scatterAdd("w", null, new float[5])).hasMessageContaining("null: name=w");
            assertThatThrownBy(() -> arrays.gather("w", null)).hasMessageContaining("the rows are null: name=w");
            assertThatThrownBy(() -> arrays.scatterAdd("w", new int[1], null)).hasMessageContaining("is null: name=w");
            assertThatThrownBy(() -> arrays.scatterAdd("w", new int[1], new double[3]))
                    .hasMessageContaining("the operand has the wrong type: name=w");
            assertThat(arrays.read().get("w")).containsOnly(0);

            arrays.scatterAdd("w", new int[0], new float[0]);
            assertThat(arrays.gather("w", new int[0])).isEmpty();
        }
    }

    @Test
    void shouldRefuseArraysWhoseRowsDoNotLieSideBySide() {
        try (ShmArrays arrays = create(
                ArraySpec.of("f", FLOAT32, 4, 3)
                        .inOrder(ArrayOrder.F)
                        .withAlias(new AliasSpec("c", 3, ArrayOrder.C, 3, 2)),
                ArraySpec.of("line", FLOAT32, 4).inOrder(ArrayOrder.F),
                ArraySpec.of("scalar", FLOAT32))) {
            assertThatThrownBy(() -> arrays.gather("f", new int[] {0}))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("name=f")
                    .hasMessageContaining("order=F; create the array in order C");
            assertThatThrownBy(() -> arrays.scatterAdd("scalar", new int[] {0}, new float[1]))
                    .hasMessageContaining("a scalar has no rows: name=scalar");

            arrays.scatterAdd("line", new int[] {3}, new float[] {1});
            assertThat(arrays.read().get("line")).containsExactly(0, 0, 0, 1);
            arrays.scatterAdd("c", new int[] {2}, new float[] {1, 2}); // elements 3 + 4 and 3 + 5
            assertThat(arrays.read().get("f")).containsExactly(0, 0, 0, 0, 0, 0, 0, 1, 2, 0, 0, 0);
            assertThat(arrays.gather("c", new int[] {2, 0})).containsExactly(1, 2, 0, 0);
        }
    }

    @Test
    void shouldGatherThroughReadOnlyHandles() {
        try (ShmArrays arrays = create(
                        ArraySpec.of("l", FLOAT32, 500, 3),
                        ArraySpec.of("h", FLOAT32, 500, 3).inMode(Mode.HOGWILD));
                ShmArrays readOnly = ShmArrays.attachReadOnly("s", settings())) {
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
        try (ShmArrays arrays = create(ArraySpec.of("w", FLOAT32, 500, 2).inMode(Mode.ORDERED))) {
            arrays.scatterAdd("w", new int[] {400}, new float[] {1, 2});
            assertThat(arrays.gather("w", new int[] {400, 0})).containsExactly(1, 2, 0, 0);
        }
    }

    @Test
    void shouldHaveATurnPushAllOrderedArrays() {
        try (ShmArrays arrays = create(
                ArraySpec.of("w", FLOAT32, 5, 2).inMode(Mode.ORDERED),
                ArraySpec.of("v", FLOAT32, 5).inMode(Mode.ORDERED))) {
            assertThatThrownBy(() -> arrays.scatterAdd("w", new int[] {4}, new float[] {1, 2}))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("a turn must push every ORDERED array")
                    .hasMessageContaining("missing=v");
            arrays.skip();
            arrays.update(Map.of("w", new float[10], "v", new float[5]), Updates.add());
            assertThat(arrays.read().get("w")).containsOnly(0);
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Mode.class,
            names = {"HOGWILD", "ATOMIC", "LOCKED"})
    void shouldAllocateNothingThroughAHandle(final Mode mode) {
        final int state = mode == Mode.ATOMIC ? 0 : 2;
        for (final int rowLength : new int[] {1, 20}) {
            try (ShmArrays arrays = create(
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
                ShmArrays.remove("s", settings());
            }
        }
    }

    @Test
    void shouldRefuseToBeCalledInsideAnUpdateFunction() {
        try (ShmArrays arrays = create(ArraySpec.of("w", FLOAT32, 5))) {
            assertThatThrownBy(() -> arrays.updateElementwise(
                            Map.of("w", new float[5]),
                            (g, gOffset, w, wOffset, n) -> arrays.gather("w", new int[] {0})))
                    .hasRootCauseInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("called from inside an update function");
        }
    }
}
