package org.shmarrays.spark;

/**
 * A round that has ended: each host has trained for an interval, and the hosts' parameters were combined. Intervals
 * that were lost are in none of the counts.
 *
 * @param number from 0
 * @param hosts that trained
 * @param epoch passes over the data that are complete, those before the training included; where no RDD is the data,
 *     only those
 * @param counts of all hosts in this round
 * @param seconds of the whole round, with those of lost intervals
 * @param syncSeconds of these, all but the longest training of a host
 * @param lostIntervals that were tried for this round and lost
 * @param evaluation the figure of {@link HostTraining#evaluate}; NaN of a round that was not evaluated
 */
public record Round(
        long number,
        int hosts,
        long epoch,
        TrainingCounts counts,
        double seconds,
        double syncSeconds,
        int lostIntervals,
        double evaluation) {
    /** Steps of all workers in this round. */
    public long steps() {
        return counts.steps();
    }

    /** Samples of all workers in this round. */
    public long samples() {
        return counts.samples();
    }

    /** Mean over the steps of this round; NaN of no steps, and if a step had no loss or one that was not finite. */
    public double loss() {
        return counts.loss();
    }

    /** The same with the figure of an evaluation. */
    Round withEvaluation(final double value) {
        return new Round(number, hosts, epoch, counts, seconds, syncSeconds, lostIntervals, value);
    }

    /** Bytes that executors received from others in the exchange of this round. */
    public long remoteBytes() {
        return counts.remoteBytes();
    }
}
