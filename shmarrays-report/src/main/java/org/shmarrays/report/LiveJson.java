package org.shmarrays.report;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.shmarrays.internal.json.JsonText;
import org.shmarrays.layout.WorkerState;
import org.shmarrays.report.LiveView.ArrayRow;
import org.shmarrays.report.LiveView.PartitionRow;
import org.shmarrays.report.LiveView.WorkerRow;
import org.shmarrays.status.LockStatus;
import org.shmarrays.status.Log2Histogram;
import org.shmarrays.status.StatusSnapshot;
import org.shmarrays.status.WorkerStatus;

/**
 * A view for programs, as {@code top --once --json} prints it. {@code …PerSecond}, and what stands under
 * {@code recent}, is of the interval of {@code seconds}; everything else since the segment's creation, {@code samples}
 * and {@code steps} with those before the values were restored. The present {@code epoch} is counted by ended passes or
 * by samples; {@code endedPasses} or {@code samplesOfEpoch} is null, whichever does not count. Times are in ns where
 * the name ends so, percentiles good to a factor of two. What is not known is null: rates of no interval, the loss,
 * staleness and waits of none, a worker's figures where its slot changed its owner. What a worker's slot has counted,
 * whoever owned it, stands under {@code slotTotals}.
 */
public final class LiveJson {
    private LiveJson() {}

    /** On one line. */
    public static String write(final LiveView view) {
        return JsonText.write(map(view));
    }

    /** As {@link JsonText} writes it. */
    public static Map<String, Object> map(final LiveView view) {
        final StatusSnapshot now = view.now();
        final WorkerStatus.Counters recent = view.change().total();
        final Map<String, Object> json = new LinkedHashMap<>();
        json.put("segment", now.segment());
        json.put("uid", now.uid());
        json.put("createdMs", now.createdMs());
        json.put("timeMs", now.timeMs());
        json.put("seconds", view.change().seconds());
        json.put("mappedBytes", now.mappedBytes());
        json.put("isStopped", now.run().isStopped());
        json.put("learningRate", now.learningRate());
        json.put(
                "setLearningRate",
                now.run().learningRate() == 0 ? null : now.run().learningRate());
        json.put("liveWorkers", now.liveWorkers());
        json.put("stoppedWorkers", now.workersIn(WorkerState.STOPPED));
        json.put("goneWorkers", now.workersIn(WorkerState.GONE));
        json.put("abandonedWorkers", now.workersIn(WorkerState.ABANDONED));
        json.put("unseenWorkers", now.workersIn(WorkerState.ELSEWHERE));
        json.put("liveUnranked", now.liveUnranked());
        json.put("hasEnded", now.hasEnded());
        json.put("updatesPerSecond", view.change().updatesPerSecond());
        json.put("samplesPerSecond", view.change().samplesPerSecond());
        json.put("stepsPerSecond", view.change().stepsPerSecond());
        json.put("readsPerSecond", view.change().readsPerSecond());
        json.put("readRetriesPerSecond", view.change().perSecond(recent.readRetries()));
        json.put("waitingWorkers", view.change().waitingWorkers());
        json.put("meanLoss", recent.meanLoss());
        json.put("nonFiniteLosses", recent.nonFiniteLosses());
        json.putAll(counters(now.counters()));
        json.put("samples", now.samples());
        json.put("steps", now.steps());
        json.putAll(epochs(now));
        json.putAll(lock(now.lock()));
        json.put("recent", both(lock(view.change().lock()), Map.of("staleness", numbers(recent.staleness()))));
        json.put("arrays", view.arrays().stream().map(row -> array(view, row)).toList());
        json.put(
                "hottestPartitions",
                view.hottest().stream().map(row -> partition(view, row)).toList());
        json.put(
                "workers", view.workers().stream().map(row -> worker(view, row)).toList());
        return json;
    }

    private static Map<String, Object> epochs(final StatusSnapshot now) {
        final StatusSnapshot.Run run = now.run();
        final boolean isBySamples = run.samplesOfEpoch() > 0;
        final Map<String, Object> json = new LinkedHashMap<>();
        json.put("epoch", now.epoch());
        json.put("endedPasses", isBySamples ? null : run.endedPasses());
        json.put("samplesOfEpoch", isBySamples ? run.samplesOfEpoch() : null);
        return json;
    }

    private static Map<String, Object> both(final Map<String, Object> some, final Map<String, Object> others) {
        final Map<String, Object> all = new LinkedHashMap<>(some);
        all.putAll(others);
        return all;
    }

    private static Map<String, Object> counters(final WorkerStatus.Counters counters) {
        final Map<String, Object> json = new LinkedHashMap<>();
        json.put("updates", counters.updates());
        json.put("samples", counters.samples());
        json.put("steps", counters.steps());
        json.put("reads", counters.reads());
        json.put("readRetries", counters.readRetries());
        json.put("staleness", numbers(counters.staleness()));
        return json;
    }

    private static Map<String, Object> lock(final LockStatus lock) {
        final Map<String, Object> json = new LinkedHashMap<>();
        json.put("acquisitions", lock.acquisitions());
        json.put("contended", lock.contended());
        json.put("contention", lock.contentionRatio());
        json.put("recoveries", lock.recoveries());
        json.put("waits", times(lock.waits()));
        json.put("holds", times(lock.holds()));
        return json;
    }

    private static Map<String, Object> times(final Log2Histogram histogram) {
        final Map<String, Object> json = new LinkedHashMap<>();
        json.put("count", histogram.count());
        json.put("sumNs", histogram.sum());
        final boolean isEmpty = histogram.isEmpty();
        json.put("p50Ns", isEmpty ? null : histogram.percentile(50));
        json.put("p99Ns", isEmpty ? null : histogram.percentile(99));
        json.put("maxNs", isEmpty ? null : histogram.max());
        return json;
    }

    private static Map<String, Object> numbers(final Log2Histogram histogram) {
        final Map<String, Object> json = new LinkedHashMap<>();
        json.put("count", histogram.count());
        final boolean isEmpty = histogram.isEmpty();
        json.put("mean", isEmpty ? null : histogram.mean());
        json.put("p50", isEmpty ? null : histogram.percentile(50));
        json.put("p99", isEmpty ? null : histogram.percentile(99));
        json.put("max", isEmpty ? null : histogram.max());
        return json;
    }

    private static Map<String, Object> array(final LiveView view, final ArrayRow row) {
        final Map<String, Object> json = new LinkedHashMap<>();
        final List<Integer> shape = new ArrayList<>();
        for (final int length : row.total().spec().shape()) {
            shape.add(length);
        }
        json.put("name", row.total().name());
        json.put("mode", row.total().spec().mode().name().toLowerCase(Locale.ROOT));
        json.put("type", row.total().spec().elementType().name().toLowerCase(Locale.ROOT));
        json.put("shape", shape);
        json.put("partitions", row.total().partitionCount());
        json.put("updates", row.total().updates());
        json.put("updatesPerSecond", view.change().perSecond(row.change().updates()));
        json.putAll(lock(row.total().lock()));
        json.put("recent", lock(row.change().lock()));
        return json;
    }

    private static Map<String, Object> partition(final LiveView view, final PartitionRow row) {
        final Map<String, Object> json = new LinkedHashMap<>();
        json.put("index", row.total().index());
        json.put("arrays", row.name());
        json.put("lengthBytes", row.total().lengthBytes());
        json.put("acquisitionsPerSecond", view.change().perSecond(row.change().acquisitions()));
        json.put("waitingWorkers", view.change().perSecond(row.change().waits().sum() / 1e9));
        json.put("holder", row.total().holder());
        json.put("waiters", row.total().waiters());
        json.putAll(lock(row.total().lock()));
        json.put("recent", lock(row.change()));
        return json;
    }

    private static Map<String, Object> recent(final StatusSnapshot.Change interval, final WorkerStatus.Counters own) {
        final Map<String, Object> json = new LinkedHashMap<>();
        json.put("stepsPerSecond", interval.perSecond(own.steps()));
        json.put("samplesPerSecond", interval.perSecond(own.samples()));
        json.put("updatesPerSecond", interval.perSecond(own.updates()));
        json.put("meanLoss", own.meanLoss());
        json.put("nonFiniteLosses", own.nonFiniteLosses());
        json.put("lockWaitShare", interval.perSecond(own.lockWaits().sum() / 1e9));
        json.put("readRetries", own.readRetries());
        json.put("staleness", numbers(own.staleness()));
        return json;
    }

    private static Map<String, Object> worker(final LiveView view, final WorkerRow row) {
        final Map<String, Object> json = new LinkedHashMap<>();
        json.put("slot", row.now().slotId());
        json.put("rank", row.now().rank());
        json.put("pid", row.now().pid());
        json.put("state", row.now().state().name().toLowerCase(Locale.ROOT));
        json.put("heartbeatAgeMs", row.now().heartbeatAgeMs(view.now().timeMs()));
        json.put("clock", row.now().clock());
        json.put("waitsFor", row.now().waitsFor());
        json.put("learningRate", row.now().learningRate());
        json.put(
                "recent",
                row.change().map(change -> recent(view.change(), change)).orElse(null));
        json.put("slotTotals", counters(row.now().counters()));
        return json;
    }
}
