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
            final Stopping first = new Stopping(one, workers[0]);
            final Stopping second = new Stopping(other, workers[1]);
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

    /** The head of the run has gone on when a worker that was started again asks. */
    @Test
    void shouldAgreeOnThePassThatFollowsAFit() {
        final Worker[] workers = {Worker.of(0, 2, 7), Worker.of(1, 2, 7)};
        try (ShmArrays one = attach(workers[0]);
                ShmArrays other = attach(workers[1])) {
            final Stopping first = new Stopping(one, workers[0]);
            final Stopping second = new Stopping(other, workers[1]);
            first.begin();
            second.begin();
            assertThat(first.nextPass(3, 5)).isEqualTo(5);
            assertThat(second.nextPass(3, 8)).isEqualTo(5);
            first.begin();
            assertThat(first.nextPass(3, 8)).isEqualTo(8);
            first.begin(); // in the words of the first fit
            assertThat(first.nextPass(3, 9)).isEqualTo(9);

            final Worker later = Worker.of(0, 1, 8);
            try (ShmArrays arrays = attach(later)) {
                final Stopping stopping = new Stopping(arrays, later);
                stopping.begin();
                stopping.begin();
                assertThat(stopping.nextPass(10, 11)).isEqualTo(11);
            }
        }
    }

    @Test
    void shouldNotSeeWhatAnotherRunDecided() {
        final Worker before = Worker.of(0, 1, 7);
        try (ShmArrays arrays = attach(before)) {
            final Stopping stopping = new Stopping(arrays, before);
            stopping.begin();
            stopping.decide(new Decision(false, 0));
            assertThat(stopping.isDecided()).isTrue();
        }
        final Worker after = Worker.of(0, 1, 8);
        try (ShmArrays arrays = ShmArrays.attach(after, "s", Trained.settings(directory))) {
            final Stopping stopping = new Stopping(arrays, after);
            stopping.begin();
            assertThat(stopping.isDecided()).isFalse();
        }
    }
}
