package org.shmarrays.examples.dl4j;

import java.io.PrintStream;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.deeplearning4j.datasets.iterator.ExistingDataSetIterator;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.LSTM;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.recurrent.LastTimeStep;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.api.iterator.DataSetIterator;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;
import org.shmarrays.dl4j.Shard;
import org.shmarrays.dl4j.SharedTraining;
import org.shmarrays.dl4j.SpawnOptions;

/**
 * An LSTM learns from sequences of different lengths: whether the numbers of a sequence have a positive sum. A
 * batch is padded to its longest sequence, with large numbers, and its mask says which steps count.
 */
public final class MaskedSequences {
    private static final int BATCH = 32;
    private static final int SHORTEST = 2;
    private static final int LONGEST = 12;
    private static final float PADDING = 5;
    private static final int TEST_BATCHES = 30;
    private static final int FIRST_TEST_BATCH = 1_000_000;

    private MaskedSequences() {}

    /** Trains on so many batches in workers. */
    public static void run(final int workers, final int batches, final PrintStream out) {
        final MultiLayerNetwork network = new MultiLayerNetwork(new NeuralNetConfiguration.Builder()
                .seed(1)
                .updater(new Adam(1e-2))
                .activation(Activation.TANH)
                .list()
                .layer(new LastTimeStep(new LSTM.Builder().nIn(1).nOut(16).build()))
                .layer(new OutputLayer.Builder(LossFunction.MCXENT)
                        .nIn(16)
                        .nOut(2)
                        .activation(Activation.SOFTMAX)
                        .build())
                .build());
        network.init();
        print("before", network, out);
        SharedTraining.spawn(
                network,
                shard -> sequences(batches, shard),
                SpawnOptions.defaults().withWorkers(workers).withoutProgress());
        print("after " + workers + " workers", network, out);
    }

    private static void print(final String when, final MultiLayerNetwork network, final PrintStream out) {
        final DataSetIterator test = new ExistingDataSetIterator(() -> IntStream.range(0, TEST_BATCHES)
                .mapToObj(batch -> sequences(FIRST_TEST_BATCH + batch))
                .iterator());
        final DataSet batch = sequences(FIRST_TEST_BATCH);
        final INDArray masked = network.output(batch.getFeatures(), false, batch.getFeaturesMaskArray(), null);
        final INDArray otherwisePadded = batch.getFeatures()
                .sub(batch.getFeaturesMaskArray().rsub(1).mul(2 * PADDING).reshape(BATCH, 1, -1));
        final INDArray again = network.output(otherwisePadded, false, batch.getFeaturesMaskArray(), null);
        out.printf(
                Locale.ROOT,
                "%-16s accuracy %.3f; with other padding outputs differ by %.1f%n",
                when + ":",
                network.evaluate(test).accuracy(),
                masked.distance1(again));
    }

    /** The batches of a shard, of which each epoch has others. */
    private static DataSetIterator sequences(final int batches, final Shard shard) {
        return new ExistingDataSetIterator(() -> IntStream.iterate(
                        shard.rank(), batch -> batch < batches, batch -> batch + shard.worldSize())
                .mapToObj(batch -> sequences(shard.epoch() * batches + batch))
                .iterator());
    }

    /** A batch: {@code [BATCH, 1, LONGEST]}, with a mask {@code [BATCH, LONGEST]}. */
    private static DataSet sequences(final int seed) {
        final SplittableRandom random = new SplittableRandom(seed);
        final float[][][] values = new float[BATCH][1][LONGEST];
        final float[][] mask = new float[BATCH][LONGEST];
        final float[][] labels = new float[BATCH][2];
        for (int i = 0; i < BATCH; i++) {
            final int length = random.nextInt(SHORTEST, LONGEST + 1);
            double sum = 0;
            for (int step = 0; step < LONGEST; step++) {
                final boolean counts = step < length;
                values[i][0][step] = counts ? (float) random.nextDouble(-1, 1) : PADDING;
                mask[i][step] = counts ? 1 : 0;
                sum += counts ? values[i][0][step] : 0;
            }
            labels[i][sum > 0 ? 1 : 0] = 1;
        }
        return new DataSet(
                Nd4j.createFromArray(values), Nd4j.createFromArray(labels), Nd4j.createFromArray(mask), null);
    }
}
