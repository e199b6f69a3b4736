package org.shmarrays.examples.mnist;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.deeplearning4j.datasets.iterator.ExistingDataSetIterator;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.api.iterator.DataSetIterator;
import org.nd4j.linalg.factory.Nd4j;
import org.shmarrays.dl4j.Shard;

/** The bundled MNIST as DL4J's data sets: pixels of mean 0 and deviation 1, and one-hot labels. */
public final class MnistDataSets {
    private static final float WHITE = 255;
    private static final float MEAN = 0.1307f;
    private static final float DEVIATION = 0.3081f;

    private MnistDataSets() {}

    /** The first images of the training set, in the order of the set. */
    public static DataSetIterator train(final int count, final int batchSize) {
        return new ExistingDataSetIterator(batches(MnistData.bundled().train(), inOrder(0, count), batchSize));
    }

    /** The batches of a shard of the first images of the training set, in another order in each epoch. */
    public static DataSetIterator shard(final int count, final int batchSize, final Shard shard) {
        return shard(MnistData.bundled().train(), shuffled(count, shard.epoch()), batchSize, shard);
    }

    /**
     * Those of the batches of these images whose index modulo the number of shards is the shard's; made as they are
     * taken.
     */
    static DataSetIterator shard(
            final LabelledImages images, final int[] indexes, final int batchSize, final Shard shard) {
        final int batches = (indexes.length + batchSize - 1) / batchSize;
        final Iterable<DataSet> share =
                () -> IntStream.iterate(shard.rank(), batch -> batch < batches, batch -> batch + shard.worldSize())
                        .mapToObj(batch -> batch(images, indexes, batch * batchSize, batchSize))
                        .iterator();
        return new ExistingDataSetIterator(share);
    }

    /** The first images of the test set. */
    public static DataSetIterator test(final int count, final int batchSize) {
        return new ExistingDataSetIterator(batches(MnistData.bundled().test(), inOrder(0, count), batchSize));
    }

    /** Batches of these images; the last one is short where the size does not divide their number. */
    public static List<DataSet> batches(final LabelledImages images, final int[] indexes, final int batchSize) {
        final List<DataSet> batches = new ArrayList<>();
        for (int first = 0; first < indexes.length; first += batchSize) {
            batches.add(batch(images, indexes, first, batchSize));
        }
        return batches;
    }

    /** The images of {@code batchSize} indexes from {@code from} on, or of fewer where they end. */
    public static DataSet batch(final LabelledImages images, final int[] indexes, final int from, final int batchSize) {
        final int to = Math.min(from + batchSize, indexes.length);
        final ByteBuffer bytes = images.pixels();
        final float[][] pixels = new float[to - from][LabelledImages.PIXELS];
        final float[][] labels = new float[to - from][LabelledImages.CLASSES];
        for (int row = 0; row < to - from; row++) {
            final int index = indexes[from + row];
            for (int i = 0; i < LabelledImages.PIXELS; i++) {
                pixels[row][i] = normalized(bytes.get(index * LabelledImages.PIXELS + i));
            }
            labels[row][images.label(index)] = 1;
        }
        return new DataSet(Nd4j.create(pixels), Nd4j.create(labels));
    }

    private static float normalized(final byte pixel) {
        return ((pixel & 0xFF) / WHITE - MEAN) / DEVIATION;
    }

    /** Successive indexes. */
    public static int[] inOrder(final int first, final int count) {
        final int[] indexes = new int[count];
        for (int i = 0; i < count; i++) {
            indexes[i] = first + i;
        }
        return indexes;
    }

    /** The indexes 0 to {@code count} - 1 in random order. */
    public static int[] shuffled(final int count, final long seed) {
        final SplittableRandom random = new SplittableRandom(seed);
        final int[] indexes = new int[count];
        for (int i = 0; i < count; i++) {
            final int j = random.nextInt(i + 1);
            indexes[i] = indexes[j];
            indexes[j] = i;
        }
        return indexes;
    }
}
