package org.shmarrays.report;

import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.shmarrays.status.ArrayStatus;
import org.shmarrays.status.StatusSnapshot;
import org.shmarrays.status.WorkerStatus;

/**
 * A run as one HTML file that needs no other: curves by time and by samples, locks, staleness, recoveries, settings,
 * machine. All counts are of the run: what the segment had counted before the watcher's first look is in none of them.
 * Apache ECharts draws; it stands in the file.
 */
public final class RunPage {
    private static final double NS_PER_SECOND = 1e9;

    private final String title;
    private final Map<String, Object> data = new LinkedHashMap<>();
    private final List<Object> accuracy = new ArrayList<>();

    /**
     * The page of a run.
     *
     * @param title of the page
     * @param run is closed
     */
    public RunPage(final String title, final RunWatcher run) {
        this.title = title;
        final StatusSnapshot last = run.last();
        final StatusSnapshot.Change change = run.change();
        final WorkerStatus.Counters counters = change.total();
        final List<RunHistory.Moment> moments = run.moments();
        data.put("title", title);
        data.put("segment", last.segment());
        data.put("beganMs", run.first().timeMs());
        data.put("seconds", moments.get(moments.size() - 1).seconds());
        data.put("updates", counters.updates());
        data.put("samples", counters.samples());
        data.put("readRetries", counters.readRetries());
        data.put("recoveries", change.lock().recoveries());
        data.put("epoch", last.run().countsEpochs() ? last.epoch() : null);
        data.put("mappedBytes", last.mappedBytes());
        data.put("results", Map.of());
        data.put("settings", Map.of());
        data.put("machine", Machine.describe());
        data.put("accuracy", accuracy);
        data.put("moments", moments.stream().map(RunPage::moment).toList());
        data.put("intervals", intervals(marks(moments), change.arrays()));
        data.put("arrays", change.arrays().stream().map(CounterJson::array).toList());
        data.put("staleness", CounterJson.buckets(counters.staleness()));
        data.put("waits", CounterJson.buckets(change.lock().waits()));
        data.put(
                "workers",
                last.workers().stream()
                        .filter(worker -> worker.hasRank() && worker.active())
                        .map(RunPage::worker)
                        .toList());
        data.put("events", run.events().stream().map(CounterJson::event).toList());
    }

    /** What came out, for people. */
    public RunPage results(final Map<String, String> results) {
        data.put("results", results);
        return this;
    }

    /** What the run was given, for people. */
    public RunPage settings(final Map<String, String> settings) {
        data.put("settings", settings);
        return this;
    }

    /** Adds a measured accuracy, 0 to 1; in the order of time. */
    public RunPage accuracy(final double seconds, final long samples, final double accuracy) {
        this.accuracy.add(List.of(seconds, samples, accuracy));
        return this;
    }

    private static Map<String, Object> moment(final RunHistory.Moment moment) {
        final Map<String, Object> json = new LinkedHashMap<>();
        json.put("seconds", moment.seconds());
        json.put("samples", moment.samples());
        json.put("updates", moment.updates());
        json.put("recoveries", moment.recoveries());
        json.put("liveWorkers", moment.liveWorkers());
        return json;
    }

    private static Map<String, Object> worker(final WorkerStatus worker) {
        final Map<String, Object> json = new LinkedHashMap<>();
        json.put("rank", worker.rank());
        json.put("pid", worker.pid());
        json.put("state", worker.state().name().toLowerCase(Locale.ROOT));
        json.put("clock", worker.clock());
        return json;
    }

    /**
     * The moments between which rates are told: one right before the last is left out, because its rates would be
     * chance.
     */
    private static List<RunHistory.Moment> marks(final List<RunHistory.Moment> moments) {
        final int end = moments.size() - 1;
        if (end < 2) {
            return moments;
        }
        final double usual = moments.get(1).seconds() - moments.get(0).seconds();
        final List<RunHistory.Moment> marks = new ArrayList<>(moments);
        if (moments.get(end).seconds() - moments.get(end - 1).seconds() < usual / 2) {
            marks.remove(end - 1);
        }
        return marks;
    }

    /** What happened between each moment and the one before it. */
    private static List<Map<String, Object>> intervals(
            final List<RunHistory.Moment> moments, final List<ArrayStatus> arrays) {
        final List<Map<String, Object>> intervals = new ArrayList<>();
        for (int i = 1; i < moments.size(); i++) {
            final RunHistory.Moment from = moments.get(i - 1);
            final RunHistory.Moment to = moments.get(i);
            final double seconds = to.seconds() - from.seconds();
            if (seconds <= 0) {
                continue;
            }
            final long steps = to.steps() - from.steps();
            final List<Double> contention = new ArrayList<>();
            final List<Double> waiting = new ArrayList<>();
            for (int array = 0; array < arrays.size(); array++) {
                final long acquisitions =
                        to.acquisitions().get(array) - from.acquisitions().get(array);
                final long contended =
                        to.contended().get(array) - from.contended().get(array);
                contention.add(acquisitions <= 0 ? null : Math.min(1, (double) contended / acquisitions));
                waiting.add((to.waitNs().get(array) - from.waitNs().get(array)) / NS_PER_SECOND / seconds);
            }
            final Map<String, Object> json = new LinkedHashMap<>();
            json.put("seconds", to.seconds());
            json.put("samples", to.samples());
            final boolean isFinite = to.nonFiniteLosses() == from.nonFiniteLosses();
            json.put("loss", steps > 0 && isFinite ? (to.lossSum() - from.lossSum()) / steps : null);
            json.put("updatesPerSecond", (to.updates() - from.updates()) / seconds);
            json.put("samplesPerSecond", (to.samples() - from.samples()) / seconds);
            json.put("contention", contention);
            json.put("waitingWorkers", waiting);
            intervals.add(json);
        }
        return intervals;
    }

    /** The page's text. */
    String html() {
        return page().html();
    }

    /**
     * Writes the page.
     *
     * @throws UncheckedIOException if the file can't be written
     */
    public void write(final Path file) {
        page().write(file);
    }

    private ChartPage page() {
        return new ChartPage(RunPage.class, "report", title, data);
    }
}
