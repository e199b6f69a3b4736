package org.shmarrays.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.shmarrays.testing.CountingList;

class StepRunsTest {
    @Test
    void shouldKeepStepCountsThatDifferFromPieceToPiece() {
        final StepRuns runs = StepRuns.empty();
        runs.add(0, 5);
        runs.add(100, 5);
        runs.add(200, 8);
        runs.add(300, 2);

        assertThat(runs.runs()).hasSize(3);
        assertThat(runs.of(0, 200)).isEqualTo(5);
        assertThat(runs.of(200, 300)).isEqualTo(8);
        assertThat(runs.of(300, 400)).isEqualTo(2);
        assertThat(runs.of(150, 400)).isEqualTo(8); // another partitioning: the greatest
    }

    /** Other counts in each piece: bisection finds the first run of a piece, and most pieces have one or two. */
    @Test
    void shouldLookAtRunsInProportionToThePieces() {
        assertThat(looks(4000)).isLessThan(4000 * (2 * 12 + 8));
        assertThat(looks(16_000)).isLessThan(16_000 * (2 * 14 + 8));
    }

    private static long looks(final int pieces) {
        final List<List<Object>> runs = new ArrayList<>();
        for (int i = 0; i < pieces; i++) {
            runs.add(List.of((long) i * 16, (long) (i % 2)));
        }
        final CountingList<List<Object>> counting = new CountingList<>(runs);
        final StepRuns steps = new StepRuns(counting);
        for (int i = 0; i < pieces; i++) {
            assertThat(steps.of(i * 16, i * 16 + 16)).isEqualTo(i % 2);
            assertThat(steps.of(i * 16 + 8, i * 16 + 24)).isEqualTo(i + 1 < pieces ? 1 : i % 2);
        }
        return counting.count() / 2;
    }
}
