package org.shmarrays.examples.mnist;

import java.util.SplittableRandom;

/**
 * The endless stream of minibatches of one worker: each epoch is a permutation of its own of the whole set, cut into
 * batches; the last batch of an epoch is short when the size does not divide the set, so that every image has its turn.
 *
 * <p>The images of a step are a function of seed, rank and step alone, so a worker can go on at any step. One thread;
 * steps read in order cost nothing but the copying and a shuffle an epoch.
 */
public final class Batches {
    private final LabelledImages images;
    private final int batchSize;
    private final long seed;
    private final int rank;
    private final int batchesPerEpoch;
    private final int[] order;
    private long epoch = -1;

    /**
     * The batches of one worker.
     *
     * @param batchSize images a batch, at least 1.
     * @param seed the training's seed, the same for all workers.
     * @param rank the worker, which draws permutations of its own.
     */
    public Batches(final LabelledImages images, final int batchSize, final long seed, final int rank) {
        if (batchSize < 1) {
            throw new IllegalArgumentException("batch size must be at least 1: batchSize=" + batchSize);
        }
        this.images = images;
        this.batchSize = batchSize;
        this.seed = seed;
        this.rank = rank;
        this.batchesPerEpoch = perEpoch(images.count(), batchSize);
        this.order = new int[images.count()];
    }

    /** Batches in a pass over so many images. */
    static int perEpoch(final int images, final int batchSize) {
        return (images + batchSize - 1) / batchSize;
    }

    /** Batches in a pass over the set. */
    public int batchesPerEpoch() {
        return batchesPerEpoch;
    }

    /**
     * Fills {@code batch} with the images of a step.
     *
     * @param step 0 for the first; its epoch is {@code step / batchesPerEpoch()}.
     */
    public void read(final long step, final Batch batch) {
        if (step < 0 || batch.capacity() < batchSize) {
            throw new IllegalArgumentException("step must be at least 0 and the batch large enough: step=" + step
                    + ", capacity=" + batch.capacity() + ", batchSize=" + batchSize);
        }
        if (epoch != step / batchesPerEpoch) {
            epoch = step / batchesPerEpoch;
            shuffle();
        }
        final int first = (int) (step % batchesPerEpoch) * batchSize;
        final int last = Math.min(first + batchSize, order.length);
        batch.clear();
        for (int i = first; i < last; i++) {
            batch.add(images, order[i]);
        }
        batch.pixels(); // computed here, so that it is not counted as a part of the gradient
    }

    /** Fisher and Yates' shuffle, from the unshuffled set: the order owes nothing to the epochs before. */
    private void shuffle() {
        final SplittableRandom random = new SplittableRandom(Seeds.mix(seed, Seeds.SHUFFLE, rank, epoch));
        for (int i = 0; i < order.length; i++) {
            final int j = random.nextInt(i + 1);
            order[i] = order[j];
            order[j] = i;
        }
    }
}
