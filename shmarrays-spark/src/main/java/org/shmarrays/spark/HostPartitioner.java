package org.shmarrays.spark;

import org.apache.spark.Partitioner;

/** Deals batches to hosts. */
final class HostPartitioner extends Partitioner {
    private static final long serialVersionUID = 1L;

    private final int hosts;

    HostPartitioner(final int hosts) {
        this.hosts = hosts;
    }

    @Override
    public int numPartitions() {
        return hosts;
    }

    @Override
    public int getPartition(final Object key) {
        return ((DataKey) key).host(hosts);
    }

    @Override
    public boolean equals(final Object other) {
        return other instanceof HostPartitioner partitioner && partitioner.hosts == hosts;
    }

    @Override
    public int hashCode() {
        return hosts;
    }
}
