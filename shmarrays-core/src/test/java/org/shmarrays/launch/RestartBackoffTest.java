package org.shmarrays.launch;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RestartBackoffTest {
    private final RestartBackoff backoff = new RestartBackoff(Duration.ofMillis(500), Duration.ofSeconds(30));

    @Test
    void shouldDoubleUpToTheLongest() {
        final List<Long> pausesMs = IntStream.range(0, 9)
                .mapToObj(i -> backoff.after(Duration.ofSeconds(59)).toMillis())
                .toList();

        assertThat(pausesMs).containsExactly(500L, 1_000L, 2_000L, 4_000L, 8_000L, 16_000L, 30_000L, 30_000L, 30_000L);
    }

    @Test
    void shouldBeginAgainAfterAMinuteOfHealth() {
        backoff.after(Duration.ZERO);
        backoff.after(Duration.ZERO);

        assertThat(backoff.after(Duration.ofMinutes(1))).isEqualTo(Duration.ofMillis(500));
        assertThat(backoff.after(Duration.ZERO)).isEqualTo(Duration.ofSeconds(1));
    }

    @Test
    void shouldNotPauseWhereNoneIsAskedFor() {
        final RestartBackoff none = new RestartBackoff(Duration.ZERO, Duration.ZERO);

        assertThat(none.after(Duration.ZERO)).isZero();
        assertThat(none.after(Duration.ZERO)).isZero();
    }
}
