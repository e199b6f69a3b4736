package org.shmarrays.internal.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class SelectedRowsTest {
    private static final int LENGTH = 3;

    /** Few rows, many, of one digit, of two and three, and such as use all bits; each many times, and once. */
    @ParameterizedTest
    @CsvSource({"10, 100", "1000, 50", "1000, 2048", "1000, 2049", "5000, 5000000", "300, 2147483647"})
    void shouldSortRowsAndLeaveEqualOnesInTheirOrder(final int count, final int bound) {
        final long seed = System.nanoTime();
        System.out.println("SelectedRowsTest seed=" + seed);
        final int[] rows = new Random(seed).ints(count, 0, bound).toArray();
        rows[count - 1] = bound - 1;
        final List<Integer> expected = IntStream.range(0, count)
                .boxed()
                .sorted(Comparator.comparing(i -> rows[i]))
                .toList();
        final SelectedRows selected = new SelectedRows();
        selected.select(null, 0, 1, rows, count, null);
        for (int time = 0; time < 2; time++) {
            selected.sort();
            for (int i = 0; i < count; i++) {
                assertThat(selected.rowFirst(i)).isEqualTo(rows[expected.get(i)]);
                assertThat(selected.operandIndex(i, selected.rowFirst(i))).isEqualTo(expected.get(i));
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"0", "1", "600"})
    void shouldLeaveRowsThatAscend(final int count) {
        final int[] rows = IntStream.range(0, count).map(i -> i / 2).toArray();
        final SelectedRows selected = new SelectedRows();
        selected.select(null, 7, LENGTH, rows, count, null);
        selected.sort();
        for (int i = 0; i < count; i++) {
            assertThat(selected.rowFirst(i)).isEqualTo(7 + LENGTH * (i / 2));
            assertThat(selected.operandIndex(i, selected.rowFirst(i))).isEqualTo(LENGTH * i);
        }
    }
}
