package org.shmarrays;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.offset;
import static org.shmarrays.layout.ElementType.FLOAT32;
import static org.shmarrays.layout.ElementType.FLOAT64;

import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.shmarrays.internal.layout.SlotAccessTable;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.Mode;
import org.shmarrays.testing.Carriers;
import org.shmarrays.update.UpdateFunction;
import org.shmarrays.update.Updates;

/** An update of rows has the state arrays, steps, locks and counts of what it touches alone, and of nothing else. */
class SparseUpdateTest {
    private SmallPartitions segment;

    @BeforeEach
    void choose(@TempDir final Path directory) {
        segment = new SmallPartitions(directory);
    }

    /** With momentum 0.5 and rate 1: m = 0.5 m + g, w = w - m. */
    @ParameterizedTest
    @EnumSource(
            value = Mode.class,
            names = {"HOGWILD", "LOCKED", "ORDERED"})
    void shouldUpdateStateArraysOfTheNamedRowsOnly(final Mode mode) {
        for (final int rowLength : new int[] {1, 2, 20}) {
            try (ShmArrays arrays = segment.create(
                    ArraySpec.of("w", FLOAT32, 3, rowLength).inMode(mode).withState(1))) {
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
                segment.remove();
            }
        }
    }

    /**
     * Lazy Adam by hand, rate 0.1: the row that is touched in the second push of its piece for the first time has t =
     * 2. m = 0.1 g, v = 0.001 g², so it steps by 0.1 (0.1 / (1 - 0.9²)) / sqrt(0.001 / (1 - 0.999²)), which is 0.0744.
     */
    @Test
    void shouldCountStepsByPiece() {
        try (ShmArrays arrays = segment.create(ArraySpec.of("w", FLOAT64, 3).withState(2))) {
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
        try (ShmArrays arrays = segment.create(ArraySpec.of("w", FLOAT32, 2048).withState(2))) {
            final int first = arrays.segment().layout().array("w").firstPartition();
            arrays.scatterUpdate("w", new int[] {300, 511, 1024}, new float[] {1, 1, 1}, Updates.adam(0.1));

            final long[] steps = new long[8];
            final long[] updates = new long[8];
            for (int p = 0; p < 8; p++) {
                steps[p] = arrays.segment().steps().stepsPlain(p);
                updates[p] = arrays.segment().partitions().versionPlain(first + p) / 2;
            }
            assertThat(steps).containsExactly(0, 1, 0, 0, 1, 0, 0, 0);
            assertThat(updates).containsExactly(0, 1, 0, 0, 1, 0, 0, 0);
        }
    }

    @Test
    void shouldCountOnePushAndOneReadWithTheBytesOfTheirRows() {
        try (ShmArrays arrays = segment.create(ArraySpec.of("w", FLOAT32, 100, 4))) {
            arrays.scatterAdd("w", new int[] {3, 90, 3}, new float[12]);
            arrays.gather("w", new int[] {3});

            final SlotAccessTable accesses = arrays.segment().slotAccesses();
            assertThat(accesses.updates(arrays.slotId())).isEqualTo(1);
            assertThat(accesses.updateBytes(arrays.slotId())).isEqualTo(3 * 4 * 4);
            assertThat(accesses.reads(arrays.slotId())).isEqualTo(1);
            assertThat(accesses.readBytes(arrays.slotId())).isEqualTo(4 * 4);
            final var array = arrays.status().array("w");
            assertThat(array.updates()).isEqualTo(1);
        }
    }

    /** A function that changes the buffer while it is pushed finds out when it is read. */
    @ParameterizedTest
    @EnumSource(Mode.class)
    void shouldReadShortRowsOfABufferOnceForAllPartitions(final Mode mode) {
        final int rows = 512;
        final int[] all = IntStream.range(0, rows).toArray();
        final FloatBuffer pushed = FloatBuffer.allocate(rows * 3);
        try (ShmArrays arrays =
                segment.create(ArraySpec.of("w", FLOAT32, rows, 3).inMode(mode))) {
            assertThat(arrays.segment().layout().partitions()).hasSizeGreaterThan(5);
            for (int i = 0; i < rows * 3; i++) {
                pushed.put(i, i);
            }

            arrays.scatterUpdate(
                    "w",
                    all,
                    pushed,
                    UpdateFunction.of(
                            (final float[] g, final int gOffset, final float[] w, final int wOffset, final int n) -> {
                                for (int i = 0; i < n; i++) {
                                    w[wOffset + i] += g[gOffset + i];
                                }
                                for (int i = 0; i < rows * 3; i++) {
                                    pushed.put(i, -1);
                                }
                            },
                            float[].class));

            final float[] values = arrays.read().get("w");
            for (int i = 0; i < values.length; i++) {
                assertThat(values[i]).isEqualTo(i);
            }
        }
    }
}
