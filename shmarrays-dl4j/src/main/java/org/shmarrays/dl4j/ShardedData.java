package org.shmarrays.dl4j;

import java.io.Serializable;
import java.util.Iterator;

/**
 * Opens a worker's part of the data of an epoch. {@link SharedTraining} calls it in each worker at the begin of each
 * epoch, in the thread that trains, and trains on every batch of what it gets.
 *
 * <p>The same shard must be opened with the same batches in the same order: a worker that is started again, or that
 * takes over the shard of one that was removed, opens it a second time and goes on where the other one ended.
 *
 * <p>Serializable, because it travels to the workers where one program starts them: a lambda may use only what is
 * serializable itself.
 */
@FunctionalInterface
public interface ShardedData extends Serializable {
    /**
     * Opens a shard, at its first batch.
     *
     * @return a {@link org.nd4j.linalg.dataset.api.iterator.DataSetIterator DataSetIterator} or a
     *     {@link org.nd4j.linalg.dataset.api.iterator.MultiDataSetIterator MultiDataSetIterator}, the same for all
     *     shards; it may be empty
     */
    Iterator<?> open(Shard shard);
}
