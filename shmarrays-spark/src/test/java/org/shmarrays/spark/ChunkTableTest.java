package org.shmarrays.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.ElementType;
import org.shmarrays.spark.ChunkValues.Floats;

class ChunkTableTest {
    private static final int CHUNK = 1 << 16;

    private final ChunkTable table = new ChunkTable(List.of(
            ArraySpec.of("a", ElementType.FLOAT32, 2, CHUNK),
            ArraySpec.of("n", ElementType.INT64, 5),
            ArraySpec.of("b", ElementType.FLOAT64, 3),
            ArraySpec.of("c", ElementType.BFLOAT16, CHUNK + 1)));

    @Test
    void shouldCutFloatingPointArraysIntoChunks() {
        assertThat(table.arrayCount()).isEqualTo(3);
        assertThat(table.chunkCount()).isEqualTo(5);
        assertThat(List.of(table.array(0), table.array(1), table.array(2), table.array(3), table.array(4)))
                .containsExactly(0, 0, 1, 2, 2);
        assertThat(table.first(1)).isEqualTo(CHUNK);
        assertThat(table.count(1)).isEqualTo(CHUNK);
        assertThat(table.count(2)).isEqualTo(3);
        assertThat(table.count(4)).isEqualTo(1);
        assertThat(table.isDouble(1)).isTrue();
        assertThat(table.lengthBytes()).isEqualTo(4L * 2 * CHUNK + 8 * 3 + 4L * (CHUNK + 1));
    }

    @Test
    void shouldBringEachChunkToItsPlace() {
        final Object[] from = table.newCarriers();
        for (int array = 0; array < from.length; array++) {
            for (int i = 0; i < table.elementCount(array); i++) {
                set(from[array], i, array * 1_000_000 + i);
            }
        }
        final Object[] to = table.newCarriers();

        for (int chunk = table.chunkCount() - 1; chunk >= 0; chunk--) {
            table.copyInto(to, chunk, table.values(from, chunk));
        }

        assertThat(Arrays.deepEquals(to, from)).isTrue();
    }

    private static void set(final Object array, final int index, final double value) {
        if (array instanceof double[] doubles) {
            doubles[index] = value;
        } else {
            ((float[]) array)[index] = (float) value;
        }
    }

    @Test
    void shouldRefuseAChunkOfAnotherTable() {
        assertThatIllegalStateException()
                .isThrownBy(() -> table.copyInto(table.newCarriers(), 2, new Floats(new float[4])))
                .withMessageContaining("elements=4, expected=3");
    }

    @Test
    void shouldHaveAtMostSomeThousandChunks() {
        final ChunkTable large = new ChunkTable(List.of(ArraySpec.of("a", ElementType.FLOAT32, 500_000_000)));

        assertThat(large.chunkCount()).isBetween(4000, 4096);
        assertThat(large.first(large.chunkCount() - 1) + large.count(large.chunkCount() - 1))
                .isEqualTo(500_000_000);
    }

    @Test
    void shouldRefuseArraysOfIntegersAlone() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new ChunkTable(List.of(ArraySpec.of("n", ElementType.INT32, 5))));
    }
}
