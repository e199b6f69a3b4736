package org.shmarrays.benchmarks.dl4j;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.dataset.DataSet;

final class EndlessBatchesTest {
    private final DataSet first = new DataSet();
    private final DataSet second = new DataSet();
    private final DataSet third = new DataSet();
    private final EndlessBatches batches = new EndlessBatches(List.of(first, second, third));

    @Test
    void shouldBeginAgainAfterTheLastBatch() {
        assertThat(List.of(batches.next(), batches.next(), batches.next(), batches.next()))
                .usingElementComparator((a, b) -> a == b ? 0 : 1)
                .containsExactly(first, second, third, first);
    }

    @Test
    void shouldCountWhatWasTakenAndNotWhatWasSkipped() {
        batches.skip(4);

        assertThat(batches.next()).isSameAs(second);
        assertThat(batches.taken()).isEqualTo(1);
    }

    @Test
    void shouldStayEndedAfterAReset() {
        assertThat(batches.hasNext()).isTrue();

        batches.end();
        batches.reset();

        assertThat(batches.hasNext()).isFalse();
    }
}
