package org.shmarrays.spark;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.shmarrays.spark.ChunkValues.Doubles;
import org.shmarrays.spark.ChunkValues.Floats;

class ChunkRowsTest {
    private static final int ROWS = 1 << 16;

    @Test
    void shouldGiveItsRows() {
        final long seed = new Random().nextLong();
        System.out.println("seed of rows: " + seed);
        final Random random = new Random(seed);
        for (final double density : new double[] {0, 0.0001, 0.01, 0.5, 0.999, 1}) {
            final int[] rows = IntStream.range(0, ROWS)
                    .filter(row -> random.nextDouble() < density)
                    .toArray();

            final ChunkRows encoded = ChunkRows.of(3, rows, ROWS, new Floats(new float[3 * rows.length]));

            assertThat(encoded.rows()).isEqualTo(rows);
            assertThat(encoded.isWhole()).isEqualTo(density == 1);
        }
    }

    @Test
    void shouldCostOneByteForANearRowAndMoreForDistantOnes() {
        final ChunkRows rows = ChunkRows.of(2, new int[] {127, 128, 257, 20_000}, ROWS, new Floats(new float[8]));

        assertThat(rows.gaps()).hasSize(1 + 1 + 2 + 3);
        assertThat(rows.lengthBytes()).isEqualTo(7 + 4 * 8);
    }

    @Test
    void shouldCopyRowsToTheirPlaces() {
        final ChunkRows rows = ChunkRows.of(2, new int[] {0, 2}, 3, new Floats(new float[] {1, 2, 5, 6}));
        final float[] array = new float[8];

        rows.copyInto(array, 1);

        assertThat(array).containsExactly(0, 1, 2, 0, 0, 5, 6, 0);
    }

    @Test
    void shouldSelectRowsThatAreWanted() {
        final ChunkRows rows = ChunkRows.of(1, new int[] {2, 5, 9}, 10, new Doubles(new double[] {2, 5, 9}));
        final double[] selected = {-1, -1, -1};

        rows.select(rows.values(), new int[] {0, 5, 9}, selected);

        assertThat(selected).containsExactly(-1, 5, 9);
    }
}
