package org.shmarrays.dl4j;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.ShmArrays;
import org.shmarrays.dl4j.Stopping.Best;
import org.shmarrays.dl4j.Stopping.Decision;
import org.shmarrays.worker.Worker;

/** What ends a fit that stops early, as several workers see it. */
class StoppingTest {
    @TempDir
    private Path directory;

    private ShmArrays attach(final Worker worker) {
        return ShmArrays.createOrAttach(
                worker, "s", List.of(Stopping.spec()), arrays -> {}, Trained.settings(directory));
    }

    @Test
    void shouldKeepTheFirstDecisionOfEachFit() {
        final Worker[] workers = {Worker.of(0, 2, 7), Worker.of(1, 2, 7)};
        try (ShmArrays one = attach(workers[0]);
                ShmArrays other = attach(workers[1])) {
            final Stopping first = new Stopping(one, workers[0], () -> 2);
            final Stopping second = new Stopping(other, workers[1], () -> 2);
            assertThat(first.isDecided()).isFalse();
            first.begin();
            second.begin();
            second.beginPass(4);
            second.decide(new Decision(true, 3));
            first.decide(new Decision(false, 1));
            first.best(new Best(2, 0.5, 6));

            assertThat(first.isDecided()).isTrue();
            assertThat(first.decision()).isEqualTo(second.decision()).isEqualTo(new Decision(true, 3));
            assertThat(first.isDecidedBefore(4)).isFalse(); // the pass that all cut off
            assertThat(first.isDecidedBefore(5)).isTrue();
            first.end();
            assertThat(first.isDecided()).isFalse();
            first.begin();
            assertThat(first.isDecided()).isFalse();
            first.decide(new Decision(false, 0));
            assertThat(first.decision()).isEqualTo(new Decision(false, 0));
            assertThat(second.decision()).isEqualTo(new Decision(true, 3)); // it has not ended the fit before
            assertThat(second.best()).isEqualTo(new Best(2, 0.5, 6));
        }
    }

    /** Of each of them, and not of the last two alone. */
    @Test
    void shouldTellAWorkerThatIsStartedAgainWhatHasEndedEarlierFits() {
        final Worker[] workers = {Worker.of(0, 2, 7), Worker.of(1, 2, 7)};
        try (ShmArrays one = attach(workers[0]);
                ShmArrays other = attach(workers[1])) {
            final Stopping stopping = new Stopping(one, workers[0], () -> 2);
            for (int fit = 0; fit < 5; fit++) {
                stopping.begin();
                stopping.decide(new Decision(fit % 2 == 0, fit));
                stopping.best(new Best(fit, 0.5 * fit, 9));
            }
            final Stopping again = new Stopping(other, workers[1], () -> 2); // counts its fits from 1
            for (int fit = 0; fit < 5; fit++) {
                again.begin();
                assertThat(again.isDecided()).isTrue();
                assertThat(again.decision()).isEqualTo(new Decision(fit % 2 == 0, fit));
                assertThat(again.best()).isEqualTo(new Best(fit, 0.5 * fit, 9));
            }
            again.begin();
            assertThat(again.isDecided()).isFalse();
        }
    }

    @Test
    void shouldNotSeeWhatAnotherRunDecided() {
        final Worker before = Worker.of(0, 1, 7);
        try (ShmArrays arrays = attach(before)) {
            final Stopping stopping = new Stopping(arrays, before, () -> 2);
            stopping.begin();
            stopping.decide(new Decision(false, 0));
            assertThat(stopping.isDecided()).isTrue();
        }
        final Worker after = Worker.of(0, 1, 8);
        try (ShmArrays arrays = ShmArrays.attach(after, "s", Trained.settings(directory))) {
            final Stopping stopping = new Stopping(arrays, after, () -> 4);
            stopping.begin();
            assertThat(stopping.isDecided()).isFalse();
        }
    }
}
