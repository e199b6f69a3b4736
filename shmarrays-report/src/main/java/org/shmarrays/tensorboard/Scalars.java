package org.shmarrays.tensorboard;

import java.util.LinkedHashMap;
import java.util.Map;
import org.shmarrays.layout.WorkerState;
import org.shmarrays.status.ArrayStatus;
import org.shmarrays.status.Log2Histogram;
import org.shmarrays.status.StatusSnapshot;

/**
 * The values of a segment that an event file has, by their tags. Rates, loss, contention and staleness are those of the
 * interval between two snapshots. What is not known has no value.
 */
final class Scalars {
    /** More arrays than this would be more charts than anyone reads: only their sum is logged. */
    static final int ARRAY_LIMIT = 100;

    private static final int MEDIAN = 50;
    private static final int TAIL = 99;

    private Scalars() {}

    /** The step to which values belong: of workers that report no steps, the number of their updates. */
    static long step(final StatusSnapshot now) {
        return now.steps() > 0 ? now.steps() : now.counters().updates();
    }

    static Map<String, Double> of(final StatusSnapshot now, final StatusSnapshot.Change change) {
        final Map<String, Double> values = new LinkedHashMap<>();
        if (change.total().steps() > 0) {
            values.put("loss", change.total().meanLoss()); // NaN where a loss was not finite: the chart marks it
        }
        putKnown(values, "learning_rate", now.learningRate());
        if (now.epoch() > 0) {
            values.put("epoch", (double) now.epoch());
        }
        if (now.samples() > 0) {
            putKnown(values, "throughput/samples_per_second", change.samplesPerSecond());
        }
        if (now.steps() > 0) {
            putKnown(values, "throughput/steps_per_second", change.stepsPerSecond());
        }
        putKnown(values, "throughput/updates_per_second", change.updatesPerSecond());
        putContention(values, change);
        putStaleness(values, change.total().staleness());
        values.put("workers/running", (double) now.liveWorkers());
        values.put("workers/stopped", (double) now.workersIn(WorkerState.STOPPED));
        values.put("workers/gone", (double) now.workersIn(WorkerState.GONE));
        values.put("workers/recoveries", (double) now.lock().recoveries());
        return values;
    }

    private static void putContention(final Map<String, Double> values, final StatusSnapshot.Change change) {
        if (change.lock().acquisitions() == 0) {
            return;
        }
        values.put("contention", change.lock().contentionRatio());
        putKnown(values, "waiting_workers", change.waitingWorkers());
        if (change.arrays().size() <= ARRAY_LIMIT) {
            for (final ArrayStatus array : change.arrays()) {
                putKnown(values, "contention/" + array.name(), array.lock().contentionRatio());
            }
        }
    }

    private static void putStaleness(final Map<String, Double> values, final Log2Histogram staleness) {
        if (!staleness.isEmpty()) {
            values.put("staleness/mean", staleness.mean());
            values.put("staleness/p50", (double) staleness.percentile(MEDIAN));
            values.put("staleness/p99", (double) staleness.percentile(TAIL));
        }
    }

    private static void putKnown(final Map<String, Double> values, final String tag, final double value) {
        if (!Double.isNaN(value)) {
            values.put(tag, value);
        }
    }
}
