package org.shmarrays.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How often a training is saved, as users write it. */
class CheckpointIntervalTest {
    @ParameterizedTest
    @CsvSource({"250ms, 250", "30s, 30000", "5m, 300000", "2 h, 7200000", "1d, 86400000", "10S, 10000"})
    void shouldReadTimes(final String text, final long ms) {
        assertThat(CheckpointPlan.Interval.parse(text)).isEqualTo(CheckpointPlan.Interval.every(Duration.ofMillis(ms)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"1000 steps", "1000steps", " 1000 Steps "})
    void shouldReadSteps(final String text) {
        assertThat(CheckpointPlan.Interval.parse(text)).isEqualTo(CheckpointPlan.Interval.everySteps(1000));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "0s", "0 steps", "-5m", "5", "five minutes", "5 y", "99999999999999999999 steps"})
    void shouldRefuseWhatIsNoInterval(final String text) {
        assertThatThrownBy(() -> CheckpointPlan.Interval.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContainingAll("not an interval of checkpoints", "5m", "1000 steps");
    }

    @Test
    void shouldBeDueAfterTheTimeIfStepsWereMade() {
        final CheckpointPlan.Interval interval = CheckpointPlan.Interval.every(Duration.ofSeconds(10));

        assertThat(interval.isDue(Duration.ofSeconds(9), 5)).isFalse();
        assertThat(interval.isDue(Duration.ofSeconds(10), 5)).isTrue();
        assertThat(interval.isDue(Duration.ofSeconds(10), 0)).isFalse();
    }

    @Test
    void shouldBeDueAfterTheSteps() {
        assertThat(CheckpointPlan.Interval.everySteps(5).isDue(Duration.ofDays(1), 4))
                .isFalse();
        assertThat(CheckpointPlan.Interval.everySteps(5).isDue(Duration.ZERO, 5))
                .isTrue();
    }
}
