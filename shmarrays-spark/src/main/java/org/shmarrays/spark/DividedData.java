package org.shmarrays.spark;

import java.util.Iterator;
import java.util.List;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.rdd.DeterministicLevel;
import org.apache.spark.storage.StorageLevel;
import scala.Tuple2;

/**
 * The batches of an epoch, divided among the hosts. Each is trained once in an epoch: when the number of hosts changes,
 * what is left of the epoch is divided once more. For the driver's thread.
 *
 * <p>Batches that are lost with an executor are computed again, which must give the same order. Spark knows of some data
 * that it may not: that behind a shuffle without a sort. Such data is kept by two executors, and forgets how it was
 * computed: when both are lost, the training fails instead of repeating some batches and skipping others.
 *
 * @param <T> type of the batches
 */
final class DividedData<T> {
    private final JavaRDD<T> source;
    private final long seed;
    private final boolean isOrderStable;

    /** All batches, for some number of hosts; null before the first epoch. */
    private JavaRDD<T> all;

    /** What was left of an epoch when the number of hosts changed, or null. */
    private JavaRDD<T> rest;

    /** How many batches of its partition each host has trained on. */
    private long[] consumed;

    /** Batches that were trained in this epoch. */
    private long trainedBatches;

    private long epoch;

    DividedData(final JavaRDD<T> source, final long seed) {
        this.source = source;
        this.seed = seed;
        this.isOrderStable = source.rdd().outputDeterministicLevel().equals(DeterministicLevel.DETERMINATE());
    }

    /** Epochs that are complete. */
    long epoch() {
        return epoch;
    }

    /** The batches of this epoch that are left, a partition for each host. If it throws, nothing has changed. */
    JavaRDD<T> batches(final int hosts) {
        if (all == null) {
            all = divided(source, hosts);
            consumed = new long[hosts];
        } else if (consumed.length != hosts) {
            divideRest(hosts);
        }
        return left(present(), consumed);
    }

    private void divideRest(final int hosts) {
        final JavaRDD<T> before = rest;
        final JavaRDD<T> next = divided(left(present(), consumed), hosts);
        if (before != null) {
            next.count(); // it is computed from what goes now
            before.unpersist();
        }
        rest = next;
        consumed = new long[hosts];
    }

    private JavaRDD<T> present() {
        return rest == null ? all : rest;
    }

    private JavaRDD<T> divided(final JavaRDD<T> batches, final int hosts) {
        final long order = seed;
        final JavaRDD<T> divided = batches.zipWithIndex()
                .mapToPair(batch -> new Tuple2<>(DataKey.of(batch._2(), order), batch._1()))
                .repartitionAndSortWithinPartitions(new HostPartitioner(hosts))
                .values();
        if (isOrderStable) {
            return divided.persist(StorageLevel.MEMORY_AND_DISK());
        }
        divided.persist(StorageLevel.MEMORY_AND_DISK_2());
        divided.rdd().localCheckpoint();
        return divided;
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
     * @throws HostTrainingException if an epoch has no batches
     */
    boolean trained(final List<HostReport> reports) {
        boolean isComplete = true;
        for (final HostReport report : reports) {
            consumed[report.host()] += report.consumed();
            trainedBatches += report.consumed();
            isComplete &= report.isFinished();
        }
        if (isComplete) {
            if (trainedBatches == 0) {
                throw new HostTrainingException("there is nothing to train on: the RDD of the data has no batches");
            }
            trainedBatches = 0;
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
