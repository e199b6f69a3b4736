package org.shmarrays.benchmarks.harness;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

/** Expected numbers are worked by hand. */
final class SummaryTest {
    @Test
    void shouldFindMedianAndSpreadOfOddNumber() {
        assertThat(Summary.of(7, 1, 3)).isEqualTo(new Summary(3, 1, 7));
    }

    @Test
    void shouldTakeMeanOfTheTwoInTheMiddle() {
        assertThat(Summary.of(8, 1, 4, 2)).isEqualTo(new Summary(3, 1, 8));
    }

    @Test
    void shouldRefuseNothing() {
        assertThatThrownBy(() -> Summary.of(new double[0])).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void shouldCallEqualSharesFair() {
        assertThat(Summary.fairness(5, 5, 5, 5)).isCloseTo(1, within(1e-12));
    }

    @Test
    void shouldCallOneWhoGotAllUnfair() {
        assertThat(Summary.fairness(12, 0, 0, 0)).isCloseTo(0.25, within(1e-12));
    }

    /** (1 + 3)² / (2 · (1 + 9)) = 0.8. */
    @Test
    void shouldWeighUnequalShares() {
        assertThat(Summary.fairness(1, 3)).isCloseTo(0.8, within(1e-12));
    }

    @Test
    void shouldCallNothingForAnybodyUnfair() {
        assertThat(Summary.fairness(0, 0)).isZero();
    }
}
