package org.shmarrays.status;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import org.shmarrays.worker.WorkerState;

/**
 * The counters of a segment as they were at about one moment. Immutable; two of them give {@linkplain #since rates}.
 *
 * @param segment name of the segment
 * @param uid of its creation
 * @param createdMs time of its creation, ms since 1970
 * @param creatorPid process id of its creator, in its own namespace
 * @param creator how the creator is
 * @param timeMs when this was read, ms since 1970
 * @param timeNs when this was read, in the clock of {@link System#nanoTime()}
 * @param mappedBytes bytes of the control, data and state files, which each attached process maps
 * @param undoBytes bytes of the undo areas that there may be: one for each slot that was ever claimed
 * @param slotCount number of slots, claimed or not
 * @param run what steers the run
 * @param lock the counters of all locks, each of them once
 * @param arrays in the order of creation
 * @param workers the slots that were ever claimed
 */
public record StatusSnapshot(
        String segment,
        UUID uid,
        long createdMs,
        long creatorPid,
        WorkerState creator,
        long timeMs,
        long timeNs,
        long mappedBytes,
        long undoBytes,
        int slotCount,
        RunStatus run,
        LockStatus lock,
        List<ArrayStatus> arrays,
        List<WorkerStatus> workers) {

    public StatusSnapshot {
        arrays = List.copyOf(arrays);
        workers = List.copyOf(workers);
    }

    /** What all workers have counted together. */
    public WorkerCounters counters() {
        return workers.stream().map(WorkerStatus::counters).reduce(WorkerCounters.NONE, WorkerCounters::plus);
    }

    /** Number of workers that are seen to live: owners of slots that have a rank. */
    public int liveWorkers() {
        return (int) live().filter(WorkerStatus::hasRank).count();
    }

    /** Number of other owners of slots that are seen to live: who coordinates workers, or works without a rank. */
    public int liveUnranked() {
        return (int) live().filter(worker -> !worker.hasRank()).count();
    }

    private Stream<WorkerStatus> live() {
        return workers.stream().filter(worker -> worker.state().isLive());
    }

    /**
     * What has happened since an earlier snapshot of the same creation.
     *
     * @throws IllegalArgumentException if it is of another creation
     */
    public StatusChange since(final StatusSnapshot earlier) {
        if (!uid.equals(earlier.uid)) {
            throw new IllegalArgumentException(
                    "snapshots of two creations: segment=" + segment + ", uid=" + uid + ", earlier=" + earlier.uid);
        }
        final List<ArrayStatus> arrayChanges = new ArrayList<>();
        for (int i = 0; i < arrays.size(); i++) {
            arrayChanges.add(arrays.get(i).since(earlier.arrays.get(i)));
        }
        final Map<Integer, WorkerCounters> workerChanges = new HashMap<>();
        WorkerCounters total = WorkerCounters.NONE;
        for (final WorkerStatus worker : workers) {
            final WorkerCounters before = worker.slotId() < earlier.workers.size()
                    ? earlier.workers.get(worker.slotId()).counters()
                    : WorkerCounters.NONE;
            final WorkerCounters change = worker.counters().since(before);
            workerChanges.put(worker.slotId(), change);
            total = total.plus(change);
        }
        return new StatusChange(
                (timeNs - earlier.timeNs) / 1e9, lock.since(earlier.lock), arrayChanges, workerChanges, total);
    }
}
