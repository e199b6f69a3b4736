package org.shmarrays.examples.dl4j;

import java.io.PrintStream;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.deeplearning4j.datasets.iterator.ExistingDataSetIterator;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.transferlearning.FineTuneConfiguration;
import org.deeplearning4j.nn.transferlearning.TransferLearning;
import org.deeplearning4j.nn.weights.WeightInit;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.api.iterator.DataSetIterator;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;
import org.shmarrays.dl4j.SharedTraining;
import org.shmarrays.dl4j.SpawnOptions;
import org.shmarrays.examples.mnist.MnistDataSets;

/**
 * Transfer learning: what a network has learned of digits tells even from odd ones. Its first layers are frozen, a
 * new output is trained in several workers.
 */
public final class FrozenLayers {
    private static final int BATCH = 32;
    private static final int TEST_IMAGES = 1_000;

    private FrozenLayers() {}

    /** Trains on the first images of MNIST: a network alone, then its new output in workers. */
    public static void run(final int workers, final int images, final PrintStream out) {
        final MultiLayerNetwork digits = new MultiLayerNetwork(new NeuralNetConfiguration.Builder()
                .seed(1)
                .updater(new Adam(1e-3))
                .activation(Activation.RELU)
                .list()
                .layer(new DenseLayer.Builder().nIn(784).nOut(64).build())
                .layer(new DenseLayer.Builder().nIn(64).nOut(32).build())
                .layer(output(10))
                .build());
        digits.init();
        digits.fit(MnistDataSets.train(images, BATCH), 1);

        final MultiLayerNetwork parity = new TransferLearning.Builder(digits)
                .fineTuneConfiguration(new FineTuneConfiguration.Builder()
                        .updater(new Adam(1e-2))
                        .build())
                .setFeatureExtractor(1) // layers 0 and 1
                .nOutReplace(2, 2, WeightInit.XAVIER)
                .build();
        final List<INDArray> before = IntStream.range(0, 3)
                .mapToObj(layer -> parity.getLayer(layer).params().dup())
                .toList();
        out.printf(Locale.ROOT, "even or odd, before: test accuracy %.3f%n", accuracy(parity));
        SharedTraining.spawn(
                parity,
                shard -> parities(MnistDataSets.shard(images, BATCH, shard)),
                SpawnOptions.defaults().withWorkers(workers).withEpochs(2).withoutProgress());
        out.printf(Locale.ROOT, "after %d workers:     test accuracy %.3f%n", workers, accuracy(parity));
        for (int layer = 0; layer < 3; layer++) {
            final double moved = parity.getLayer(layer).params().distance2(before.get(layer));
            out.printf(Locale.ROOT, "layer %d%s moved by %.4f%n", layer, layer < 2 ? ", frozen," : "", moved);
        }
    }

    private static OutputLayer output(final int classes) {
        return new OutputLayer.Builder(LossFunction.MCXENT)
                .nIn(32)
                .nOut(classes)
                .activation(Activation.SOFTMAX)
                .build();
    }

    private static double accuracy(final MultiLayerNetwork network) {
        return network.evaluate(parities(MnistDataSets.test(TEST_IMAGES, 250))).accuracy();
    }

    /** The same images, of class 0 if the digit is even, else 1. */
    private static DataSetIterator parities(final DataSetIterator digits) {
        final INDArray parity = Nd4j.createFromArray(
                new float[][] {{1, 0}, {0, 1}, {1, 0}, {0, 1}, {1, 0}, {0, 1}, {1, 0}, {0, 1}, {1, 0}, {0, 1}});
        final Iterator<DataSet> batches = new Iterator<>() {
            @Override
            public boolean hasNext() {
                return digits.hasNext();
            }

            @Override
            public DataSet next() {
                final DataSet batch = digits.next();
                return new DataSet(batch.getFeatures(), batch.getLabels().mmul(parity));
            }
        };
        return new ExistingDataSetIterator(batches);
    }
}
