package org.shmarrays.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class RunHistoryTest {
    private static RunHistory.Moment moment(final int second) {
        return new RunHistory.Moment(second, second, 0, 0, 0, 0, 0, 1, List.of(), List.of(), List.of());
    }

    private static RunHistory of(final int capacity, final int moments) {
        final RunHistory history = new RunHistory(capacity);
        for (int second = 0; second < moments; second++) {
            history.add(moment(second));
        }
        return history;
    }

    @Test
    void shouldKeepEverythingWhileThereIsRoom() {
        assertThat(of(4, 4).moments()).extracting(RunHistory.Moment::seconds).containsExactly(0.0, 1.0, 2.0, 3.0);
        assertThat(of(4, 0).moments()).isEmpty();
    }

    @Test
    void shouldHalveItsResolutionWhenItIsFull() {
        // The fifth finds it full: 1 and 3 go, and from now on every second one counts.
        assertThat(of(4, 5).moments()).extracting(RunHistory.Moment::seconds).containsExactly(0.0, 2.0, 4.0);
        assertThat(of(4, 7).moments()).extracting(RunHistory.Moment::seconds).containsExactly(0.0, 2.0, 4.0, 6.0);
        assertThat(of(4, 9).moments()).extracting(RunHistory.Moment::seconds).containsExactly(0.0, 4.0, 8.0);
    }

    @Test
    void shouldStayBoundedAndEndWithTheLastMoment() {
        for (int count = 1; count < 3_000; count += 7) {
            final List<RunHistory.Moment> moments = of(16, count).moments();

            assertThat(moments).hasSizeBetween(Math.min(count, 8), 17);
            assertThat(moments.get(0).seconds()).isZero();
            assertThat(moments.get(moments.size() - 1).seconds()).isEqualTo(count - 1);
            final double step = moments.size() > 2 ? moments.get(1).seconds() : 0;
            for (int i = 1; i < moments.size() - 1; i++) {
                assertThat(moments.get(i).seconds()).isEqualTo(i * step);
            }
        }
    }

    @Test
    void shouldRefuseACapacityThatCannotBeHalved() {
        assertThatThrownBy(() -> new RunHistory(3)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new RunHistory(0)).isInstanceOf(IllegalArgumentException.class);
    }
}
