package org.shmarrays.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.shmarrays.layout.ArrayOrder;
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
    void shouldCutSparseArraysBetweenRows() {
        final ChunkTable sparse = new ChunkTable(
                List.of(
                        ArraySpec.of("dense", ElementType.FLOAT32, 300, 300),
                        ArraySpec.of("e", ElementType.FLOAT32, 300, 3, 100),
                        ArraySpec.of("long", ElementType.FLOAT64, 3, CHUNK + 1),
                        ArraySpec.of("w", ElementType.FLOAT32, CHUNK + 1).inOrder(ArrayOrder.F)),
                Set.of("e", "long", "w"));

        assertThat(IntStream.range(0, sparse.chunkCount()).map(sparse::count))
                .containsExactly(
                        CHUNK, 300 * 300 - CHUNK, 218 * 300, 82 * 300, CHUNK + 1, CHUNK + 1, CHUNK + 1, CHUNK, 1);
        assertThat(sparse.first(3)).isEqualTo(218 * 300);
        assertThat(sparse.first(6)).isEqualTo(2 * (CHUNK + 1));
        assertThat(IntStream.range(0, 4).mapToObj(sparse::isSparse)).containsExactly(false, true, true, true);
    }

    @Test
    void shouldRefuseSparseArraysWithoutRows() {
        final List<ArraySpec> specs = List.of(
                ArraySpec.of("columns", ElementType.FLOAT32, 2, 3).inOrder(ArrayOrder.F),
                ArraySpec.of("scalar", ElementType.FLOAT32),
                ArraySpec.of("n", ElementType.INT32, 5));

        for (final String name : List.of("columns", "scalar", "n", "missing")) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> new ChunkTable(specs, Set.of(name)))
                    .withMessageStartingWith("a sparse array ")
                    .withMessageContaining(name);
        }
    }

    @Test
    void shouldRefuseArraysOfIntegersAlone() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new ChunkTable(List.of(ArraySpec.of("n", ElementType.INT32, 5))));
    }
}
