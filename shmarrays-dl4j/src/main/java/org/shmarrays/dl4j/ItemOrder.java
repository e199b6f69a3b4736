package org.shmarrays.dl4j;

import java.util.Arrays;
import java.util.NoSuchElementException;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * The order in which an iterator goes through items, some of them at a time: that of their numbers, or another one in
 * each epoch, which depends on a seed and the epoch alone. For the thread that iterates.
 */
final class ItemOrder {
    private final int count;
    private final int batchSize;
    private final boolean isShuffled;
    private final long seed;
    private int epoch;
    private long next;

    /** Of the present epoch, if it is shuffled and has begun; else null. */
    private int[] order;

    /**
     * An order of items.
     *
     * @throws IllegalArgumentException if there are less than 0 items, or less than 1 are taken at a time
     */
    ItemOrder(final int count, final int batchSize) {
        this(count, batchSize, false, 0, 0);
        if (count < 0 || batchSize < 1) {
            throw new IllegalArgumentException(
                    "items are 0 or more, and those of a batch 1 or more: items=" + count + ", batch=" + batchSize);
        }
    }

    private ItemOrder(
            final int count, final int batchSize, final boolean isShuffled, final long seed, final int epoch) {
        this.count = count;
        this.batchSize = batchSize;
        this.isShuffled = isShuffled;
        this.seed = seed;
        this.epoch = epoch;
    }

    /** The same items in a random order, at the begin of this epoch. */
    ItemOrder shuffled(final long newSeed) {
        return new ItemOrder(count, batchSize, true, newSeed, epoch);
    }

    /**
     * The same items at the begin of another epoch.
     *
     * @throws IllegalArgumentException if it is negative
     */
    ItemOrder at(final int newEpoch) {
        if (newEpoch < 0) {
            throw new IllegalArgumentException("an epoch is 0 or more: epoch=" + newEpoch);
        }
        return new ItemOrder(count, batchSize, isShuffled, seed, newEpoch);
    }

    int batchSize() {
        return batchSize;
    }

    boolean hasNext() {
        return next < count;
    }

    /** The next items; the last ones of an epoch may be fewer. */
    int[] next() {
        if (!hasNext()) {
            throw new NoSuchElementException("the epoch has no further batch: items=" + count);
        }
        final int from = (int) next;
        next += batchSize;
        final int to = (int) Math.min(next, count);
        if (!isShuffled) {
            return IntStream.range(from, to).toArray();
        }
        if (order == null) {
            order = newOrder();
        }
        return Arrays.copyOfRange(order, from, to);
    }

    /**
     * By Fisher and Yates. Seeds are mixed before the epoch is added, so that no two of them have an order in common.
     */
    private int[] newOrder() {
        final SplittableRandom random = new SplittableRandom(new SplittableRandom(seed).nextLong() + epoch);
        final int[] items = IntStream.range(0, count).toArray();
        for (int i = count - 1; i > 0; i--) {
            final int other = random.nextInt(i + 1);
            final int item = items[i];
            items[i] = items[other];
            items[other] = item;
        }
        return items;
    }

    /** Skips as many calls of {@link #next}. */
    void skip(final int batches) {
        next += (long) batches * batchSize;
    }

    /** Goes back to the begin of the epoch. */
    void rewind() {
        next = 0;
    }

    /** Goes on to the next epoch. */
    void reset() {
        epoch++;
        next = 0;
        order = null;
    }
}
