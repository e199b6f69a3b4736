package org.shmarrays.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.shmarrays.layout.WorkerState;
import org.shmarrays.report.LiveJson;
import org.shmarrays.report.LiveView;
import org.shmarrays.status.StatusSnapshot;

/** {@code top} as text, of {@link MadeUp} counters: 1,000 updates of "hot" a second, every fourth lock contended. */
class TopTextTest {
    private static final int WIDE = 200;

    private final LiveView view =
            LiveView.between(MadeUp.lookAt(10_000, WorkerState.RUNNING), MadeUp.lookAt(12_000, WorkerState.RUNNING));

    private static List<String> lines(final LiveView view, final TopSort sort, final int width, final int height) {
        return TopText.lines(view, sort, width, height).stream()
                .map(TopLine::text)
                .toList();
    }

    private static String line(final List<String> lines, final String start) {
        return lines.stream().filter(line -> line.startsWith(start)).findFirst().orElseThrow();
    }

    @Test
    void shouldTellRatesOfTheIntervalAndCountsSinceTheCreation() {
        final List<String> lines = lines(view, TopSort.ORDER, WIDE, 0);

        assertThat(lines.get(0))
                .startsWith("made-up  01:46:52 UTC, age 12s, rates over 2.0 s: 2 live workers, 3.0 MiB");
        // Three slots of 1,000 updates, 64,000 samples a second each; the departed one's counts stay.
        assertThat(lines.get(1))
                .isEqualTo(
                        "updates 3,000/s (36,000)   samples 192,000/s (2,304,000)   loss 0.2500   learning rate 0.1");
        // 1,500 ns lie in the bucket that ends at 2,047, but none was longer than 1,500.
        assertThat(lines.get(2))
                .isEqualTo("lock waits p50 1.5us, p99 1.5us, longest ever 1.5us   contention 25.0 %   waiting 0.00"
                        + " workers");
        assertThat(lines.get(3)).contains("longest ever 700ns").endsWith("recoveries 1");
        assertThat(lines.get(4)).startsWith("staleness median 1, p99 1, most ever 1   read retries 0/s");
        assertThat(line(lines, "hot "))
                .matches("hot +locked +1,000 +12,000 +###\\.{7} +25 % +1\\.5us +1\\.5us +1\\.5us +1");
        assertThat(line(lines, "free ")).matches("free +hogwild +2,000 +24,000 +- +- +- +- +-");
        assertThat(line(lines, "#1 hot 2/2")).matches("#1 hot 2/2 +6,000 +####\\.{6} +33 % +.*");
        assertThat(line(lines, "0 ")).matches("0 +100 running +50ms +1,000 +64,000 +1,000 +1/1 +0 +0% +0\\.2500");
        assertThat(lines).noneMatch(line -> line.startsWith("#0") || line.startsWith("2 "));
    }

    @Test
    void shouldShowTheEpochOfATraining() {
        final LiveView passes = of(MadeUp.run(true, 13, 1, 0));
        final LiveView samples = of(MadeUp.run(true, 25, 0, 100_000));

        assertThat(lines(passes, TopSort.ORDER, WIDE, 0).get(0)).contains(", age 12s, epoch 13, rates over ");
        assertThat(lines(samples, TopSort.ORDER, WIDE, 0).get(0)).contains(", age 12s, epoch 25, rates over ");
        assertThat(LiveJson.write(passes)).contains("\"epoch\": 13, \"endedPasses\": 1, \"samplesOfEpoch\": null,");
        assertThat(LiveJson.write(samples))
                .contains("\"epoch\": 25, \"endedPasses\": null, \"samplesOfEpoch\": 100000,");
        assertThat(LiveJson.write(view)).contains("\"epoch\": 0, \"endedPasses\": 0, \"samplesOfEpoch\": null,");
    }

    private static LiveView of(final StatusSnapshot.Run run) {
        return LiveView.between(
                MadeUp.lookAt(10_000, WorkerState.RUNNING, run), MadeUp.lookAt(12_000, WorkerState.RUNNING, run));
    }

    @Test
    void shouldShowWhoIsGone() {
        final LiveView killed =
                LiveView.between(MadeUp.lookAt(10_000, WorkerState.RUNNING), MadeUp.lookAt(12_000, WorkerState.GONE));

        final List<String> lines = lines(killed, TopSort.ORDER, WIDE, 0);

        assertThat(lines.get(0)).contains("1 live worker, 1 gone");
        assertThat(line(lines, "1 ")).contains("101 gone");
    }

    @Test
    void shouldNotCountWhoIsStoppedGoneOrUnseenAsLive() {
        for (final WorkerState state :
                List.of(WorkerState.STOPPED, WorkerState.GONE, WorkerState.ABANDONED, WorkerState.ELSEWHERE)) {
            final LiveView view =
                    LiveView.between(MadeUp.lookAt(10_000, WorkerState.RUNNING), MadeUp.lookAt(12_000, state));

            assertThat(lines(view, TopSort.ORDER, WIDE, 0).get(0))
                    .contains(": 1 live worker, 1 " + state.name().toLowerCase(Locale.ROOT) + ", 3.0 MiB");
            assertThat(LiveJson.map(view)).containsEntry("liveWorkers", 1);
        }
        final LiveView departed = LiveView.between(
                MadeUp.lookAt(10_000, WorkerState.RUNNING), MadeUp.lookAt(12_000, WorkerState.DEPARTED));
        assertThat(lines(departed, TopSort.ORDER, WIDE, 0).get(0)).contains(": 1 live worker, 3.0 MiB");
    }

    @Test
    void shouldShowADashWhereNothingIsKnown() {
        final LiveView first = LiveView.between(
                MadeUp.lookAt(12_000, WorkerState.RUNNING), MadeUp.lookAt(12_000, WorkerState.RUNNING));

        final List<String> lines = lines(first, TopSort.CONTENTION, WIDE, 0);

        assertThat(lines.get(1)).isEqualTo("updates - (36,000)   samples - (2,304,000)   loss -   learning rate 0.1");
        assertThat(lines.get(2))
                .isEqualTo("lock waits p50 -, p99 -, longest ever 1.5us   contention -   waiting - workers");
        assertThat(lines.get(4)).endsWith("read retries - (0)");
        assertThat(line(lines, "hot ")).matches("hot +locked +- +12,000 +- +- +- +1\\.5us +1");
        assertThat(line(lines, "0 ")).matches("0 +100 running +50ms +- +- +- +-/- +0 +- +-");
    }

    @Test
    void shouldSort() {
        final List<String> lines = lines(view, TopSort.UPDATES, WIDE, 0);

        assertThat(lines.indexOf(line(lines, "free "))).isLessThan(lines.indexOf(line(lines, "hot ")));
        assertThat(lines(view, TopSort.CONTENTION, WIDE, 0)).isEqualTo(lines(view, TopSort.ORDER, WIDE, 0));
    }

    @Test
    void shouldFitTheTerminal() {
        for (int width = 40; width <= 200; width++) {
            assertThat(lines(view, TopSort.ORDER, width, 0)).map(String::length).allMatch(atMost(width));
        }
    }

    @Test
    void shouldShowWaitsAndLossAlsoInNarrowTerminals() {
        final List<String> usual = lines(view, TopSort.ORDER, 79, 0);
        assertThat(line(usual, "WORKER"))
                .isEqualTo("WORKER      PID STATE      STEPS/S SAMPLES/S UPDATES/S STALENESS WAITS    LOSS");
        assertThat(line(usual, "0 ")).matches("0 +100 running +1,000 +64,000 +1,000 +1/1 +0% +0\\.2500");
        assertThat(line(usual, "ARRAY")).contains("UPDATES/S", "CONTENTION", "P99", "LONGEST", "RECOV");

        final List<String> narrow = lines(view, TopSort.ORDER, 40, 0);
        assertThat(line(narrow, "WORKER")).matches("WORKER +STATE +STEPS/S +WAITS +LOSS");
        assertThat(line(narrow, "0 ")).matches("0 +running +1,000 +0% +0\\.2500");
        assertThat(line(narrow, "hot ")).matches("hot +1,000 +25 % .*");
        assertThat(narrow.subList(0, 3))
                .as("the first line is folded")
                .containsExactly("made-up  01:46:52 UTC, age 12s,", "  rates over 2.0 s: 2 live workers,", "  3.0 MiB");
    }

    @Test
    void shouldGiveStatesAndWaitingAColour() {
        final LiveView killed =
                LiveView.between(MadeUp.lookAt(10_000, WorkerState.RUNNING), MadeUp.lookAt(12_000, WorkerState.GONE));

        assertThat(styles(killed))
                .contains(
                        new TopLine.Part("running", TopStyle.GOOD),
                        new TopLine.Part("gone", TopStyle.BAD),
                        new TopLine.Part("1 gone", TopStyle.BAD),
                        new TopLine.Part("25 %", TopStyle.WARNING),
                        new TopLine.Part("###.......", TopStyle.WARNING),
                        new TopLine.Part("recoveries 1", TopStyle.WARNING),
                        new TopLine.Part("WORKER", TopStyle.HEADING));
        assertThat(TopStyle.ofShare(0.09)).isEqualTo(TopStyle.GOOD);
        assertThat(TopStyle.ofShare(0.5)).isEqualTo(TopStyle.BAD);
        assertThat(TopStyle.ofShare(Double.NaN)).isEqualTo(TopStyle.PLAIN);
        assertThat(TopStyle.of(WorkerState.STOPPED)).isEqualTo(TopStyle.WARNING);
    }

    private static List<TopLine.Part> styles(final LiveView view) {
        return TopText.lines(view, TopSort.ORDER, WIDE, 0).stream()
                .flatMap(line -> line.parts().stream())
                .toList();
    }

    @Test
    void shouldLeaveOutRowsOfALowTerminal() {
        final List<String> all = lines(view, TopSort.ORDER, WIDE, 0);
        final List<String> low = lines(view, TopSort.ORDER, WIDE, all.size() - 1);
        assertThat(low).hasSize(all.size() - 1).anyMatch(line -> line.equals("… 2 more"));
        assertThat(lines(view, TopSort.ORDER, WIDE, 1)).anyMatch(line -> line.startsWith("WORKER"));
    }

    private static java.util.function.Predicate<Integer> atMost(final int width) {
        return length -> length <= width;
    }

    @Test
    void shouldShowNothingWhereNothingHasHappened() {
        final LiveView still =
                LiveView.between(MadeUp.lookAt(0, WorkerState.RUNNING), MadeUp.lookAt(0, WorkerState.RUNNING));

        assertThat(lines(still, TopSort.WAITS, WIDE, 0))
                .anyMatch(line -> line.startsWith("updates - (0)   samples - (0)   loss -"))
                .anyMatch(line -> line.startsWith("staleness median -, p99 -, most ever -"))
                .noneMatch(line -> line.contains("NaN") || line.contains("HOTTEST"));
    }

    @Test
    void shouldWriteTimesWithTheirUnits() {
        assertThat(TopFigures.time(0)).isEqualTo("0ns");
        assertThat(TopFigures.time(999)).isEqualTo("999ns");
        assertThat(TopFigures.time(1_000)).isEqualTo("1.0us");
        assertThat(TopFigures.time(12_345_678)).isEqualTo("12ms");
        assertThat(TopFigures.time(99_000_000_000L)).isEqualTo("99s");
        assertThat(TopFigures.time(61 * 60_000_000_000L)).isEqualTo("61m0s");
        assertThat(TopFigures.time(125 * 60_000_000_000L)).isEqualTo("2h5m");
    }
}
