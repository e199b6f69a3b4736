package org.shmarrays.spark;

import java.util.Iterator;
import java.util.List;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.storage.StorageLevel;
import scala.Tuple2;

/**
 * The batches of an epoch, divided among the hosts. Each is trained once in an epoch: when the number of hosts changes,
 * what is left of the epoch is divided once more. For the driver's thread.
 *
 * @param <T> type of the batches
 */
final class DividedData<T> {
    private final JavaRDD<T> source;
    private final long seed;

    /** All batches, for some number of hosts; null before the first epoch. */
    private JavaRDD<T> all;

    /** What was left of an epoch when the number of hosts changed, or null. */
    private JavaRDD<T> rest;

    /** How many batches of its partition each host has trained on. */
    private long[] consumed;

    private long epoch;

    DividedData(final JavaRDD<T> source, final long seed) {
        this.source = source;
        this.seed = seed;
    }

    /** Epochs that are complete. */
    long epoch() {
        return epoch;
    }

    /** The batches of this epoch that are left, a partition for each host. */
    JavaRDD<T> batches(final int hosts) {
        if (all == null) {
            all = divided(source, hosts);
            consumed = new long[hosts];
        } else if (consumed.length != hosts) {
            final JavaRDD<T> before = rest;
            rest = divided(left(present(), consumed), hosts);
            if (before != null) {
                rest.count(); // it is computed from what goes now
                before.unpersist();
            }
            consumed = new long[hosts];
        }
        return left(present(), consumed);
    }

    private JavaRDD<T> present() {
        return rest == null ? all : rest;
    }

    private JavaRDD<T> divided(final JavaRDD<T> batches, final int hosts) {
        final long order = seed;
        return batches.zipWithIndex()
                .mapToPair(batch -> new Tuple2<>(DataKey.of(batch._2(), order), batch._1()))
                .repartitionAndSortWithinPartitions(new HostPartitioner(hosts))
                .values()
                .persist(StorageLevel.MEMORY_AND_DISK());
    }

    private static <T> JavaRDD<T> left(final JavaRDD<T> batches, final long[] consumed) {
        final long[] skipped = consumed.clone();
        return batches.mapPartitionsWithIndex((host, all) -> skip(all, skipped[host]), true);
    }

    private static <T> Iterator<T> skip(final Iterator<T> batches, final long count) {
        for (long i = 0; i < count && batches.hasNext(); i++) {
            batches.next();
        }
        return batches;
    }

    /**
     * Notes what the hosts have trained on in a round. If nothing is left, the next epoch begins.
     *
     * @return whether an epoch is complete
     */
    boolean trained(final List<HostReport> reports) {
        boolean isComplete = true;
        for (final HostReport report : reports) {
            consumed[report.host()] += report.consumed();
            isComplete &= report.isFinished();
        }
        if (isComplete) {
            epoch++;
            beginEpoch();
        }
        return isComplete;
    }

    private void beginEpoch() {
        final int hosts = consumed.length;
        if (rest != null) {
            rest.unpersist();
            rest = null;
            if (all.getNumPartitions() != hosts) {
                all.unpersist();
                all = null;
                return;
            }
        }
        consumed = new long[hosts];
    }

    void close() {
        if (rest != null) {
            rest.unpersist();
        }
        if (all != null) {
            all.unpersist();
        }
    }
}
