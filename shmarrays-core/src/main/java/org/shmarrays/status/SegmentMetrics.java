package org.shmarrays.status;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.ToLongFunction;
import java.util.stream.IntStream;
import org.agrona.concurrent.NanoClock;
import org.agrona.concurrent.SystemNanoClock;
import org.shmarrays.internal.Printable;
import org.shmarrays.internal.layout.EventKind;
import org.shmarrays.layout.WorkerState;

// Over 300 lines: one table, each of whose rows is a meter.
/**
 * The counters of a segment as meters; docs/guide/metrics.md has a table of them. Any process may bind them, also to
 * several registries.
 *
 * <ul>
 *   <li>{@code shmarrays.*}: of the whole segment, tagged with {@code segment}, and of each array, tagged with
 *   {@code array} too;
 *   <li>{@code shmarrays.worker.*}: of each worker, tagged with its rank; one that joins appears, and one that departs
 *       vanishes, when any meter is read next;
 *   <li>{@code shmarrays.partition.*}: of the locks of single partitions, on request.
 * </ul>
 *
 * <p>Their number is bounded. If there are too many arrays or workers, the smallest arrays, or the last workers, share
 * one set of meters, tagged {@code (other)}. If there are too many partitions, neighbours share a set.
 *
 * <p>A {@code PrometheusMeterRegistry} gets the histograms as Prometheus's own type. Bind to it directly: a composite
 * registry gets counters tagged {@code le}, as all other registries do.
 *
 * <p>Meters that are read within a tenth of a second show the same moment. Percentiles, the contention ratio and the
 * loss are those of the last one or two minutes.
 */
public final class SegmentMetrics implements MeterBinder {
    /** The tag of those that have no meters of their own. */
    public static final String OTHER = WorkerMeters.OTHER;

    /** Number of arrays that have meters of their own. */
    public static final int ARRAY_LIMIT = 100;

    /** Number of workers that have meters of their own. */
    public static final int WORKER_LIMIT = 64;

    /** Number of partitions, or groups of neighbours, that have meters of their own. */
    public static final int PARTITION_LIMIT = 256;

    private static final Duration MAX_AGE = Duration.ofMillis(100);
    private static final Duration WINDOW = Duration.ofMinutes(1);

    /** Staleness up to 2^20 - 1 has counts of its own, times up to 9 s. */
    private static final int STALENESS_BUCKETS = 22;

    private static final int TIME_BUCKETS = 29;

    private final SegmentStatus status;
    private final RecentStatus recent;
    private final WorkerMeters workers;
    private final List<MeterRegistry> registries = new CopyOnWriteArrayList<>();

    /** Ordinals of the arrays by their tag. */
    private final Map<String, int[]> arrays;

    /** Partitions by their tag, empty unless they are wanted. */
    private final Map<String, int[]> partitions;

    /** All arrays and workers; no partitions. */
    public SegmentMetrics(final SegmentStatus status) {
        this(status, false, ARRAY_LIMIT, WORKER_LIMIT, SystemNanoClock.INSTANCE);
    }

    private SegmentMetrics(
            final SegmentStatus status,
            final boolean hasPartitions,
            final int arrayLimit,
            final int workerLimit,
            final NanoClock clock) {
        this.status = status;
        this.arrays = arrays(status, arrayLimit);
        this.partitions = hasPartitions ? partitions(status) : Map.of();
        final List<int[]> lockGroups = new ArrayList<>();
        arrays.values().forEach(indexes -> lockGroups.add(status.lockedPartitions(indexes)));
        lockGroups.addAll(partitions.values());
        this.workers = new WorkerMeters(status.name(), workerLimit);
        this.recent = new RecentStatus(status, clock, MAX_AGE, WINDOW, lockGroups, this::bindWorkers);
    }

    /**
     * The same with meters for single partitions, or for neighbours together where there are more than
     * {@link #PARTITION_LIMIT}.
     */
    public static SegmentMetrics withPartitions(final SegmentStatus status) {
        return new SegmentMetrics(status, true, ARRAY_LIMIT, WORKER_LIMIT, SystemNanoClock.INSTANCE);
    }

    /** For tests: with other limits and another clock. */
    static SegmentMetrics withLimits(
            final SegmentStatus status, final int arrayLimit, final int workerLimit, final NanoClock clock) {
        return new SegmentMetrics(status, true, arrayLimit, workerLimit, clock);
    }

    /** The largest have a tag of their own, in the order of creation; the others one together. */
    private static Map<String, int[]> arrays(final SegmentStatus status, final int limit) {
        final List<ArrayStatus> all = status.arrays();
        final List<Integer> bySize = IntStream.range(0, all.size())
                .boxed()
                .sorted(Comparator.comparingInt(i -> -all.get(i).spec().lengthBytes()))
                .toList();
        final Set<Integer> own = new HashSet<>(bySize.subList(0, all.size() <= limit ? all.size() : limit - 1));
        final Map<String, int[]> tags = new LinkedHashMap<>();
        IntStream.range(0, all.size())
                .filter(own::contains)
                .forEach(i -> tags.put(Printable.text(all.get(i).name()), new int[] {i}));
        if (own.size() < all.size()) {
            tags.put(
                    OTHER,
                    IntStream.range(0, all.size()).filter(i -> !own.contains(i)).toArray());
        }
        return tags;
    }

    private static Map<String, int[]> partitions(final SegmentStatus status) {
        final int[] all =
                status.lockedPartitions(IntStream.range(0, status.arrayCount()).toArray());
        final int neighbours = (all.length + PARTITION_LIMIT - 1) / PARTITION_LIMIT;
        final Map<String, int[]> tags = new LinkedHashMap<>();
        for (int first = 0; first < all.length; first += neighbours) {
            final int[] group = IntStream.range(first, Math.min(first + neighbours, all.length))
                    .map(i -> all[i])
                    .toArray();
            tags.put(group.length == 1 ? "" + group[0] : group[0] + "-" + group[group.length - 1], group);
        }
        return tags;
    }

    @Override
    public void bindTo(final MeterRegistry registry) {
        final Tags tags = Tags.of("segment", status.name());
        bindSegment(new Meters(registry, tags));
        bindHistograms(registry, tags);
        int group = 0;
        for (final Map.Entry<String, int[]> entry : arrays.entrySet()) {
            final Meters meters = new Meters(registry, tags.and("array", entry.getKey()));
            bindArrays(meters, entry.getValue());
            if (status.lockedPartitions(entry.getValue()).length > 0) {
                bindLock(meters, "shmarrays.lock", group);
            }
            group++;
        }
        for (final String partition : partitions.keySet()) {
            bindLock(new Meters(registry, tags.and("partition", partition)), "shmarrays.partition.lock", group++);
        }
        registries.add(registry);
        refresh();
        recent.expire(); // the next reader gets a new snapshot
    }

    /** Takes a new snapshot, so that the meters show this moment, and the workers that there are. */
    public void refresh() {
        recent.expire();
        recent.latest();
    }

    private void bindWorkers(final StatusSnapshot snapshot) {
        workers.look(snapshot);
        registries.forEach(registry -> workers.bind(registry, recent));
    }

    private void bindSegment(final Meters meters) {
        for (final WorkerState state : WorkerState.values()) {
            if (state != WorkerState.NONE && state != WorkerState.DEPARTED) {
                final String tag = state.name().toLowerCase(Locale.ROOT);
                meters.state(
                        "shmarrays.workers",
                        "Owners of slots with a rank that have not departed",
                        tag,
                        () -> recent.latest().workersIn(state));
                meters.state(
                        "shmarrays.unranked",
                        "Owners of slots without a rank that have not departed",
                        tag,
                        () -> recent.latest().unrankedIn(state));
            }
        }
        for (final EventKind kind : EventKind.values()) {
            meters.kind("shmarrays.events", "Events of the segment", kind.label(), () -> status.events(kind));
        }
        meters.counter(
                        "shmarrays.steps",
                        null,
                        "Steps, with those before a restore",
                        () -> recent.latest().steps())
                .counter(
                        "shmarrays.samples",
                        null,
                        "Samples, with those before a restore",
                        () -> recent.latest().samples())
                .gauge(
                        "shmarrays.epoch",
                        null,
                        "Current epoch of the training, 0 if none is counted",
                        () -> recent.latest().epoch())
                .gauge(
                        "shmarrays.loss",
                        null,
                        "Mean loss that the workers reported",
                        () -> recent.recentTotal().meanLoss())
                .counter(
                        "shmarrays.read.retries",
                        null,
                        "Copies that had to be made again",
                        () -> recent.latest().counters().readRetries())
                .time(
                        "shmarrays.heartbeat.age",
                        TimeUnit.MILLISECONDS,
                        "Oldest heartbeat of a live worker, stopped or not",
                        () -> recent.latest().workers().stream()
                                .filter(worker -> worker.state().isLive() && worker.hasRank())
                                .mapToDouble(worker ->
                                        worker.heartbeatAgeMs(recent.latest().timeMs()))
                                .max()
                                .orElse(Double.NaN))
                .time(
                        "shmarrays.age",
                        TimeUnit.MILLISECONDS,
                        "Time since the creation",
                        () -> Math.max(
                                0, recent.latest().timeMs() - recent.latest().createdMs()))
                .gauge(
                        "shmarrays.mapped",
                        "bytes",
                        "Memory that each attached process maps",
                        () -> recent.latest().mappedBytes())
                .gauge(
                        "shmarrays.learning.rate",
                        null,
                        "Current learning rate, the greatest if the workers' differ",
                        () -> recent.latest().learningRate())
                .gauge(
                        "shmarrays.stopped",
                        null,
                        "1 if the workers are asked to stop",
                        () -> recent.latest().run().isStopped() ? 1 : 0)
                .gauge(
                        "shmarrays.staleness.max",
                        null,
                        "Greatest staleness of a push",
                        () -> greatest(recent.latest().counters().staleness()))
                .percentiles(
                        "shmarrays.staleness.percentile",
                        null,
                        "Staleness of the pushes",
                        () -> recent.recentTotal().staleness());
    }

    /** Those of the whole segment. */
    private List<SegmentHistogram> histograms() {
        return List.of(
                SegmentHistogram.ofNumbers(
                        "shmarrays.staleness",
                        "Staleness of the pushes, in updates",
                        STALENESS_BUCKETS,
                        () -> recent.latest().counters().staleness()),
                SegmentHistogram.ofTimes(
                        "shmarrays.segment.lock.wait",
                        "Waits for locks",
                        TIME_BUCKETS,
                        () -> recent.latest().counters().lockWaits()),
                SegmentHistogram.ofTimes(
                        "shmarrays.segment.lock.hold",
                        "Sampled holds of locks",
                        TIME_BUCKETS,
                        () -> recent.latest().counters().holds()));
    }

    /** Prometheus has a type for histograms. Elsewhere they are counters. */
    private void bindHistograms(final MeterRegistry registry, final Tags tags) {
        if (isOfPrometheus(registry)) {
            PrometheusHistograms.register(registry, tags, histograms());
            return;
        }
        final Meters meters = new Meters(registry, tags);
        histograms().forEach(meters::histogram);
        meters.counter(
                "shmarrays.staleness.sum",
                null,
                "Sum of the staleness of all pushes",
                () -> recent.latest().counters().staleness().sum());
    }

    /** Its library is optional, so its classes may be missing. */
    private static boolean isOfPrometheus(final MeterRegistry registry) {
        for (Class<?> type = registry.getClass(); type != null; type = type.getSuperclass()) {
            if (type.getName().equals("io.micrometer.prometheusmetrics.PrometheusMeterRegistry")) {
                return true;
            }
        }
        return false;
    }

    private static double greatest(final Log2Histogram histogram) {
        return histogram.isEmpty() ? Double.NaN : histogram.max();
    }

    private void bindArrays(final Meters meters, final int[] indexes) {
        meters.counter("shmarrays.updates", null, "Pushes to the array", () -> sum(indexes, ArrayStatus::updates))
                .counter(
                        "shmarrays.updated",
                        "bytes",
                        "Values that pushes covered",
                        () -> sum(indexes, ArrayStatus::updateBytes))
                .counter("shmarrays.reads", null, "Reads of the array", () -> sum(indexes, ArrayStatus::reads))
                .counter(
                        "shmarrays.read", "bytes", "Values that were read", () -> sum(indexes, ArrayStatus::readBytes));
    }

    private long sum(final int[] indexes, final ToLongFunction<ArrayStatus> counter) {
        final List<ArrayStatus> all = recent.latest().arrays();
        return IntStream.of(indexes)
                .mapToLong(i -> counter.applyAsLong(all.get(i)))
                .sum();
    }

    private void bindLock(final Meters meters, final String prefix, final int group) {
        meters.counter(
                        prefix + ".acquisitions",
                        null,
                        "Acquisitions of the partitions' locks",
                        () -> recent.lock(group).acquisitions())
                .counter(
                        prefix + ".contended",
                        null,
                        "Acquisitions that had to wait",
                        () -> recent.lock(group).contended())
                .gauge(
                        prefix + ".contention",
                        "ratio",
                        "Share of the acquisitions that had to wait",
                        () -> recent.recentLock(group).contentionRatio())
                .counter(
                        prefix + ".recoveries",
                        null,
                        "Locks that were freed after their holder's death",
                        () -> recent.lock(group).recoveries())
                .timer(
                        prefix + ".wait",
                        "Waits for the partitions' locks",
                        () -> recent.lock(group).waits().count(),
                        () -> recent.lock(group).waits().sum())
                .time(
                        prefix + ".wait.max",
                        TimeUnit.NANOSECONDS,
                        "Longest wait since the creation",
                        () -> greatest(recent.lock(group).waits()))
                .timePercentiles(
                        prefix + ".wait.percentile",
                        "Waits for the partitions' locks",
                        () -> recent.recentLock(group).waits())
                .timer(
                        prefix + ".hold",
                        "Sampled holds of the partitions' locks",
                        () -> recent.lock(group).holds().count(),
                        () -> recent.lock(group).holds().sum())
                .time(
                        prefix + ".hold.max",
                        TimeUnit.NANOSECONDS,
                        "Longest sampled hold since the creation",
                        () -> greatest(recent.lock(group).holds()))
                .timePercentiles(
                        prefix + ".hold.percentile",
                        "Sampled holds of the partitions' locks",
                        () -> recent.recentLock(group).holds());
    }
}
