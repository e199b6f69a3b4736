package org.shmarrays.dl4j;

import java.io.Serializable;
import org.nd4j.linalg.dataset.api.iterator.DataSetIterator;
import org.nd4j.linalg.dataset.api.iterator.MultiDataSetIterator;

/**
 * The part of the data that is one worker's in one epoch: part {@code rank} of {@code worldSize}. All shards of an
 * epoch together are all of its data.
 *
 * @param rank from 0 on; not always that of the worker that opens it, which may be a faster one, or take over what
 *     another one has left
 * @param worldSize number of shards of this epoch, at least 1; another epoch may have another number
 * @param epoch of the training. The shards of an epoch are opened with the same number, also by a worker that is
 *     started again, so that it may serve as a seed of the order
 */
public record Shard(int rank, int worldSize, int epoch) implements Serializable {
    private static final long serialVersionUID = 1;

    /**
     * A shard.
     *
     * @throws IllegalArgumentException unless rank is 0 to worldSize - 1, and epoch at least 0
     */
    public Shard {
        if (rank < 0 || rank >= worldSize) {
            throw new IllegalArgumentException("a rank is 0 to worldSize - 1: rank=" + rank + ", worldSize=" + worldSize
                    + "; give the number of shards as worldSize");
        }
        if (epoch < 0) {
            throw new IllegalArgumentException("an epoch is 0 or more: epoch=" + epoch);
        }
    }

    /**
     * This shard of the batches of an iterator: those with index i mod worldSize = rank. The others are skipped, and
     * not loaded if the iterator is a {@link SkippingIterator}.
     *
     * @param all at its first batch; the same batches in the same order for all shards of an epoch
     */
    public DataSetIterator deal(final DataSetIterator all) {
        return new DealtDataSetIterator(() -> all, new EveryNth(all, all.asyncSupported(), this));
    }

    /** {@link #deal(DataSetIterator)} for models with several inputs or outputs. */
    public MultiDataSetIterator deal(final MultiDataSetIterator all) {
        return new DealtMultiDataSetIterator(() -> all, new EveryNth(all, all.asyncSupported(), this));
    }
}
