package org.shmarrays.dl4j;

import org.nd4j.linalg.dataset.AsyncDataSetIterator;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.api.iterator.DataSetIterator;

/** Reads batches ahead in a thread of its own until it is shut down. */
final class PrefetchedDataSetIterator extends AsyncDataSetIterator {
    private static final long serialVersionUID = 1;

    PrefetchedDataSetIterator(final DataSetIterator iterator) {
        this(iterator, new PrefetchQueue<>());
    }

    private PrefetchedDataSetIterator(final DataSetIterator iterator, final PrefetchQueue<DataSet> queue) {
        super(iterator, PrefetchQueue.CAPACITY, queue, true);
        queue.onFailure(() -> PrefetchQueue.failure(thread, throwable));
    }

    @Override
    public boolean hasNext() {
        try {
            return super.hasNext();
        } catch (final RuntimeException e) {
            final RuntimeException own = PrefetchQueue.failure(thread, throwable);
            throw own == null ? e : own; // DL4J wraps it or not, depending on when the iterator fails
        }
    }
}
