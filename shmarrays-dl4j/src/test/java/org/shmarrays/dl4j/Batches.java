package org.shmarrays.dl4j;

import java.util.Random;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;

/** Random batches for the networks of {@link Configurations}. */
final class Batches {
    private static final int SAMPLES = 4;
    private static final int STEPS = 7;

    private Batches() {}

    /** Four samples of so many features. */
    static DataSet ofSamples(final DataType type, final int inputs, final int seed) {
        final Random random = new Random(seed);
        final INDArray labels = Nd4j.zeros(type, SAMPLES, Configurations.CLASSES);
        for (int i = 0; i < SAMPLES; i++) {
            labels.putScalar(i, random.nextInt(Configurations.CLASSES), 1);
        }
        return new DataSet(uniform(random, type, SAMPLES, inputs), labels);
    }

    /** Four sequences of up to seven steps, with a mask for the steps that are there. */
    static DataSet ofSequences(final DataType type, final int seed) {
        final Random random = new Random(seed);
        final INDArray labels = Nd4j.zeros(type, SAMPLES, Configurations.SEQUENCE_CLASSES, STEPS);
        final INDArray mask = Nd4j.zeros(type, SAMPLES, STEPS);
        for (int i = 0; i < SAMPLES; i++) {
            final int length = 1 + random.nextInt(STEPS);
            for (int step = 0; step < STEPS; step++) {
                labels.putScalar(i, random.nextInt(Configurations.SEQUENCE_CLASSES), step, 1);
                mask.putScalar(i, step, step < length ? 1 : 0);
            }
        }
        return new DataSet(
                uniform(random, type, SAMPLES, Configurations.SEQUENCE_INPUTS, STEPS), labels, mask, mask.dup());
    }

    private static INDArray uniform(final Random random, final DataType type, final int... shape) {
        final int count = java.util.Arrays.stream(shape).reduce(1, (a, b) -> a * b);
        return Nd4j.createFromArray(
                        random.doubles(count).map(value -> 2 * value - 1).toArray())
                .castTo(type)
                .reshape(java.util.Arrays.stream(shape).asLongStream().toArray());
    }
}
