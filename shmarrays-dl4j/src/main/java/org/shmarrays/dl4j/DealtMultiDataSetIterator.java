package org.shmarrays.dl4j;

import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.nd4j.linalg.dataset.api.MultiDataSetPreProcessor;
import org.nd4j.linalg.dataset.api.iterator.MultiDataSetIterator;

/** One pass over the batches of a MultiDataSetIterator that a {@link Dealer} deals to this worker. */
final class DealtMultiDataSetIterator implements MultiDataSetIterator {
    private static final long serialVersionUID = 1;

    private final transient MultiDataSetIterator source;
    private final transient Dealer<MultiDataSet> dealer;

    DealtMultiDataSetIterator(final MultiDataSetIterator source, final Dealer<MultiDataSet> dealer) {
        this.source = source;
        this.dealer = dealer;
    }

    @Override
    public boolean hasNext() {
        return dealer.hasNext();
    }

    @Override
    public MultiDataSet next() {
        return dealer.next();
    }

    @Override
    public MultiDataSet next(final int count) {
        throw new UnsupportedOperationException("batches are dealt as they are: count=" + count);
    }

    /** False: DL4J would reset, and train on, a pass of which all batches are other workers', or pushed already. */
    @Override
    public boolean resetSupported() {
        return false;
    }

    @Override
    public void reset() {
        throw new UnsupportedOperationException("one pass is dealt");
    }

    /** False, because the source reads ahead where it can. */
    @Override
    public boolean asyncSupported() {
        return false;
    }

    @Override
    public void setPreProcessor(final MultiDataSetPreProcessor preProcessor) {
        source.setPreProcessor(preProcessor);
    }

    @Override
    public MultiDataSetPreProcessor getPreProcessor() {
        return source.getPreProcessor();
    }
}
