package org.shmarrays.dl4j;

import org.nd4j.linalg.dataset.AsyncDataSetIterator;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.api.iterator.DataSetIterator;

/** Reads batches ahead in a thread of its own until it is shut down. */
final class PrefetchedDataSetIterator extends AsyncDataSetIterator {
    private static final long serialVersionUID = 1;

    private final transient PrefetchQueue<DataSet> queue;

    /** What has ended the thread. It has no initial value here, because the superclass's constructor starts that. */
    private transient volatile Throwable uncaught;

    PrefetchedDataSetIterator(final DataSetIterator iterator) {
        this(iterator, new PrefetchQueue<>());
    }

    private PrefetchedDataSetIterator(final DataSetIterator iterator, final PrefetchQueue<DataSet> queue) {
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
