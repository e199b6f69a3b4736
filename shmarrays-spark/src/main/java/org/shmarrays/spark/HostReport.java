package org.shmarrays.spark;

import java.io.Serializable;
import org.apache.spark.SparkEnv;

/**
 * What a host has done in an interval.
 *
 * @param host index in this round
 * @param executor Spark's id of it
 * @param consumed batches that it took from its data
 * @param isFinished whether its data has no more
 * @param loss mean of the steps that had one, or NaN
 * @param trainNs from the first step to the last
 * @param remoteBytes that it received from other hosts
 * @param failure stack trace of what ended the interval, or null
 */
record HostReport(
        int host,
        String executor,
        long consumed,
        boolean isFinished,
        long steps,
        long samples,
        double loss,
        long trainNs,
        long remoteBytes,
        String failure)
        implements Serializable {
    /** Of a host that failed. */
    static HostReport ofFailure(final int host, final Throwable cause) {
        return new HostReport(
                host, SparkEnv.get().executorId(), 0, false, 0, 0, Double.NaN, 0, 0, StackTraces.of(cause));
    }
}
