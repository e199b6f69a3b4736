package org.shmarrays.randomkill;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.shmarrays.testing.Await;
import org.shmarrays.testing.Background;

/** The referee sees two holders where there are two, and only there. */
class RefereeTest {
    private final Referee referee = new Referee(2);

    @Test
    void shouldSeeTwoHoldersAtOnce() {
        try (referee;
                Referee.Reporter first = new Referee.Reporter(referee.port());
                Referee.Reporter second = new Referee.Reporter(referee.port())) {
            first.in(1);
            final CompletableFuture<Void> intruder = Background.run(() -> second.in(1));
            Await.until("two holders", () -> referee.isContested(1));
            first.out(1);
            intruder.join();

            assertThat(referee.violations()).singleElement().asString().contains("lock 1");
        }
    }

    @Test
    void shouldLetOneAfterTheOtherIn() {
        try (referee;
                Referee.Reporter first = new Referee.Reporter(referee.port());
                Referee.Reporter second = new Referee.Reporter(referee.port())) {
            first.in(0);
            second.in(1);
            first.out(0);
            second.out(1);
            second.in(0);

            assertThat(referee.violations()).isEmpty();
            assertThat(referee.acquisitions()).isEqualTo(3);
        }
    }

    @Test
    void shouldLetOneInAfterAHolderWhoseConnectionEnded() {
        try (referee;
                Referee.Reporter second = new Referee.Reporter(referee.port())) {
            final Referee.Reporter first = new Referee.Reporter(referee.port());
            first.in(0);
            final CompletableFuture<Void> next = Background.run(() -> second.in(0));
            Await.until("two holders", () -> referee.isContested(0));
            first.close();
            next.join();
            second.out(0);

            assertThat(referee.violations()).isEmpty();
            assertThat(referee.endedInside()).isEqualTo(1);
        }
    }

    @Test
    void shouldSeeOneWhoLeavesWithoutHavingBeenIn() {
        try (referee;
                Referee.Reporter reporter = new Referee.Reporter(referee.port())) {
            reporter.out(0);

            assertThat(referee.violations()).hasSize(1);
        }
    }
}
