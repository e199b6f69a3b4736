package org.shmarrays.spark;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class TrainingCountsTest {
    private static TrainingCounts counts(final long steps, final double lossSum, final long nonFiniteLosses) {
        return new TrainingCounts(steps, 0, lossSum, nonFiniteLosses, 0, 0, 0, 0, 0, 0, 0);
    }

    /** A host of 1 step with loss 10 and one of 4 steps with loss 1 each: 14 / 5, not the mean of 10 and 1. */
    @Test
    void shouldGiveTheMeanLossOverAllStepsWhenHostsMadeDifferentNumbers() {
        assertThat(TrainingCounts.sum(List.of(counts(1, 10, 0), counts(4, 4, 0)))
                        .loss())
                .isEqualTo(2.8);
    }

    @Test
    void shouldNotHideALossThatIsNotFiniteOnOneOfTheHosts() {
        assertThat(TrainingCounts.sum(List.of(counts(2, 1, 0), counts(2, 0.5, 1)))
                        .loss())
                .isNaN();
    }

    @Test
    void shouldHaveNeitherALossNorAStalenessOfNoSteps() {
        assertThat(TrainingCounts.ZERO.loss()).isNaN();
        assertThat(TrainingCounts.ZERO.staleness()).isNaN();
    }
}
