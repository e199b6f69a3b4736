package org.shmarrays.dl4j;

import java.io.NotSerializableException;
import java.io.ObjectOutputStream;
import java.util.List;
import java.util.function.Supplier;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.api.DataSetPreProcessor;
import org.nd4j.linalg.dataset.api.iterator.DataSetIterator;

/** One pass over a part of the batches of a DataSetIterator: those that are this worker's. */
final class DealtDataSetIterator implements DataSetIterator {
    private static final long serialVersionUID = 1;

    private final transient Supplier<DataSetIterator> source;
    private final transient BatchSource batches;

    /**
     * A pass.
     *
     * @param source the iterator that the present batch is of, which tells what batches are like
     */
    DealtDataSetIterator(final Supplier<DataSetIterator> source, final BatchSource batches) {
        this.source = source;
        this.batches = batches;
    }

    @Override
    public boolean hasNext() {
        return batches.hasNext();
    }

    @Override
    public DataSet next() {
        return (DataSet) batches.next();
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

    @Override
    public boolean asyncSupported() {
        return batches.asyncSupported();
    }

    @Override
    public void setPreProcessor(final DataSetPreProcessor preProcessor) {
        source.get().setPreProcessor(preProcessor);
    }

    @Override
    public DataSetPreProcessor getPreProcessor() {
        return source.get().getPreProcessor();
    }

    @Override
    public int inputColumns() {
        return source.get().inputColumns();
    }

    @Override
    public int totalOutcomes() {
        return source.get().totalOutcomes();
    }

    @Override
    public int batch() {
        return source.get().batch();
    }

    @Override
    public List<String> getLabels() {
        return source.get().getLabels();
    }

    /** The samples are where it was made, and a copy elsewhere would have none. */
    private void writeObject(final ObjectOutputStream out) throws NotSerializableException {
        throw new NotSerializableException(getClass().getName());
    }
}
