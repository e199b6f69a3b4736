package org.shmarrays.internal.segment;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class WaitTimeTest {
    private static final long SECOND = Duration.ofSeconds(1).toNanos();

    @Test
    void shouldCountTwoMinutesOfAPauseAsNoWaiting() {
        final WaitTime time = new WaitTime(WaitLimit.of(10 * SECOND), SECOND);
        for (int i = 0; i < 130; i++) {
            assertThat(time.isOver()).isFalse();
            time.add(SECOND, false, true);
        }
        assertThat(time.countedNs()).isEqualTo(10 * SECOND);
        assertThat(time.isOver()).isFalse();

        time.add(1, false, true);
        assertThat(time.isOver()).isTrue();
        assertThat(time.isFinal()).isTrue();
    }

    @Test
    void shouldCountOfALongRoundWhatARoundMayTake() {
        final WaitTime time = new WaitTime(WaitLimit.of(10 * SECOND), SECOND);
        for (int i = 0; i < 10; i++) {
            time.add(1000 * SECOND, false, false);
            assertThat(time.isOver()).isFalse();
        }
        assertThat(time.countedNs()).isEqualTo(10 * SECOND);
    }

    @Test
    void shouldBeginAnotherTimeOfTheSameLengthWhereTheWaitGoesOn() {
        final WaitTime time = new WaitTime(WaitLimit.of(2 * SECOND).goingOn(), SECOND);
        for (int i = 0; i < 3; i++) {
            time.add(SECOND, false, false);
        }
        assertThat(time.isOver()).isTrue();
        assertThat(time.isFinal()).isFalse();

        time.extend();
        time.add(SECOND, false, false);
        time.add(SECOND, false, false);
        assertThat(time.isOver()).isFalse();
        time.add(SECOND, false, false);
        assertThat(time.isOver()).isTrue();
    }

    @Test
    void shouldLimitTheTimeOfAStopInAnyCase() {
        final WaitTime time = new WaitTime(new WaitLimit(SECOND, 3 * SECOND, false), SECOND);
        for (int i = 0; i < 3; i++) {
            time.add(SECOND, true, i == 0);
        }
        assertThat(time.countedNs()).isZero();
        assertThat(time.isOver()).isFalse();

        time.add(1, true, false);
        assertThat(time.isOver()).isTrue();
        assertThat(time.isFinal()).isTrue();
    }
}
