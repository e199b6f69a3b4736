package org.shmarrays.spark;

import java.util.ArrayList;
import java.util.Arrays;
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
 * <p>Batches that are lost with an executor are computed again, which must give the same order. Spark knows of some
 * data that it may not: that behind a shuffle without a sort. Such data is kept by two executors, and forgets how it
 * was computed: when both are lost, the training fails instead of repeating some batches and skipping others.
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

    /** The same of the earlier divisions of this epoch. */
    private final List<long[]> before = new ArrayList<>();

    private long epoch;

    /** Of all batches, or -1 if they have not been counted. */
    private long count = -1;

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
        final JavaRDD<T> next = divided(left(present(), consumed), hosts);
        if (rest != null) {
            next.count(); // it is computed from what goes now
            rest.unpersist();
        }
        rest = next;
        before.add(consumed);
        consumed = new long[hosts];
    }

    /** Which batches are trained. All are counted once, after they were divided for so many hosts. */
    DataProgress progress(final int hosts) {
        final long number = count(hosts);
        final List<List<Long>> divisions = new ArrayList<>();
        before.forEach(counts -> divisions.add(Arrays.stream(counts).boxed().toList()));
        if (all != null) {
            divisions.add(Arrays.stream(consumed).boxed().toList());
        }
        return new DataProgress(seed, number, epoch, divisions);
    }

    private long count(final int hosts) {
        if (count < 0) {
            batches(hosts);
            count = all.count();
        }
        return count;
    }

    /**
     * Throws unless the rest of an epoch of an earlier run can be found again.
     *
     * @throws HostTrainingException if some batches are trained, and the data has no fixed order
     */
    void checkResumable(final DataProgress progress) {
        if (!isOrderStable && progress.trained() > 0) {
            throw new HostTrainingException("the checkpoint is of the middle of an epoch, whose rest can't be found"
                    + " again because the data has no fixed order, as behind a shuffle without a sort: trained="
                    + progress.trained() + " of " + progress.batches()
                    + "; sort the RDD or save it to files, or resume from the end of an epoch");
        }
    }

    /** Goes on after other rounds, of the same data by the same seed. */
    void goOnFrom(final DataProgress progress) {
        if (rest != null) {
            rest.unpersist();
            rest = null;
        }
        final int hosts =
                progress.consumed().isEmpty() ? 0 : progress.consumed().get(0).size();
        if (all != null && isOrderStable && all.getNumPartitions() != hosts) {
            all.unpersist();
            all = null;
        }
        before.clear();
        epoch = progress.epoch();
        trainedBatches = progress.trained();
        consumed = all == null ? null : new long[all.getNumPartitions()];
        for (final List<Long> counts : progress.consumed()) {
            batches(counts.size());
            consumed = counts.stream().mapToLong(Long::longValue).toArray();
        }
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

    /** Data without a fixed order stays divided as it is, so that there is one order for the whole training. */
    private void beginEpoch() {
        before.clear();
        if (rest != null) {
            rest.unpersist();
            rest = null;
            if (isOrderStable && all.getNumPartitions() != consumed.length) {
                all.unpersist();
                all = null;
                return;
            }
        }
        consumed = new long[all.getNumPartitions()];
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
