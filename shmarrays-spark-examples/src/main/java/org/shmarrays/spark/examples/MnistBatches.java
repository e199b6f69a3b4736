package org.shmarrays.spark.examples;

import java.io.Serializable;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.nd4j.linalg.dataset.DataSet;
import org.shmarrays.examples.mnist.LabelledImages;
import org.shmarrays.examples.mnist.MnistData;
import org.shmarrays.examples.mnist.MnistDataSets;

/**
 * The images of MNIST, read where they are needed: no image travels from the driver.
 *
 * @param directory with the files of another data set, on each host; null for the bundled one
 */
record MnistBatches(String directory) implements Serializable {
    private MnistData data() {
        return directory == null ? MnistData.bundled() : MnistData.from(Path.of(directory));
    }

    /** The test set. */
    LabelledImages test() {
        return data().test();
    }

    /** Number of training images. */
    int count() {
        return data().train().count();
    }

    /** The training set in batches of images drawn by a seed, which executors make. */
    JavaRDD<DataSet> rdd(final JavaSparkContext context, final int count, final int batchSize, final long seed) {
        final List<Integer> batches =
                IntStream.rangeClosed(0, (count - 1) / batchSize).boxed().toList();
        return context.parallelize(batches)
                .mapPartitions(numbers -> batches(numbers, MnistDataSets.shuffled(count, seed), batchSize));
    }

    private Iterator<DataSet> batches(final Iterator<Integer> numbers, final int[] indexes, final int batchSize) {
        final LabelledImages images = data().train();
        final Iterable<Integer> all = () -> numbers;
        return StreamSupport.stream(all.spliterator(), false)
                .map(number -> MnistDataSets.batch(images, indexes, number * batchSize, batchSize))
                .iterator();
    }
}
