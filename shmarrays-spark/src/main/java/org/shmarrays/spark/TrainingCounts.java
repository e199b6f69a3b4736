package org.shmarrays.spark;

import java.io.Serializable;
import java.util.Collection;
import java.util.concurrent.TimeUnit;
import org.shmarrays.status.WorkerStatus;

/**
 * What was counted of an interval of a host, of a round, or of a training. Immutable.
 *
 * @param steps of all workers
 * @param samples of all workers
 * @param lossSum sum of the finite losses of the steps
 * @param nonFiniteLosses steps that had no loss, or one that was not finite
 * @param stalenessSum sum of the staleness of the pushes, in updates of other workers of the same host
 * @param stalenessCount pushes that had a staleness
 * @param lockWaits waits for locks
 * @param lockWaitSeconds that workers waited for locks
 * @param trainSeconds that hosts trained, added up over the hosts
 * @param exchangeSeconds that hosts spent on receiving and storing the common parameters and on reading their own,
 *     added up over the hosts
 * @param remoteBytes that executors received from others in the exchange
 */
public record TrainingCounts(
        long steps,
        long samples,
        double lossSum,
        long nonFiniteLosses,
        long stalenessSum,
        long stalenessCount,
        long lockWaits,
        double lockWaitSeconds,
        double trainSeconds,
        double exchangeSeconds,
        long remoteBytes)
        implements Serializable {
    static final TrainingCounts ZERO = new TrainingCounts(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);

    private static final double NS_PER_SECOND = TimeUnit.SECONDS.toNanos(1);

    /** Of a host's interval. */
    static TrainingCounts of(
            final WorkerStatus.Counters workers, final long trainNs, final long exchangeNs, final long remoteBytes) {
        return new TrainingCounts(
                workers.steps(),
                workers.samples(),
                workers.lossSum(),
                workers.nonFiniteLosses(),
                workers.staleness().sum(),
                workers.staleness().count(),
                workers.lockWaits().count(),
                workers.lockWaits().sum() / NS_PER_SECOND,
                trainNs / NS_PER_SECOND,
                exchangeNs / NS_PER_SECOND,
                remoteBytes);
    }

    /** All of them together. */
    static TrainingCounts sum(final Collection<TrainingCounts> counts) {
        return counts.stream().reduce(ZERO, TrainingCounts::plus);
    }

    /** Both together. */
    public TrainingCounts plus(final TrainingCounts other) {
        return new TrainingCounts(
                steps + other.steps,
                samples + other.samples,
                lossSum + other.lossSum,
                nonFiniteLosses + other.nonFiniteLosses,
                stalenessSum + other.stalenessSum,
                stalenessCount + other.stalenessCount,
                lockWaits + other.lockWaits,
                lockWaitSeconds + other.lockWaitSeconds,
                trainSeconds + other.trainSeconds,
                exchangeSeconds + other.exchangeSeconds,
                remoteBytes + other.remoteBytes);
    }

    /** What was counted since an earlier state. */
    TrainingCounts minus(final TrainingCounts earlier) {
        return new TrainingCounts(
                steps - earlier.steps,
                samples - earlier.samples,
                lossSum - earlier.lossSum,
                nonFiniteLosses - earlier.nonFiniteLosses,
                stalenessSum - earlier.stalenessSum,
                stalenessCount - earlier.stalenessCount,
                lockWaits - earlier.lockWaits,
                lockWaitSeconds - earlier.lockWaitSeconds,
                trainSeconds - earlier.trainSeconds,
                exchangeSeconds - earlier.exchangeSeconds,
                remoteBytes - earlier.remoteBytes);
    }

    /** The same with more bytes. */
    TrainingCounts plusRemoteBytes(final long bytes) {
        return new TrainingCounts(
                steps,
                samples,
                lossSum,
                nonFiniteLosses,
                stalenessSum,
                stalenessCount,
                lockWaits,
                lockWaitSeconds,
                trainSeconds,
                exchangeSeconds,
                remoteBytes + bytes);
    }

    /** Mean over the steps; NaN of no steps, and if one of them had no loss or one that was not finite. */
    public double loss() {
        return steps == 0 || nonFiniteLosses > 0 ? Double.NaN : lossSum / steps;
    }

    /** Mean staleness of the pushes, in updates of other workers of the same host; NaN if none had one. */
    public double staleness() {
        return stalenessCount == 0 ? Double.NaN : (double) stalenessSum / stalenessCount;
    }
}
