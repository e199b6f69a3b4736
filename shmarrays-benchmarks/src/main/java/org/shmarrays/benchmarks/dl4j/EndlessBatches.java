package org.shmarrays.benchmarks.dl4j;

import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.api.DataSetPreProcessor;
import org.nd4j.linalg.dataset.api.iterator.DataSetIterator;
import org.shmarrays.dl4j.SkippingIterator;

/**
 * The same batches over and over, as one epoch that lasts until it is ended; counts those that were taken. One thread
 * iterates; any thread may count and end.
 */
final class EndlessBatches implements DataSetIterator, SkippingIterator {
    private static final long serialVersionUID = 1;

    private final transient List<DataSet> batches;
    private final AtomicLong taken = new AtomicLong();
    private int position;
    private volatile boolean ended;

    /** Batches that are made already. */
    EndlessBatches(final List<DataSet> batches) {
        this.batches = List.copyOf(batches);
    }

    /** How many batches were taken. */
    long taken() {
        return taken.get();
    }

    /** The present batch is the last one. */
    void end() {
        ended = true;
    }

    @Override
    public boolean hasNext() {
        return !ended;
    }

    @Override
    public DataSet next() {
        final DataSet batch = batches.get(position);
        skip(1);
        taken.incrementAndGet();
        return batch;
    }

    @Override
    public void skip(final int count) {
        position = (position + count) % batches.size();
    }

    @Override
    public DataSet next(final int count) {
        throw new UnsupportedOperationException("batches have the size that they are made with");
    }

    @Override
    public int batch() {
        return batches.get(0).numExamples();
    }

    @Override
    public int inputColumns() {
        return batches.get(0).numInputs();
    }

    @Override
    public int totalOutcomes() {
        return batches.get(0).numOutcomes();
    }

    @Override
    public boolean resetSupported() {
        return true;
    }

    @Override
    public boolean asyncSupported() {
        return true;
    }

    @Override
    public void reset() {
        position = 0;
    }

    @Override
    public void setPreProcessor(final DataSetPreProcessor preProcessor) {
        throw new UnsupportedOperationException("batches are as they are trained on");
    }

    @Override
    public DataSetPreProcessor getPreProcessor() {
        return null;
    }

    @Override
    public List<String> getLabels() {
        return null;
    }
}
