package org.shmarrays.internal.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.agrona.concurrent.NanoClock;
import org.junit.jupiter.api.Test;
import org.shmarrays.errors.WaitTimeoutException;
import org.shmarrays.internal.segment.WaitLimit;
import org.shmarrays.testing.LogListener;

class WaitingTest {
    private static final WaitLimit TEN_MS = WaitLimit.of(TimeUnit.MILLISECONDS.toNanos(10));

    private final AtomicInteger rounds = new AtomicInteger();
    private final AtomicInteger ends = new AtomicInteger();
    private long nowNs;

    /** Goes on by a millisecond with each look at it. */
    private final NanoClock clock = () -> nowNs += TimeUnit.MILLISECONDS.toNanos(1);

    private UncountedTime uncounted(final BooleanSupplier isPaused, final BooleanSupplier isStopped) {
        return new UncountedTime(isPaused, isStopped, ends::incrementAndGet);
    }

    private BooleanSupplier afterRounds(final int count) {
        return () -> rounds.incrementAndGet() > count;
    }

    @Test
    void shouldNotCountAPauseAsWaiting() {
        Waiting.await(afterRounds(50), uncounted(() -> true, () -> false), TEN_MS, clock, () -> {}, () -> "late");

        assertThat(rounds).hasValue(51);
    }

    @Test
    void shouldCountWaitingThatIsNoPause() {
        assertThatThrownBy(() -> Waiting.await(
                        () -> false, uncounted(() -> false, () -> false), TEN_MS, clock, () -> {}, () -> "late"))
                .isInstanceOf(WaitTimeoutException.class)
                .hasMessage("late");
        assertThat(ends).hasValue(0);
    }

    @Test
    void shouldNotCountTimeInWhichAWorkerIsStopped() {
        Waiting.await(
                afterRounds(200),
                uncounted(() -> false, () -> rounds.get() < 195),
                TEN_MS,
                clock,
                () -> {},
                () -> "late");

        assertThat(rounds).hasValue(201);
        assertThat(ends).hasValue(1);
    }

    @Test
    void shouldEndWhenAWorkerStaysStoppedForLongerThanItMay() {
        final WaitLimit limit = new WaitLimit(TEN_MS.timeoutNs(), TimeUnit.MILLISECONDS.toNanos(100), false);

        assertThatThrownBy(() -> Waiting.await(
                        afterRounds(1000), uncounted(() -> false, () -> true), limit, clock, () -> {}, () -> "late"))
                .isInstanceOf(WaitTimeoutException.class);
        assertThat(rounds.get()).isBetween(100, 130);
    }

    @Test
    void shouldSayThatItIsLateAndGoOnWhereThatIsChosen() {
        try (LogListener warnings = LogListener.on(Waiting.class.getName())) {
            Waiting.await(
                    afterRounds(100),
                    uncounted(() -> false, () -> false),
                    TEN_MS.goingOn(),
                    clock,
                    () -> {},
                    () -> "a worker is missing");

            assertThat(rounds).hasValue(101);
            assertThat(warnings.messages())
                    .hasSizeBetween(7, 10)
                    .allMatch(message -> message.equals("a worker is missing; still waiting"));
        }
    }

    @Test
    void shouldNotCountTimeInWhichTheWaiterDidNotRun() {
        final NanoClock jumping = () -> nowNs += TimeUnit.HOURS.toNanos(1);

        Waiting.await(
                afterRounds(10),
                uncounted(() -> false, () -> false),
                WaitLimit.of(TimeUnit.SECONDS.toNanos(10)),
                jumping,
                () -> {},
                () -> "late");

        assertThat(rounds).hasValue(11);
    }
}
