package org.shmarrays.dl4j;

import java.util.List;
import java.util.NoSuchElementException;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.api.DataSetPreProcessor;
import org.nd4j.linalg.dataset.api.iterator.DataSetIterator;

/** Batches that are numbers, without samples; counts those that were loaded. */
class NumberedBatches implements DataSetIterator {
    private static final long serialVersionUID = 1;

    private final int first;
    private final int count;
    int next;
    int loaded;

    /** A batch. */
    static final class Numbered extends DataSet {
        private static final long serialVersionUID = 1;
        final int number;

        Numbered(final int number) {
            this.number = number;
        }
    }

    /** The same, which can skip and go back. */
    static final class Skipping extends NumberedBatches implements SkippingIterator {
        private static final long serialVersionUID = 1;

        Skipping(final int first, final int count) {
            super(first, count);
        }

        @Override
        public void skip(final int batches) {
            next += batches;
        }

        @Override
        public boolean rewind() {
            next = 0;
            return true;
        }
    }

    NumberedBatches(final int first, final int count) {
        this.first = first;
        this.count = count;
    }

    @Override
    public boolean hasNext() {
        return next < count;
    }

    @Override
    public DataSet next() {
        if (!hasNext()) {
            throw new NoSuchElementException();
        }
        loaded++;
        return new Numbered(first + next++);
    }

    @Override
    public boolean resetSupported() {
        return true;
    }

    @Override
    public boolean asyncSupported() {
        return false;
    }

    @Override
    public void reset() {
        next = 0;
    }

    @Override
    public DataSet next(final int samples) {
        throw new UnsupportedOperationException();
    }

    @Override
    public int inputColumns() {
        throw new UnsupportedOperationException();
    }

    @Override
    public int totalOutcomes() {
        throw new UnsupportedOperationException();
    }

    @Override
    public int batch() {
        return 1;
    }

    @Override
    public void setPreProcessor(final DataSetPreProcessor preProcessor) {}

    @Override
    public DataSetPreProcessor getPreProcessor() {
        return null;
    }

    @Override
    public List<String> getLabels() {
        return null;
    }
}
