package org.shmarrays.dl4j;

import org.nd4j.linalg.dataset.AsyncMultiDataSetIterator;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.nd4j.linalg.dataset.api.iterator.MultiDataSetIterator;

/** Reads batches ahead in a thread of its own until it is shut down. */
final class PrefetchedMultiDataSetIterator extends AsyncMultiDataSetIterator {
    private static final long serialVersionUID = 1;

    PrefetchedMultiDataSetIterator(final MultiDataSetIterator iterator) {
        this(iterator, new PrefetchQueue<>());
    }

    private PrefetchedMultiDataSetIterator(
            final MultiDataSetIterator iterator, final PrefetchQueue<MultiDataSet> queue) {
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
