package org.shmarrays.spark;

import java.io.Serializable;
import org.apache.spark.SparkEnv;

/**
 * What a host has done in an interval.
 *
 * @param host index in this round
 * @param executor Spark's id of it
 * @param address name or address of its machine
 * @param consumed batches that it took from its data
 * @param isFinished whether its data has no more
 * @param counts of its workers and its part of the exchange
 * @param failure stack trace of what ended the interval, or null
 * @param isLost whether the interval can be repeated, because a worker process has died, or the host has another
 *     version of the common parameters
 */
record HostReport(
        int host,
        String executor,
        String address,
        long consumed,
        boolean isFinished,
        TrainingCounts counts,
        String failure,
        boolean isLost)
        implements Serializable {
    /** Of a host that failed. */
    static HostReport ofFailure(final int host, final Throwable cause) {
        return new HostReport(
                host,
                SparkEnv.get().executorId(),
                ownAddress(),
                0,
                false,
                TrainingCounts.ZERO,
                StackTraces.of(cause),
                cause instanceof StaleHostException);
    }

    /** Name or address of this executor's machine, as Spark has it. */
    static String ownAddress() {
        return SparkEnv.get().blockManager().blockManagerId().host();
    }
}
