package org.shmarrays.launch;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class RestartBudgetTest {
    @Test
    void shouldCountOverTheWholeRunWithoutAWindow() {
        final RestartBudget budget = new RestartBudget(2, null);

        assertThat(budget.take(0)).isTrue();
        assertThat(budget.describe()).isEqualTo("restart 1 of 2");
        assertThat(budget.take(TimeUnit.DAYS.toNanos(30))).isTrue();
        assertThat(budget.take(TimeUnit.DAYS.toNanos(60))).isFalse();
    }

    @Test
    void shouldForgetRestartsThatAreOlderThanTheWindow() {
        final RestartBudget budget = new RestartBudget(2, Duration.ofSeconds(10));
        final long begin = Long.MAX_VALUE - TimeUnit.SECONDS.toNanos(5); // nanoTime may wrap

        assertThat(budget.take(begin)).isTrue();
        assertThat(budget.take(begin + TimeUnit.SECONDS.toNanos(4))).isTrue();
        assertThat(budget.describe()).isEqualTo("restart 2 of 2 within 10 s");
        assertThat(budget.take(begin + TimeUnit.SECONDS.toNanos(10) - 1)).isFalse();
        assertThat(budget.take(begin + TimeUnit.SECONDS.toNanos(10))).isTrue();
        assertThat(budget.take(begin + TimeUnit.SECONDS.toNanos(13))).isFalse();
        assertThat(budget.take(begin + TimeUnit.SECONDS.toNanos(14))).isTrue();
    }

    @Test
    void shouldTakeAWindowThatIsLongerThanNanosecondsCount() {
        final RestartBudget budget = new RestartBudget(1, Duration.ofDays(999_999_999));

        assertThat(budget.take(0)).isTrue();
        assertThat(budget.take(TimeUnit.DAYS.toNanos(365))).isFalse();
    }

    @Test
    void shouldAllowNone() {
        assertThat(new RestartBudget(0, null).take(0)).isFalse();
        assertThat(new RestartBudget(0, Duration.ofSeconds(1)).take(0)).isFalse();
    }
}
