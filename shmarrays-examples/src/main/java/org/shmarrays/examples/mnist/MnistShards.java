package org.shmarrays.examples.mnist;

import java.time.Duration;
import java.util.Iterator;
import org.nd4j.linalg.dataset.DataSet;
import org.shmarrays.Settings;
import org.shmarrays.dl4j.Shard;
import org.shmarrays.dl4j.ShardedData;

/**
 * The training images that {@link SharedImages} holds, as batches of DL4J: each epoch has a permutation of its own, the
 * same in all workers, and batch i of it is in shard i mod N. Batches are made as they are taken.
 *
 * @param training the name that the images are found by
 */
record MnistShards(String training, int batchSize, long seed) implements ShardedData {
    private static final long serialVersionUID = 1;

    /** For the images, which the coordinator unpacks while its workers start. */
    private static final Duration LONGEST_WAIT = Duration.ofMinutes(3);

    @Override
    public Iterator<DataSet> open(final Shard shard) {
        final LabelledImages images = SharedImages.attach(training, LONGEST_WAIT, Settings.fromProperties());
        final int[] order = MnistDataSets.shuffled(images.count(), Seeds.mix(seed, Seeds.SHUFFLE, 0, shard.epoch()));
        return MnistDataSets.shard(images, order, batchSize, shard);
    }
}
