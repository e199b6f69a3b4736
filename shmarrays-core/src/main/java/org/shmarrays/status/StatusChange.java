package org.shmarrays.status;

import java.util.List;
import java.util.Map;

/**
 * What was counted between two snapshots. Immutable.
 *
 * @param seconds between them
 * @param lock of all locks
 * @param arrays in the order of creation
 * @param workers by slot
 * @param total of all workers
 */
public record StatusChange(
        double seconds,
        LockStatus lock,
        List<ArrayStatus> arrays,
        Map<Integer, WorkerCounters> workers,
        WorkerCounters total) {
    private static final double SHORTEST_SECONDS = 0.001;

    public StatusChange {
        arrays = List.copyOf(arrays);
        workers = Map.copyOf(workers);
    }

    /** A count of this interval as a rate; NaN where the interval is too short to give one. */
    public double perSecond(final double count) {
        return seconds >= SHORTEST_SECONDS ? count / seconds : Double.NaN;
    }

    /** Pushes of all workers. */
    public double updatesPerSecond() {
        return perSecond(total.updates());
    }

    /** Reads of all workers. */
    public double readsPerSecond() {
        return perSecond(total.reads());
    }

    /** Samples of all workers. */
    public double samplesPerSecond() {
        return perSecond(total.samples());
    }

    /** Steps of all workers. */
    public double stepsPerSecond() {
        return perSecond(total.steps());
    }

    /** How many workers waited for locks on the average: the time waited by the time that has passed. */
    public double waitingWorkers() {
        return perSecond(total.lockWaits().sum() / 1e9);
    }
}
