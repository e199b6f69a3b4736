package org.shmarrays.examples.dl4j;

import java.io.PrintStream;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.deeplearning4j.datasets.iterator.ExistingDataSetIterator;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.TrainingConfig;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.api.iterator.DataSetIterator;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.weightinit.impl.XavierInitScheme;
import org.nd4j.weightinit.impl.ZeroInitScheme;
import org.shmarrays.dl4j.Shard;
import org.shmarrays.dl4j.SharedTraining;
import org.shmarrays.dl4j.SpawnOptions;

/**
 * A SameDiff graph with a loss of its own: it predicts a mean and how far off it may be, and its loss is the
 * negative logarithm of the normal distribution's density. Measurements of sin(x) are the noisier the larger x is.
 */
public final class SameDiffGraph {
    private static final int BATCH = 64;
    private static final int HIDDEN = 32;
    private static final double LARGEST = 3;

    private SameDiffGraph() {}

    /** Trains on so many batches in workers. */
    public static void run(final int workers, final int batches, final PrintStream out) {
        Nd4j.getRandom().setSeed(1);
        final SameDiff graph = SameDiff.create();
        final SDVariable x = graph.placeHolder("x", DataType.FLOAT, -1, 1);
        final SDVariable y = graph.placeHolder("y", DataType.FLOAT, -1, 1);
        final SDVariable hidden = graph.math()
                .tanh(dense(graph, graph.math().tanh(dense(graph, x, "first", 1, HIDDEN)), "second", HIDDEN, HIDDEN));
        final SDVariable mean = dense(graph, hidden, "mean", HIDDEN, 1).rename("prediction");
        final SDVariable logDeviation =
                dense(graph, hidden, "deviation", HIDDEN, 1).rename("logDeviation");
        final SDVariable off = y.sub(mean).div(graph.math().exp(logDeviation));
        logDeviation.add(graph.math().square(off).mul(0.5)).mean("loss");
        graph.setLossVariables("loss");
        graph.setTrainingConfig(new TrainingConfig.Builder()
                .updater(new Adam(1e-2))
                .dataSetFeatureMapping("x")
                .dataSetLabelMapping("y")
                .build());
        SharedTraining.spawn(
                graph,
                shard -> measurements(batches, shard),
                SpawnOptions.defaults().withWorkers(workers).withoutProgress());
        out.printf(Locale.ROOT, "after %d workers, x: sin(x) ± noise, predicted%n", workers);
        final float[] points = {0.5f, 1, 1.5f, 2, 2.5f};
        final Map<String, INDArray> predicted = graph.output(
                Map.of("x", Nd4j.createFromArray(points).reshape(points.length, 1)), "prediction", "logDeviation");
        for (int i = 0; i < points.length; i++) {
            out.printf(
                    Locale.ROOT,
                    "%.1f: %.2f ± %.2f, %.2f ± %.2f%n",
                    points[i],
                    Math.sin(points[i]),
                    noise(points[i]),
                    predicted.get("prediction").getDouble(i, 0),
                    Math.exp(predicted.get("logDeviation").getDouble(i, 0)));
        }
    }

    private static SDVariable dense(
            final SameDiff graph, final SDVariable input, final String name, final int inputs, final int outputs) {
        final SDVariable weights =
                graph.var(name + "_W", new XavierInitScheme('c', inputs, outputs), DataType.FLOAT, inputs, outputs);
        final SDVariable bias = graph.var(name + "_b", new ZeroInitScheme('c'), DataType.FLOAT, 1, outputs);
        return input.mmul(weights).add(bias);
    }

    private static double noise(final double x) {
        return 0.05 + 0.1 * x;
    }

    /** The batches of a shard. */
    private static DataSetIterator measurements(final int batches, final Shard shard) {
        return new ExistingDataSetIterator(
                () -> IntStream.iterate(shard.rank(), batch -> batch < batches, batch -> batch + shard.worldSize())
                        .mapToObj(SameDiffGraph::measurements)
                        .iterator());
    }

    private static DataSet measurements(final int seed) {
        final SplittableRandom random = new SplittableRandom(seed);
        final float[][] x = new float[BATCH][1];
        final float[][] y = new float[BATCH][1];
        for (int i = 0; i < BATCH; i++) {
            x[i][0] = (float) random.nextDouble(0, LARGEST);
            y[i][0] = (float) (Math.sin(x[i][0]) + noise(x[i][0]) * random.nextGaussian());
        }
        return new DataSet(Nd4j.createFromArray(x), Nd4j.createFromArray(y));
    }
}
