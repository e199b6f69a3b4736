package org.shmarrays.dl4j;

import java.io.NotSerializableException;
import java.io.ObjectOutputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;
import java.util.function.IntFunction;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.api.DataSetPreProcessor;
import org.nd4j.linalg.dataset.api.iterator.DataSetIterator;

/**
 * Batches that are loaded by number: of arrays of samples, of files, or of a function. For {@link SharedTraining}, of
 * which each worker loads only what it trains on, and for a plain {@code fit}. {@link #reset()} goes on to the next
 * epoch, which has the samples, or files, in an order of its own if they are {@linkplain #shuffled shuffled}: all
 * workers that give the same seed have the same order. For one thread.
 */
public final class IndexedBatches implements DataSetIterator, SkippingIterator {
    private static final long serialVersionUID = 1;

    private final transient ItemOrder order;
    private final transient Function<int[], DataSet> loading;
    private DataSetPreProcessor preProcessor;

    private IndexedBatches(final ItemOrder order, final Function<int[], DataSet> loading) {
        this(order, loading, null);
    }

    private IndexedBatches(
            final ItemOrder order, final Function<int[], DataSet> loading, final DataSetPreProcessor preProcessor) {
        this.order = order;
        this.loading = loading;
        this.preProcessor = preProcessor;
    }

    /**
     * Batches of samples that are in memory. The last batch of an epoch may have fewer samples.
     *
     * @param features {@code [samples, …]}
     * @param labels {@code [samples, …]}
     * @throws IllegalArgumentException if the two have not the same number of samples, or a batch has none
     */
    public static IndexedBatches ofArrays(final INDArray features, final INDArray labels, final int batchSize) {
        if (features.size(0) != labels.size(0)) {
            throw new IllegalArgumentException(
                    "each sample has features and labels: features=" + features.size(0) + ", labels=" + labels.size(0));
        }
        final SampleRows ofFeatures = new SampleRows(features);
        final SampleRows ofLabels = new SampleRows(labels);
        return new IndexedBatches(
                new ItemOrder(Math.toIntExact(features.size(0)), batchSize),
                samples -> new DataSet(ofFeatures.of(samples), ofLabels.of(samples)));
    }

    /**
     * Batches of samples by their numbers.
     *
     * @param loading gives the samples of these numbers as one batch
     */
    static IndexedBatches ofSamples(final int count, final int batchSize, final Function<int[], DataSet> loading) {
        return new IndexedBatches(new ItemOrder(count, batchSize), loading);
    }

    /** Batches that {@link DataSet#save(java.io.File)} has written, one in each file. */
    public static IndexedBatches ofFiles(final List<Path> files) {
        final List<Path> copy = List.copyOf(files);
        return of(copy.size(), index -> {
            final DataSet batch = new DataSet();
            batch.load(copy.get(index).toFile());
            return batch;
        });
    }

    /**
     * Batches of a function.
     *
     * @param count number of batches of an epoch
     * @param loading gives a batch by its number, from 0 on
     * @throws IllegalArgumentException if the count is negative
     */
    public static IndexedBatches of(final int count, final IntFunction<DataSet> loading) {
        return new IndexedBatches(new ItemOrder(count, 1), items -> loading.apply(items[0]));
    }

    /** The same samples, files or numbers, in each epoch in an order that depends on the seed and the epoch alone. */
    public IndexedBatches shuffled(final long seed) {
        return new IndexedBatches(order.shuffled(seed), loading, preProcessor);
    }

    /**
     * The same at the begin of another epoch than 0: for a shard, which is opened in each epoch.
     *
     * @throws IllegalArgumentException if it is negative
     */
    public IndexedBatches atEpoch(final int epoch) {
        return new IndexedBatches(order.at(epoch), loading, preProcessor);
    }

    @Override
    public boolean hasNext() {
        return order.hasNext();
    }

    @Override
    public DataSet next() {
        final DataSet batch = loading.apply(order.next());
        if (preProcessor != null) {
            preProcessor.preProcess(batch);
        }
        return batch;
    }

    @Override
    public void skip(final int batches) {
        order.skip(batches);
    }

    @Override
    public boolean rewind() {
        order.rewind();
        return true;
    }

    @Override
    public void reset() {
        order.reset();
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
    public DataSet next(final int count) {
        throw new UnsupportedOperationException("batches have the size that they were made with: count=" + count);
    }

    /** Samples of a batch; 1 where files or a function decide. */
    @Override
    public int batch() {
        return order.batchSize();
    }

    @Override
    public void setPreProcessor(final DataSetPreProcessor newPreProcessor) {
        preProcessor = newPreProcessor;
    }

    @Override
    public DataSetPreProcessor getPreProcessor() {
        return preProcessor;
    }

    @Override
    public int inputColumns() {
        throw new UnsupportedOperationException("the batches tell how many features they have");
    }

    @Override
    public int totalOutcomes() {
        throw new UnsupportedOperationException("the batches tell how many labels they have");
    }

    @Override
    public List<String> getLabels() {
        return null;
    }

    /** The samples are where it was made, and a copy elsewhere would have none. */
    private void writeObject(final ObjectOutputStream out) throws NotSerializableException {
        throw new NotSerializableException(getClass().getName());
    }
}
