package org.shmarrays.spark;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Collections;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class DataKeyTest {
    private static List<DataKey> keys(final long seed) {
        return LongStream.range(0, 1000)
                .mapToObj(index -> DataKey.of(index, seed))
                .toList();
    }

    @Test
    void shouldDealEquallyAndInAnotherOrderForEachSeed() {
        final List<Long> order = keys(1).stream().sorted().map(DataKey::index).toList();

        assertThat(order)
                .containsExactlyInAnyOrderElementsOf(
                        LongStream.range(0, 1000).boxed().toList())
                .isNotEqualTo(order.stream().sorted().toList())
                .isNotEqualTo(keys(2).stream().sorted().map(DataKey::index).toList());
        for (int host = 0; host < 3; host++) {
            final int each = host;
            assertThat(keys(1).stream().filter(key -> key.host(3) == each)).hasSizeBetween(333, 334);
        }
    }

    @Test
    void shouldKeepItsOrderWhereKeysOrdersAreEqual() {
        final List<DataKey> equal = List.of(new DataKey(5, 1), new DataKey(5, 2));

        assertThat(equal.get(0)).isLessThan(equal.get(1));
        assertThat(Collections.max(equal)).isEqualTo(equal.get(1));
    }
}
