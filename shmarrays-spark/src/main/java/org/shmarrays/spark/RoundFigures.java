package org.shmarrays.spark;

import java.io.Serializable;
import org.apache.spark.api.java.JavaSparkContext;

/**
 * What Spark's pages show of an attempt of a round: accumulators by name, to which each host's task gives its share.
 * Each attempt has its own, so that what is lost is in no other.
 */
record RoundFigures(
        TaskSum steps,
        TaskSum samples,
        TaskSum staleness,
        TaskSum lockWaits,
        TaskSum lockWaitSeconds,
        TaskSum exchangeSeconds,
        TaskSum remoteBytes)
        implements Serializable {
    /** Figures with nothing in them; for the driver. */
    static RoundFigures of(final JavaSparkContext context) {
        return new RoundFigures(
                named(context, "steps", TaskSum.Kind.COUNT),
                named(context, "samples", TaskSum.Kind.COUNT),
                named(context, "mean staleness", TaskSum.Kind.MEAN),
                named(context, "lock waits", TaskSum.Kind.COUNT),
                named(context, "lock waits in s", TaskSum.Kind.SECONDS),
                named(context, "exchange in s", TaskSum.Kind.SECONDS),
                named(context, "bytes received", TaskSum.Kind.COUNT));
    }

    private static TaskSum named(final JavaSparkContext context, final String name, final TaskSum.Kind kind) {
        final TaskSum sum = new TaskSum(kind);
        context.sc().register(sum, "shmarrays: " + name);
        return sum;
    }

    /** Those of a host, in its task. */
    void give(final TrainingCounts counts) {
        steps.give(counts.steps(), 1);
        samples.give(counts.samples(), 1);
        staleness.give(counts.stalenessSum(), counts.stalenessCount());
        lockWaits.give(counts.lockWaits(), 1);
        lockWaitSeconds.give(counts.lockWaitSeconds(), 1);
        exchangeSeconds.give(counts.exchangeSeconds(), 1);
        received(counts.remoteBytes());
    }

    /** Bytes that the present task has received from other executors so far. */
    void received(final long bytes) {
        remoteBytes.give(bytes, 1);
    }
}
