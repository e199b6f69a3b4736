package org.shmarrays.dl4j;

import org.nd4j.linalg.dataset.AsyncDataSetIterator;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.api.iterator.DataSetIterator;

/** Reads batches ahead in a thread of its own until it is shut down. */
final class PrefetchedDataSetIterator extends AsyncDataSetIterator {
    private static final long serialVersionUID = 1;

    PrefetchedDataSetIterator(final DataSetIterator iterator) {
        super(iterator, PrefetchQueue.CAPACITY, new PrefetchQueue<>(), true);
        queue().readBy(() -> thread, () -> throwable);
    }

    /** No field of this class, because the thread that needs it is started by the superclass's constructor. */
    private PrefetchQueue<DataSet> queue() {
        return (PrefetchQueue<DataSet>) buffer;
    }

    /** Called by the thread that reads, before it reads. */
    @Override
    protected void externalCall() {
        queue().watchReader();
    }

    @Override
    public void reset() {
        queue().end(shouldWork);
        super.reset();
    }

    @Override
    public void shutdown() {
        queue().end(shouldWork);
        super.shutdown();
    }

    @Override
    public boolean hasNext() {
        return queue().hasNext(super::hasNext);
    }
}
