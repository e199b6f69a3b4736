package com.acme;

import java.util.Random;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.shmarrays.dl4j.IndexedBatches;

/** The data: random points of the square from -1 to 1, and whether they are in the circle of half its area. */
final class Points {
    private static final int COUNT = 2_000;
    private static final int BATCH_SIZE = 32;

    private final INDArray features;
    private final INDArray labels;

    private Points(final INDArray features, final INDArray labels) {
        this.features = features;
        this.labels = labels;
    }

    static Points ofSeed(final long seed) {
        final Random random = new Random(seed);
        final float[][] points = new float[COUNT][];
        final float[][] classes = new float[COUNT][];
        for (int i = 0; i < COUNT; i++) {
            final float x = 2 * random.nextFloat() - 1;
            final float y = 2 * random.nextFloat() - 1;
            points[i] = new float[] {x, y};
            classes[i] = Math.PI * (x * x + y * y) < 2 ? new float[] {0, 1} : new float[] {1, 0};
        }
        return new Points(Nd4j.createFromArray(points), Nd4j.createFromArray(classes));
    }

    /** All workers need the same batches in the same order; they share them. */
    IndexedBatches batches() {
        return IndexedBatches.ofArrays(features, labels, BATCH_SIZE).shuffled(1);
    }

    /** The part of the points that the network classifies correctly. */
    double accuracy(final MultiLayerNetwork network) {
        final INDArray predicted = network.output(features).argMax(1);
        return predicted.eq(labels.argMax(1)).castTo(features.dataType()).meanNumber().doubleValue();
    }
}
