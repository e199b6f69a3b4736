package org.shmarrays.dl4j;

import java.util.List;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.api.DataSetPreProcessor;
import org.nd4j.linalg.dataset.api.iterator.DataSetIterator;

/** One pass over the batches of a DataSetIterator that a {@link Dealer} deals to this worker. */
final class DealtDataSetIterator implements DataSetIterator {
    private static final long serialVersionUID = 1;

    private final transient DataSetIterator source;
    private final transient Dealer<DataSet> dealer;

    DealtDataSetIterator(final DataSetIterator source, final Dealer<DataSet> dealer) {
        this.source = source;
        this.dealer = dealer;
    }

    @Override
    public boolean hasNext() {
        return dealer.hasNext();
    }

    @Override
    public DataSet next() {
        return dealer.next();
    }

    @Override
    public DataSet next(final int count) {
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
    public void setPreProcessor(final DataSetPreProcessor preProcessor) {
        source.setPreProcessor(preProcessor);
    }

    @Override
    public DataSetPreProcessor getPreProcessor() {
        return source.getPreProcessor();
    }

    @Override
    public int inputColumns() {
        return source.inputColumns();
    }

    @Override
    public int totalOutcomes() {
        return source.totalOutcomes();
    }

    @Override
    public int batch() {
        return source.batch();
    }

    @Override
    public List<String> getLabels() {
        return source.getLabels();
    }
}
