package org.shmarrays.examples.mnist;

import java.time.Duration;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import org.shmarrays.layout.WorkerState;
import org.shmarrays.status.WorkerStatus;

/**
 * Looks at workers that train until they have ended: takes snapshots of the parameters, shows progress, and follows the
 * learning rate. For the coordinator's thread.
 */
final class SnapshotLoop {
    private static final long POLL_NS = 2_000_000;
    private static final long LONGEST_PAUSE_NS = 50_000_000;
    private static final Duration END_TIMEOUT = Duration.ofMinutes(1);

    private final TrainingPlan plan;
    private final Workers training;
    private final SnapshotEvaluation evaluation;
    private final Progress progress;
    private final Samples samples;
    private final boolean mayRestart;
    private final Set<Integer> trainedRanks = new HashSet<>();
    private double learningRate = Double.NaN;

    /**
     * Numbers of samples, of all workers together.
     *
     * @param ofSnapshot between two snapshots, at least 1
     * @param ofEpoch in an epoch
     * @param earlier that the training had seen when it was resumed, or 0
     */
    record Samples(long ofSnapshot, long ofEpoch, long earlier) {}

    /**
     * A loop over workers that are ready.
     *
     * @param mayRestart whether workers that fail are started again
     */
    SnapshotLoop(
            final TrainingPlan plan,
            final Workers training,
            final SnapshotEvaluation evaluation,
            final Progress progress,
            final Samples samples,
            final boolean mayRestart) {
        this.plan = plan;
        this.training = training;
        this.evaluation = evaluation;
        this.progress = progress;
        this.samples = samples;
        this.mayRestart = mayRestart;
    }

    /** The learning rate of the last steps; NaN if no step was made. */
    double learningRate() {
        return learningRate;
    }

    /** How many workers have made a step, those that were removed included; one that was restarted counts once. */
    int trainedWorkers() {
        return trainedRanks.size();
    }

    /**
     * Runs until the workers have ended; returns the parameters at the end.
     *
     * @param beganNs when the training began, as of {@link System#nanoTime()}
     * @throws IllegalStateException if a worker failed, or doesn't end
     */
    Snapshot run(final long beganNs) throws InterruptedException {
        Snapshot last = null;
        long next = (samples.earlier() / samples.ofSnapshot() + 1) * samples.ofSnapshot();
        int epochs = (int) (samples.earlier() / samples.ofEpoch());
        long pauseNs = POLL_NS;
        while (true) {
            LockSupport.parkNanos(pauseNs);
            final boolean haveEnded = training.haveEnded();
            final List<WorkerStatus> now = training.status().workers();
            now.stream()
                    .filter(worker -> worker.hasRank() && worker.steps() > 0)
                    .forEach(worker -> trainedRanks.add(worker.rank()));
            // One that failed may be on its way back, and then no worker is seen to train.
            final boolean running = !haveEnded && (mayRestart || isTraining(now));
            final long seen = training.control().samples();
            final double seconds = (System.nanoTime() - beganNs) / 1e9;
            final int endedEpochs = (int) (seen / samples.ofEpoch());
            if (seen >= next || endedEpochs > epochs || !running) {
                final int epoch = endedEpochs > epochs ? endedEpochs : 0;
                last = new Snapshot(seconds, seen, training.control().globalStep(), epoch, training.values());
                final boolean isEvaluated = evaluation.take(last);
                if (epoch > 0) {
                    progress.epoch(epoch, now, seconds, isEvaluated);
                    epochs = epoch;
                }
                next = (seen / samples.ofSnapshot() + 1) * samples.ofSnapshot();
            }
            learningRate = learningRate(learningRate, now, training.control().learningRateOr(plan.learningRate()));
            progress.control(learningRate, training.control().isStopped(), seconds);
            progress.tick(now, seconds);
            training.failIfAnyFailed();
            if (!running) {
                break;
            }
            pauseNs = epochs < plan.epochs()
                    ? pauseNs(
                            Math.min(next, (epochs + 1) * samples.ofEpoch()) - seen,
                            (seen - samples.earlier()) / seconds)
                    : POLL_NS; // the workers are about to end
        }
        awaitEnd();
        training.failIfAnyFailed();
        return last;
    }

    /**
     * The learning rate of the run's steps. A step that began before a change still has the rate before it, and may be
     * the latest: so a rate counts as a change only if it is the one that is set.
     *
     * @param known rate of earlier steps; NaN before the first
     * @param set rate that new steps have
     */
    static double learningRate(final double known, final List<WorkerStatus> workers, final double set) {
        final boolean isInForce = workers.stream().anyMatch(worker -> worker.hasRank() && worker.learningRate() == set);
        return isInForce ? set : Double.isNaN(known) ? latestRate(workers) : known;
    }

    /** The rate that was reported with the latest step; NaN before the first. */
    private static double latestRate(final List<WorkerStatus> workers) {
        return workers.stream()
                .filter(worker -> worker.hasRank() && !Double.isNaN(worker.learningRate()))
                .max(Comparator.comparingLong(WorkerStatus::heartbeatMs))
                .map(WorkerStatus::learningRate)
                .orElse(Double.NaN);
    }

    /** A worker that is stopped ends when it goes on. */
    private void awaitEnd() throws InterruptedException {
        boolean haveEnded = training.awaitEnd(END_TIMEOUT);
        while (!haveEnded
                && training.status().workers().stream().anyMatch(worker -> worker.state() == WorkerState.STOPPED)) {
            haveEnded = training.awaitEnd(END_TIMEOUT);
        }
        if (!haveEnded) {
            throw new IllegalStateException("workers do not end after the training");
        }
    }

    private static boolean isTraining(final List<WorkerStatus> workers) {
        return workers.stream().anyMatch(worker -> worker.rank() >= 0 && worker.active());
    }

    /**
     * Half the time until so many more samples are there: a look reads /proc for each worker, on a core that the
     * workers want.
     */
    private static long pauseNs(final long samples, final double samplesPerSecond) {
        return samplesPerSecond == 0
                ? POLL_NS
                : Math.max(POLL_NS, Math.min(LONGEST_PAUSE_NS, (long) (samples / samplesPerSecond / 2 * 1e9)));
    }
}
