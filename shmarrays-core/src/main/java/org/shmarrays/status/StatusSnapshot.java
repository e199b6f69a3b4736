package org.shmarrays.status;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.shmarrays.layout.WorkerState;

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
        Run run,
        LockStatus lock,
        List<ArrayStatus> arrays,
        List<WorkerStatus> workers) {

    public StatusSnapshot {
        arrays = List.copyOf(arrays);
        workers = List.copyOf(workers);
    }

    /** What all workers have counted together. */
    public WorkerStatus.Counters counters() {
        return workers.stream()
                .map(WorkerStatus::counters)
                .reduce(WorkerStatus.Counters.NONE, WorkerStatus.Counters::plus);
    }

    /** Steps of all workers, with those before the values were restored. */
    public long steps() {
        return counters().steps() + run.earlierSteps();
    }

    /** Samples that all workers have seen, with those before the values were restored. */
    public long samples() {
        return counters().samples() + run.earlierSamples();
    }

    /** The present epoch of the training; 0 where no epochs are counted. */
    public long epoch() {
        return run.epoch();
    }

    /** Number of workers, owners of slots that have a rank, whose processes run; those that were stopped do not. */
    public int liveWorkers() {
        return workersIn(WorkerState.RUNNING);
    }

    /** Number of other owners of slots whose processes run: coordinators of workers, and programs without a rank. */
    public int liveUnranked() {
        return unrankedIn(WorkerState.RUNNING);
    }

    /** Number of workers in a state: owners of slots that have a rank. */
    public int workersIn(final WorkerState state) {
        return (int) workers.stream()
                .filter(worker -> worker.state() == state && worker.hasRank())
                .count();
    }

    /** Number of owners of slots without a rank in a state. */
    public int unrankedIn(final WorkerState state) {
        return (int) workers.stream()
                .filter(worker -> worker.state() == state && !worker.hasRank())
                .count();
    }

    /** True at the normal end of a run: its workers, or where it had none all owners of slots, have departed. */
    public boolean hasEnded() {
        final boolean hadWorkers =
                workers.stream().anyMatch(worker -> worker.hasRank() && worker.state() == WorkerState.DEPARTED);
        return workers.stream().noneMatch(worker -> worker.active() && (worker.hasRank() || !hadWorkers));
    }

    /**
     * The learning rate in force: what the workers have reported that are seen to live, or of which nothing is seen,
     * the greatest where they differ; where none has reported one, the one that is set for all. NaN where there is none
     * either.
     */
    public double learningRate() {
        return workers.stream()
                .filter(worker -> worker.state().isLive() || worker.state() == WorkerState.ELSEWHERE)
                .mapToDouble(WorkerStatus::learningRate)
                .filter(rate -> !Double.isNaN(rate))
                .max()
                .orElse(run.learningRate() == 0 ? Double.NaN : run.learningRate());
    }

    /**
     * What has happened since an earlier snapshot of the same creation.
     *
     * @throws IllegalArgumentException if it is of another creation
     */
    public Change since(final StatusSnapshot earlier) {
        if (!uid.equals(earlier.uid)) {
            throw new IllegalArgumentException("the snapshots are of two segments with the same name: segment="
                    + segment + ", uid=" + uid + ", earlier=" + earlier.uid);
        }
        final List<ArrayStatus> arrayChanges = new ArrayList<>();
        for (int i = 0; i < arrays.size(); i++) {
            arrayChanges.add(arrays.get(i).since(earlier.arrays.get(i)));
        }
        final Map<Integer, WorkerStatus.Counters> workerChanges = new HashMap<>();
        WorkerStatus.Counters total = WorkerStatus.Counters.NONE;
        for (final WorkerStatus worker : workers) {
            final WorkerStatus.Counters before = worker.slotId() < earlier.workers.size()
                    ? earlier.workers.get(worker.slotId()).counters()
                    : WorkerStatus.Counters.NONE;
            final WorkerStatus.Counters change = worker.counters().since(before);
            workerChanges.put(worker.slotId(), change);
            total = total.plus(change);
        }
        return new Change(
                (timeNs - earlier.timeNs) / 1e9, lock.since(earlier.lock), arrayChanges, workerChanges, total);
    }

    /**
     * What was counted between two snapshots. Immutable.
     *
     * @param seconds between them
     * @param lock of all locks
     * @param arrays in the order of creation
     * @param workers by slot
     * @param total of all workers
     */
    public record Change(
            double seconds,
            LockStatus lock,
            List<ArrayStatus> arrays,
            Map<Integer, WorkerStatus.Counters> workers,
            WorkerStatus.Counters total) {
        private static final double SHORTEST_SECONDS = 0.001;

        public Change {
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

    /**
     * What steers the run.
     *
     * @param isStopped whether the workers are asked to stop
     * @param learningRate set for all workers, or 0 if none is set; {@link StatusSnapshot#learningRate()} is the one in
     *     force
     * @param turn the present turn of mode ORDERED, counted from 0
     * @param turnWorkers number of workers that take turns, 0 before the first turn
     * @param pausedBy slot whose owner holds pushes back for a snapshot or a restore, or -1
     * @param supervisedRunId the run that a supervisor watches, or 0
     * @param supervisedWorkers number of workers that the supervisor is set to
     * @param wantedWorkers number of workers that an operator wants that run to have, or 0
     * @param earlierSteps steps made before the values were restored, or the model was imported; may be negative where
     *     values were put back
     * @param earlierSamples samples seen before the values were restored
     * @param countsEpochs whether the training counts epochs
     * @param epoch the present epoch of the training, from 0; 0 where none are counted
     * @param endedPasses passes of the present epoch that have ended; they don't count where samples do
     * @param samplesOfEpoch 0 where epochs are counted by passes
     */
    public record Run(
            boolean isStopped,
            double learningRate,
            long turn,
            long turnWorkers,
            int pausedBy,
            long supervisedRunId,
            long supervisedWorkers,
            long wantedWorkers,
            long earlierSteps,
            long earlierSamples,
            boolean countsEpochs,
            long epoch,
            long endedPasses,
            long samplesOfEpoch) {}
}
