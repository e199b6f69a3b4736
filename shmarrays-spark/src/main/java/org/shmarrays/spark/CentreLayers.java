package org.shmarrays.spark;

import java.util.ArrayList;
import java.util.List;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.storage.StorageLevel;

/**
 * The layers of the common parameters. A layer holds what a round changed, on top of those below it; without sparse
 * arrays that is everything, and there is one layer. For the driver's thread.
 */
final class CentreLayers {
    /** Above that all but the newest become one. */
    private static final int MOST_LAYERS = 32;

    private final JavaSparkContext context;
    private final ChunkTable table;
    private final IndexPartitioner partitioner;

    /** The lowest is whole. */
    private final List<JavaPairRDD<Integer, CentreRows>> layers = new ArrayList<>();

    /** Length of the layers above the lowest, about. */
    private long changedBytes;

    CentreLayers(final JavaSparkContext context, final ChunkTable table, final IndexPartitioner partitioner) {
        this.context = context;
        this.table = table;
        this.partitioner = partitioner;
    }

    boolean isEmpty() {
        return layers.isEmpty();
    }

    int count() {
        return layers.size();
    }

    /** Replaces all layers by a whole one. If some of its chunks are missing, it throws, and they are as before. */
    void begin(final JavaPairRDD<Integer, CentreRows> whole) {
        checkLayer(whole);
        close();
        layers.add(whole);
        changedBytes = 0;
    }

    /** Throws, by a job of Spark, if some chunks of a layer are missing. */
    void checkLayer(final JavaPairRDD<Integer, CentreRows> layer) {
        checkCount(layer.count(), 1);
    }

    /** Throws, by a job of Spark, if some chunks of any layer are missing. */
    void checkWhole() {
        checkCount(joined().count(), layers.size());
    }

    private void checkCount(final long count, final long ofLayers) {
        final long expected = ofLayers * table.chunkCount();
        if (count != expected) {
            throw new IllegalStateException(
                    "chunks of the parameters are missing: found=" + count + ", expected=" + expected);
        }
    }

    /** Has Spark keep a layer, on two executors where there are so many. */
    static JavaPairRDD<Integer, CentreRows> kept(final JavaPairRDD<Integer, CentreRows> made, final int hosts) {
        made.persist(hosts > 1 ? StorageLevel.MEMORY_AND_DISK_2() : StorageLevel.MEMORY_AND_DISK());
        made.rdd().localCheckpoint();
        return made;
    }

    /**
     * Adds what a round has changed.
     *
     * @param lengthBytes of the layer, about
     */
    void add(final JavaPairRDD<Integer, CentreRows> layer, final long lengthBytes) {
        if (table.hasSparse()) {
            changedBytes += lengthBytes;
        } else {
            close();
        }
        layers.add(layer);
    }

    JavaPairRDD<Integer, CentreRows> newest() {
        return layers.get(layers.size() - 1);
    }

    /** Makes all layers but the newest one, if they are many or large. */
    void merge(final int hosts) {
        final boolean isLarge = changedBytes > table.lengthBytes() / 2;
        if (layers.size() < 3 || !isLarge && layers.size() < MOST_LAYERS) {
            return;
        }
        final List<JavaPairRDD<Integer, CentreRows>> lower = layers.subList(0, layers.size() - 1);
        final JavaPairRDD<Integer, CentreRows> whole = kept(merged(lower), hosts);
        try {
            checkLayer(whole);
        } catch (final RuntimeException e) {
            whole.unpersist(false);
            throw e;
        }
        lower.forEach(layer -> layer.unpersist(false));
        lower.clear();
        layers.add(0, whole);
        changedBytes = 0;
    }

    /** Each chunk of the layers as one layer. */
    private JavaPairRDD<Integer, CentreRows> merged(final List<JavaPairRDD<Integer, CentreRows>> some) {
        return some.size() == 1
                ? some.get(0)
                : joined(some).groupByKey(partitioner).mapValues(CentreRows::merged);
    }

    /** The layers side by side; their partitions stay where they are. */
    private JavaPairRDD<Integer, CentreRows> joined(final List<JavaPairRDD<Integer, CentreRows>> some) {
        @SuppressWarnings({"unchecked", "rawtypes"}) // there are no arrays of a generic type
        final JavaPairRDD<Integer, CentreRows>[] all = some.toArray(new JavaPairRDD[0]);
        return all.length == 1 ? all[0] : context.union(all);
    }

    /** All layers as one. */
    JavaPairRDD<Integer, CentreRows> merged() {
        return merged(layers);
    }

    /** {@link #joined(List)} of all layers. */
    JavaPairRDD<Integer, CentreRows> joined() {
        return joined(layers);
    }

    /** The present value of each chunk. */
    JavaPairRDD<Integer, CentreChunk> chunks() {
        return merged().mapValues(CentreRows::chunk);
    }

    /** Spark forgets all layers. */
    void close() {
        layers.forEach(layer -> layer.unpersist(false));
        layers.clear();
    }
}
