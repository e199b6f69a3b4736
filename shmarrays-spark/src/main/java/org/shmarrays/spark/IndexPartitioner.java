package org.shmarrays.spark;

import org.apache.spark.Partitioner;

/** Puts index i into partition i modulo their number. */
final class IndexPartitioner extends Partitioner {
    private static final long serialVersionUID = 1L;

    private final int partitions;

    IndexPartitioner(final int partitions) {
        this.partitions = partitions;
    }

    @Override
    public int numPartitions() {
        return partitions;
    }

    @Override
    public int getPartition(final Object key) {
        return (Integer) key % partitions;
    }

    @Override
    public boolean equals(final Object other) {
        return other instanceof IndexPartitioner partitioner && partitioner.partitions == partitions;
    }

    @Override
    public int hashCode() {
        return partitions;
    }
}
