package org.shmarrays.status;

import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.ToLongFunction;
import java.util.stream.Stream;

/**
 * The meters of workers, which come and go: those that there are have some, those that have departed have none. A
 * worker is known by its rank, so that one that is started again goes on; who has none by its slot. For any thread.
 *
 * <p>The counters of a slot go on over its owners. So what a slot has counted between two looks is added to the meters
 * of the one who owns it at the later look, and these never go back, nor jump when a slot changes its owner. What was
 * counted before the first look belongs to who owned the slot then.
 */
final class WorkerMeters {
    /** The tag of the workers that have no meters of their own. */
    static final String OTHER = "(other)";

    private final String segment;
    private final int limit;

    /** By registry and tag. */
    private final Map<MeterRegistry, Map<String, List<Meter>>> bound = new HashMap<>();

    /** The slots that a tag stands for at present. */
    private volatile Map<String, List<WorkerStatus>> present = Map.of();

    /** What was counted for a tag, by whatever slots. */
    private volatile Map<String, WorkerStatus.Counters> totals = Map.of();

    /** The last look, or null. */
    private StatusSnapshot last;

    WorkerMeters(final String segment, final int limit) {
        this.segment = segment;
        this.limit = limit;
    }

    /** Takes a look at the segment; one that is older than the last is left out. */
    synchronized void look(final StatusSnapshot snapshot) {
        if (last != null && snapshot.timeNs() - last.timeNs() < 0) {
            return;
        }
        final Map<String, List<WorkerStatus>> byTag = byTag(snapshot);
        final Map<String, WorkerStatus.Counters> sums = new HashMap<>(totals);
        byTag.forEach((tag, workers) ->
                workers.forEach(worker -> sums.merge(tag, sinceLast(worker), WorkerStatus.Counters::plus)));
        last = snapshot;
        totals = sums;
        present = byTag;
    }

    private WorkerStatus.Counters sinceLast(final WorkerStatus worker) {
        return last == null || worker.slotId() >= last.workers().size()
                ? worker.counters()
                : worker.counters().since(last.workers().get(worker.slotId()).counters());
    }

    /** Registers meters for new workers, and removes those of workers that are gone. */
    synchronized void bind(final MeterRegistry registry, final RecentStatus recent) {
        final Map<String, List<Meter>> meters = bound.computeIfAbsent(registry, key -> new HashMap<>());
        meters.entrySet().removeIf(entry -> {
            final boolean isGone = !present.containsKey(entry.getKey());
            if (isGone) {
                entry.getValue().forEach(registry::remove);
            }
            return isGone;
        });
        for (final String tag : present.keySet()) {
            meters.computeIfAbsent(tag, key -> register(registry, key, recent));
        }
    }

    /** Those who have not departed; of a rank the one that came last. A surplus worker is among the others. */
    private Map<String, List<WorkerStatus>> byTag(final StatusSnapshot snapshot) {
        final Map<Integer, WorkerStatus> byRank = new TreeMap<>();
        snapshot.workers().stream()
                .filter(WorkerStatus::active)
                .sorted(Comparator.comparingLong(WorkerStatus::claimedMs))
                .forEach(worker ->
                        byRank.put(worker.rank() >= 0 ? worker.rank() : Integer.MAX_VALUE - worker.slotId(), worker));
        final Map<String, List<WorkerStatus>> byTag = new LinkedHashMap<>();
        for (final WorkerStatus worker : byRank.values()) {
            final boolean isOther = byRank.size() > limit && byTag.size() >= limit - 1;
            byTag.merge(isOther ? OTHER : tag(worker), List.of(worker), WorkerMeters::both);
        }
        return byTag;
    }

    private static List<WorkerStatus> both(final List<WorkerStatus> some, final List<WorkerStatus> others) {
        return Stream.concat(some.stream(), others.stream()).toList();
    }

    private static String tag(final WorkerStatus worker) {
        return worker.rank() >= 0 ? Integer.toString(worker.rank()) : "slot-" + worker.slotId();
    }

    private List<Meter> register(final MeterRegistry registry, final String tag, final RecentStatus recent) {
        final Meters meters = new Meters(registry, Tags.of("segment", segment, "worker", tag));
        meters.counter(
                        "shmarrays.worker.updates",
                        null,
                        "Pushes",
                        () -> sum(recent, tag, WorkerStatus.Counters::updates))
                .counter("shmarrays.worker.reads", null, "Reads", () -> sum(recent, tag, WorkerStatus.Counters::reads))
                .counter(
                        "shmarrays.worker.read.retries",
                        null,
                        "Copies that had to be made again",
                        () -> sum(recent, tag, WorkerStatus.Counters::readRetries))
                .counter("shmarrays.worker.steps", null, "Steps", () -> sum(recent, tag, WorkerStatus.Counters::steps))
                .counter(
                        "shmarrays.worker.samples",
                        null,
                        "Samples",
                        () -> sum(recent, tag, WorkerStatus.Counters::samples))
                .timer(
                        "shmarrays.worker.lock.wait",
                        "Waits for locks",
                        () -> sum(recent, tag, counters -> counters.lockWaits().count()),
                        () -> sum(recent, tag, counters -> counters.lockWaits().sum()))
                .timer(
                        "shmarrays.worker.turn.wait",
                        "Waits for turns, one per update",
                        () -> sum(recent, tag, WorkerStatus.Counters::updates),
                        () -> sum(recent, tag, WorkerStatus.Counters::turnWaitNs))
                .timer(
                        "shmarrays.worker.step",
                        "Whole steps",
                        () -> sum(recent, tag, WorkerStatus.Counters::steps),
                        () -> sum(recent, tag, WorkerStatus.Counters::stepNs))
                .timer(
                        "shmarrays.worker.gradient",
                        "Gradients in the steps",
                        () -> sum(recent, tag, WorkerStatus.Counters::steps),
                        () -> sum(recent, tag, WorkerStatus.Counters::gradientNs))
                .percentiles(
                        "shmarrays.worker.staleness.percentile",
                        null,
                        "Staleness of the pushes",
                        () -> staleness(recent, tag))
                .time(
                        "shmarrays.worker.heartbeat.age",
                        TimeUnit.MILLISECONDS,
                        "Time since the last step, or since the worker attached",
                        () -> workers(recent, tag).stream()
                                .mapToDouble(worker ->
                                        worker.heartbeatAgeMs(recent.latest().timeMs()))
                                .max()
                                .orElse(Double.NaN))
                .gauge(
                        "shmarrays.worker.clock",
                        null,
                        "Steps counted from where the worker joined",
                        () -> workers(recent, tag).stream()
                                .mapToDouble(WorkerStatus::clock)
                                .min()
                                .orElse(Double.NaN))
                .gauge(
                        "shmarrays.worker.learning.rate",
                        null,
                        "Learning rate that the worker has reported",
                        () -> workers(recent, tag).stream()
                                .mapToDouble(WorkerStatus::learningRate)
                                .filter(rate -> !Double.isNaN(rate))
                                .max()
                                .orElse(Double.NaN));
        return meters.registered();
    }

    private List<WorkerStatus> workers(final RecentStatus recent, final String tag) {
        recent.latest();
        return present.getOrDefault(tag, List.of());
    }

    private long sum(final RecentStatus recent, final String tag, final ToLongFunction<WorkerStatus.Counters> counter) {
        recent.latest();
        return counter.applyAsLong(totals.getOrDefault(tag, WorkerStatus.Counters.NONE));
    }

    private Log2Histogram staleness(final RecentStatus recent, final String tag) {
        return workers(recent, tag).stream()
                .map(worker -> recent.recentWorker(worker.slotId()).staleness())
                .reduce(Log2Histogram.ofNumbers(), Log2Histogram::plus);
    }
}
