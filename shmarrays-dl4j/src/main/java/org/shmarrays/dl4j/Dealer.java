package org.shmarrays.dl4j;

import java.util.Iterator;
import java.util.function.BooleanSupplier;

/**
 * Deals the batches of one pass over a data set among the workers: batch i is for rank i mod N. Every worker reads the
 * whole data set, in the same order, and skips what is not its own, and those of its own that its rank has pushed
 * before.
 *
 * @param <T> a batch
 */
final class Dealer<T> {
    private final Iterator<T> source;
    private final int rank;
    private final int workers;
    private final BooleanSupplier stop;
    private long skipped;
    private long next;
    private boolean cutOff;

    /**
     * A pass.
     *
     * @param pushed number of the rank's own batches to skip
     * @param stop whether to end the pass before the next batch
     */
    Dealer(final Iterator<T> source, final int rank, final int workers, final long pushed, final BooleanSupplier stop) {
        this.source = source;
        this.rank = rank;
        this.workers = workers;
        this.skipped = pushed;
        this.stop = stop;
    }

    boolean hasNext() {
        if (stop.getAsBoolean()) {
            cutOff = true;
            return false;
        }
        while (source.hasNext()) {
            if (next % workers == rank) {
                if (skipped == 0) {
                    return true;
                }
                skipped--;
            }
            source.next();
            next++;
        }
        return false;
    }

    T next() {
        if (!hasNext()) {
            throw new java.util.NoSuchElementException("no batch is left for rank " + rank);
        }
        next++;
        return source.next();
    }

    /** Starts again with the data set's first batch. */
    void restart() {
        next = 0;
    }

    /** Whether the pass has ended with a batch for some ranks, and none for this one. */
    boolean isLeftOut() {
        final long rest = next % workers;
        return !cutOff && rest != 0 && rank >= rest;
    }

    /** Whether the pass has ended because of a stop. */
    boolean isCutOff() {
        return cutOff;
    }
}
