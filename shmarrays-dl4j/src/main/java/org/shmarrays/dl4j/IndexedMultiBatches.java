package org.shmarrays.dl4j;

import java.io.IOException;
import java.io.NotSerializableException;
import java.io.ObjectOutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.stream.Stream;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.nd4j.linalg.dataset.api.MultiDataSetPreProcessor;
import org.nd4j.linalg.dataset.api.iterator.MultiDataSetIterator;

/** {@link IndexedBatches} for models with several inputs or outputs. For one thread. */
public final class IndexedMultiBatches implements MultiDataSetIterator, SkippingIterator {
    private static final long serialVersionUID = 1;

    private final transient ItemOrder order;
    private final transient Function<int[], MultiDataSet> loading;
    private transient MultiDataSetPreProcessor preProcessor;

    private IndexedMultiBatches(final ItemOrder order, final Function<int[], MultiDataSet> loading) {
        this(order, loading, null);
    }

    private IndexedMultiBatches(
            final ItemOrder order,
            final Function<int[], MultiDataSet> loading,
            final MultiDataSetPreProcessor preProcessor) {
        this.order = order;
        this.loading = loading;
        this.preProcessor = preProcessor;
    }

    /**
     * Batches of samples that are in memory. The last batch of an epoch may have fewer samples.
     *
     * @param features of each input, {@code [samples, …]}; at least one
     * @param labels of each output, {@code [samples, …]}
     * @throws IllegalArgumentException if they have not the same number of samples, or a batch has none
     */
    public static IndexedMultiBatches ofArrays(
            final List<INDArray> features, final List<INDArray> labels, final int batchSize) {
        final long[] counts = Stream.concat(features.stream(), labels.stream())
                .mapToLong(array -> array.size(0))
                .distinct()
                .toArray();
        if (features.isEmpty() || counts.length != 1) {
            throw new IllegalArgumentException("each sample has features and labels: inputs=" + features.size()
                    + ", outputs=" + labels.size() + ", samples=" + Arrays.toString(counts));
        }
        final List<SampleRows> ofFeatures =
                features.stream().map(SampleRows::new).toList();
        final List<SampleRows> ofLabels = labels.stream().map(SampleRows::new).toList();
        return new IndexedMultiBatches(
                new ItemOrder(Math.toIntExact(counts[0]), batchSize),
                samples ->
                        new org.nd4j.linalg.dataset.MultiDataSet(rows(ofFeatures, samples), rows(ofLabels, samples)));
    }

    private static INDArray[] rows(final List<SampleRows> arrays, final int[] samples) {
        return arrays.stream().map(array -> array.of(samples)).toArray(INDArray[]::new);
    }

    /** Batches that {@link MultiDataSet#save(java.io.File)} has written, one in each file. */
    public static IndexedMultiBatches ofFiles(final List<Path> files) {
        final List<Path> copy = List.copyOf(files);
        return of(copy.size(), index -> {
            final MultiDataSet batch = new org.nd4j.linalg.dataset.MultiDataSet();
            try {
                batch.load(copy.get(index).toFile());
            } catch (final IOException e) {
                throw new UncheckedIOException(e);
            }
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
    public static IndexedMultiBatches of(final int count, final IntFunction<MultiDataSet> loading) {
        return new IndexedMultiBatches(new ItemOrder(count, 1), items -> loading.apply(items[0]));
    }

    /** {@link IndexedBatches#shuffled}. */
    public IndexedMultiBatches shuffled(final long seed) {
        return new IndexedMultiBatches(order.shuffled(seed), loading, preProcessor);
    }

    /** {@link IndexedBatches#atEpoch}. */
    public IndexedMultiBatches atEpoch(final int epoch) {
        return new IndexedMultiBatches(order.at(epoch), loading, preProcessor);
    }

    @Override
    public boolean hasNext() {
        return order.hasNext();
    }

    @Override
    public MultiDataSet next() {
        final MultiDataSet batch = loading.apply(order.next());
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
    public MultiDataSet next(final int count) {
        throw new UnsupportedOperationException("batches have the size that they were made with: count=" + count);
    }

    @Override
    public void setPreProcessor(final MultiDataSetPreProcessor newPreProcessor) {
        preProcessor = newPreProcessor;
    }

    @Override
    public MultiDataSetPreProcessor getPreProcessor() {
        return preProcessor;
    }

    /** The samples are where it was made, and a copy elsewhere would have none. */
    private void writeObject(final ObjectOutputStream out) throws NotSerializableException {
        throw new NotSerializableException(getClass().getName());
    }
}
