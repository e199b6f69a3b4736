package org.shmarrays.launch;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class GroupResultTest {
    private static final Optional<String> NOT_LOST = Optional.empty();
    private static final List<List<String>> NO_LINES = List.of(List.of(), List.of());
    private static final List<Integer> NO_RESTARTS = List.of(0, 0);

    @Test
    void shouldGiveTheFirstFailuresExitCode() {
        final GroupResult result =
                new GroupResult(List.of(143, 7), OptionalInt.of(1), NO_LINES, NO_RESTARTS, 1, List.of(), NOT_LOST);

        assertThat(result.exitCode()).isEqualTo(7);
        assertThat(result.isSuccess()).isFalse();
        assertThat(result.failure()).isEqualTo("worker 1 of 2 failed with exit code 7");
    }

    @Test
    void shouldNameTheSignal() {
        // Java reports a process ended by signal n as 128 + n; SIGKILL is 9.
        final GroupResult result =
                new GroupResult(List.of(137, 143), OptionalInt.of(0), NO_LINES, NO_RESTARTS, 1, List.of(), NOT_LOST);

        assertThat(result.failure()).isEqualTo("worker 0 of 2 was ended by SIGKILL (exit code 137)");
    }

    @Test
    void shouldBeSuccessWhereWorkersWereOnlyStopped() {
        final GroupResult result =
                new GroupResult(List.of(143, 143), OptionalInt.empty(), NO_LINES, NO_RESTARTS, 1, List.of(), NOT_LOST);

        assertThat(result.isSuccess()).isTrue();
        assertThat(result.exitCode()).isZero();
        assertThat(result.failure()).isEmpty();
    }

    @Test
    void shouldSayHowOftenTheWorkerWasStartedAgain() {
        final GroupResult result =
                new GroupResult(List.of(143, 7), OptionalInt.of(1), NO_LINES, List.of(1, 2), 1, List.of(), NOT_LOST);

        assertThat(result.failure()).isEqualTo("worker 1 of 2 failed with exit code 7, after 2 restarts");
    }

    @Test
    void shouldFailWhenTheSegmentIsLost() {
        final GroupResult well = new GroupResult(
                List.of(0, 0),
                OptionalInt.empty(),
                NO_LINES,
                NO_RESTARTS,
                1,
                List.of(),
                Optional.of("the files are gone"));
        final GroupResult failed = new GroupResult(
                List.of(143, 7),
                OptionalInt.of(1),
                NO_LINES,
                NO_RESTARTS,
                1,
                List.of(),
                Optional.of("the files are gone"));

        // Rank 1 had left, was to come back, and could not, because the segment was lost.
        final GroupResult notStartedAgain = new GroupResult(
                List.of(143, 0),
                OptionalInt.of(1),
                NO_LINES,
                NO_RESTARTS,
                1,
                List.of(),
                Optional.of("the files are gone"));

        assertThat(notStartedAgain.isSuccess()).isFalse();
        assertThat(notStartedAgain.exitCode()).isEqualTo(1);
        assertThat(well.isSuccess()).isFalse();
        assertThat(well.exitCode()).isEqualTo(1);
        assertThat(well.failure()).isEqualTo("the files are gone");
        assertThat(failed.exitCode()).isEqualTo(7);
        assertThat(failed.failure()).isEqualTo("the files are gone");
    }
}
