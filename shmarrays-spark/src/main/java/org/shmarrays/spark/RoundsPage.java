package org.shmarrays.spark;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.shmarrays.report.ChartPage;
import org.shmarrays.report.CounterJson;

/** A training on many hosts as one HTML file that needs no other: its rounds, and what each host has counted. */
final class RoundsPage {
    private static final double BYTES_PER_MEBIBYTE = 1 << 20;

    private RoundsPage() {}

    /**
     * The page of a training that has ended, well or not.
     *
     * @param settings for people
     */
    static ChartPage of(final String title, final RoundHistory history, final Map<String, String> settings) {
        final RoundHistory.Moment last = history.last();
        final Map<String, Object> data = new LinkedHashMap<>();
        data.put("beganMs", history.beganMs());
        data.put("seconds", last.seconds());
        data.put("rounds", last.rounds());
        data.put("results", results(history));
        data.put("settings", settings);
        data.put("intervals", intervals(history.moments()));
        data.put(
                "evaluations",
                history.evaluations().stream()
                        .map(point -> List.of(point.seconds(), point.samples(), point.value()))
                        .toList());
        data.put("hosts", history.hosts().stream().map(RoundsPage::host).toList());
        data.put("events", history.events().stream().map(CounterJson::event).toList());
        return new ChartPage(RoundsPage.class, "rounds", title, data);
    }

    private static Map<String, String> results(final RoundHistory history) {
        final RoundHistory.Moment last = history.last();
        final TrainingCounts counts = last.counts();
        final Map<String, String> results = new LinkedHashMap<>();
        if (history.failure() != null) {
            results.put("failed", history.failure());
        }
        results.put("rounds", format("%,d, of %,d steps", last.rounds(), counts.steps()));
        results.put("samples", format("%,d, %,.0f a second", counts.samples(), counts.samples() / last.roundSeconds()));
        results.put(
                "time of the rounds",
                format(
                        "%.1f s, %.0f %% of it sync",
                        last.roundSeconds(), 100 * last.syncSeconds() / last.roundSeconds()));
        results.put("exchanged", format("%,.1f MiB", counts.remoteBytes() / BYTES_PER_MEBIBYTE));
        results.put("lost intervals", format("%,d", last.lostIntervals()));
        if (history.undoneRounds() > 0) {
            results.put("undone rounds", format("%,d, which count above", history.undoneRounds()));
        }
        return results;
    }

    private static String format(final String format, final Object... values) {
        return String.format(Locale.ROOT, format, values);
    }

    /** What happened between each moment and the one before it: one round or several. */
    private static List<Map<String, Object>> intervals(final List<RoundHistory.Moment> moments) {
        final List<Map<String, Object>> intervals = new ArrayList<>();
        for (int i = 1; i < moments.size(); i++) {
            final RoundHistory.Moment from = moments.get(i - 1);
            final RoundHistory.Moment to = moments.get(i);
            final TrainingCounts counts = to.counts().minus(from.counts());
            final double rounds = to.rounds() - from.rounds();
            final double seconds = to.roundSeconds() - from.roundSeconds();
            final Map<String, Object> json = new LinkedHashMap<>();
            json.put("seconds", to.seconds());
            json.put("samples", to.counts().samples());
            json.put("round", to.rounds() - 1);
            json.put("rounds", to.rounds() - from.rounds());
            json.put("hosts", to.hosts());
            json.put("epoch", to.epoch());
            json.put("loss", counts.loss());
            json.put("staleness", counts.staleness());
            json.put("samplesPerSecond", counts.samples() / seconds);
            json.put("roundSeconds", seconds / rounds);
            json.put("syncSeconds", (to.syncSeconds() - from.syncSeconds()) / rounds);
            json.put("remoteBytes", counts.remoteBytes() / rounds);
            json.put("waitingWorkers", counts.lockWaitSeconds() / counts.trainSeconds());
            json.put("lostIntervals", to.lostIntervals() - from.lostIntervals());
            intervals.add(json);
        }
        return intervals;
    }

    private static Map<String, Object> host(final RoundHistory.HostRecord host) {
        final TrainingCounts counts = host.counts();
        final Map<String, Object> json = new LinkedHashMap<>();
        json.put("executor", host.executor());
        json.put("address", host.address());
        json.put("rounds", host.rounds());
        json.put("lastRound", host.lastRound());
        json.put("steps", counts.steps());
        json.put("samples", counts.samples());
        json.put("staleness", counts.staleness());
        json.put("lockWaits", counts.lockWaits());
        json.put("lockWaitSeconds", counts.lockWaitSeconds());
        json.put("trainSeconds", counts.trainSeconds());
        json.put("exchangeSeconds", counts.exchangeSeconds());
        json.put("remoteBytes", counts.remoteBytes());
        json.put(
                "moments",
                host.moments().stream()
                        .map(moment -> List.of(moment.seconds(), moment.samples()))
                        .toList());
        json.put("summary", host.summary() == null ? null : host.summary().json());
        return json;
    }
}
