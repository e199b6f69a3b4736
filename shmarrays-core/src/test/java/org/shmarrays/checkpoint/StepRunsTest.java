package org.shmarrays.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

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
}
