package org.shmarrays.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.agrona.concurrent.NanoClock;
import org.junit.jupiter.api.Test;

class WaitingTest {
    private long nowNs;

    /** Goes on by a millisecond with each look at it. */
    private final NanoClock clock = () -> nowNs += TimeUnit.MILLISECONDS.toNanos(1);

    @Test
    void shouldNotCountAPauseAsWaiting() {
        final AtomicInteger rounds = new AtomicInteger();

        Waiting.await(
                () -> rounds.incrementAndGet() > 50,
                () -> true,
                TimeUnit.MILLISECONDS.toNanos(10),
                clock,
                () -> {},
                () -> "late");

        assertThat(rounds).hasValue(51);
    }

    @Test
    void shouldCountWaitingThatIsNoPause() {
        assertThatThrownBy(() -> Waiting.await(
                        () -> false, () -> false, TimeUnit.MILLISECONDS.toNanos(10), clock, () -> {}, () -> "late"))
                .isInstanceOf(WaitTimeoutException.class)
                .hasMessage("late");
    }

    @Test
    void shouldEndAlsoWhenThePauseDoesNot() {
        final NanoClock fast = () -> nowNs += TimeUnit.SECONDS.toNanos(2);

        assertThatThrownBy(() -> Waiting.await(
                        () -> nowNs > TimeUnit.DAYS.toNanos(10), () -> true, 0, fast, () -> {}, () -> "late"))
                .isInstanceOf(WaitTimeoutException.class);
    }
}
