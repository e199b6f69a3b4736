package org.shmarrays.spark;

/**
 * A round that has ended: each host has trained for an interval, and the hosts' parameters were combined.
 *
 * @param number from 0
 * @param hosts that trained
 * @param epoch passes over the data that are complete, those before the training included; where no RDD is the data, only those
 * @param steps of all hosts in this round
 * @param samples of all hosts in this round
 * @param loss mean over the steps of the round that had one, or NaN
 * @param seconds of the whole round
 * @param syncSeconds of these, all but the longest training of a host
 * @param remoteBytes of parameters that hosts received from others
 * @param lostIntervals that were tried for this round and lost
 */
public record Round(
        long number,
        int hosts,
        long epoch,
        long steps,
        long samples,
        double loss,
        double seconds,
        double syncSeconds,
        long remoteBytes,
        int lostIntervals) {}
