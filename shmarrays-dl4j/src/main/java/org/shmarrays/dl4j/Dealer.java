package org.shmarrays.dl4j;

import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.function.BooleanSupplier;
import java.util.function.IntConsumer;

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
    private final int pushed;
    private final BooleanSupplier stop;
    private final IntConsumer progress;
    private long next;
    private int own;
    private boolean isReady;
    private boolean cutOff;

    /**
     * A pass, which begins where the source stands.
     *
     * @param pushed number of the rank's own batches to skip
     * @param stop whether to end the pass before the next batch
     * @param progress is told how many of the rank's own batches are done, skipped ones included, each time that the
     *     next one is asked for
     */
    Dealer(
            final Iterator<T> source,
            final int rank,
            final int workers,
            final int pushed,
            final BooleanSupplier stop,
            final IntConsumer progress) {
        this.source = source;
        this.rank = rank;
        this.workers = workers;
        this.pushed = pushed;
        this.stop = stop;
        this.progress = progress;
    }

    /** Once true it stays so until {@link #next}, although a stop may be asked for meanwhile. */
    boolean hasNext() {
        if (isReady) {
            return true;
        }
        progress.accept(Math.max(own, pushed));
        if (stop.getAsBoolean()) {
            cutOff = true;
            return false;
        }
        while (source.hasNext()) {
            if (next % workers == rank) {
                if (own >= pushed) {
                    isReady = true;
                    return true;
                }
                own++;
            }
            source.next();
            next++;
        }
        return false;
    }

    T next() {
        if (!hasNext()) {
            throw new NoSuchElementException("no batch is left for rank " + rank);
        }
        isReady = false;
        next++;
        own++;
        return source.next();
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
