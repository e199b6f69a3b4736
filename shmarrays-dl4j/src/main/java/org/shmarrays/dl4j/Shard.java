package org.shmarrays.dl4j;

import java.io.Serializable;

/**
 * The part of the data that is one worker's in one epoch: part {@code rank} of {@code worldSize}. All shards of an
 * epoch together are all of its data.
 *
 * @param rank from 0 on
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
}
