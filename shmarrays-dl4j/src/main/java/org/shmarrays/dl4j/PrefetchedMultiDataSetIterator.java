package org.shmarrays.dl4j;

import org.nd4j.linalg.dataset.AsyncMultiDataSetIterator;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.nd4j.linalg.dataset.api.iterator.MultiDataSetIterator;

/** Reads batches ahead in a thread of its own until it is shut down. */
final class PrefetchedMultiDataSetIterator extends AsyncMultiDataSetIterator {
    private static final long serialVersionUID = 1;

    private final transient PrefetchQueue<MultiDataSet> queue;

    /** What has ended the thread. It has no initial value here, because the superclass's constructor starts that. */
    private transient volatile Throwable uncaught;

    PrefetchedMultiDataSetIterator(final MultiDataSetIterator iterator) {
        this(iterator, new PrefetchQueue<>());
    }

    private PrefetchedMultiDataSetIterator(
            final MultiDataSetIterator iterator, final PrefetchQueue<MultiDataSet> queue) {
        super(iterator, PrefetchQueue.CAPACITY, queue, true);
        this.queue = queue;
        queue.onFailure(this::failure);
    }

    private RuntimeException failure() {
        return PrefetchQueue.failure(thread, throwable, uncaught);
    }

    /** Called by the thread that reads, before it reads. */
    @Override
    protected void externalCall() {
        Thread.currentThread().setUncaughtExceptionHandler((reader, thrown) -> uncaught = thrown);
    }

    @Override
    public void reset() {
        queue.end(thread, shouldWork);
        uncaught = null;
        super.reset();
    }

    @Override
    public void shutdown() {
        queue.end(thread, shouldWork);
        super.shutdown();
    }

    @Override
    public boolean hasNext() {
        try {
            return super.hasNext();
        } catch (final RuntimeException e) {
            final RuntimeException own = failure();
            throw own == null ? e : own; // DL4J wraps it or not, depending on when the iterator fails
        }
    }
}
