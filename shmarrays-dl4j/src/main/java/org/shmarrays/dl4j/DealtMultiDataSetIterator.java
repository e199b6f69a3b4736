package org.shmarrays.dl4j;

import java.io.NotSerializableException;
import java.io.ObjectOutputStream;
import java.util.function.Supplier;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.nd4j.linalg.dataset.api.MultiDataSetPreProcessor;
import org.nd4j.linalg.dataset.api.iterator.MultiDataSetIterator;

/** One pass over a part of the batches of a MultiDataSetIterator: those that are this worker's. */
final class DealtMultiDataSetIterator implements MultiDataSetIterator {
    private static final long serialVersionUID = 1;

    private final transient Supplier<MultiDataSetIterator> source;
    private final transient BatchSource batches;

    /**
     * A pass.
     *
     * @param source the iterator that the present batch is of, which tells what batches are like
     */
    DealtMultiDataSetIterator(final Supplier<MultiDataSetIterator> source, final BatchSource batches) {
        this.source = source;
        this.batches = batches;
    }

    @Override
    public boolean hasNext() {
        return batches.hasNext();
    }

    @Override
    public MultiDataSet next() {
        return (MultiDataSet) batches.next();
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

    @Override
    public boolean asyncSupported() {
        return batches.asyncSupported();
    }

    @Override
    public void setPreProcessor(final MultiDataSetPreProcessor preProcessor) {
        source.get().setPreProcessor(preProcessor);
    }

    @Override
    public MultiDataSetPreProcessor getPreProcessor() {
        return source.get().getPreProcessor();
    }

    /** The samples are where it was made, and a copy elsewhere would have none. */
    private void writeObject(final ObjectOutputStream out) throws NotSerializableException {
        throw new NotSerializableException(getClass().getName());
    }
}
