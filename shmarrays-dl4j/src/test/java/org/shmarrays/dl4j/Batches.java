package org.shmarrays.dl4j;

import java.util.Arrays;
import java.util.Random;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;

/** Random batches for the networks of {@link Configurations} and of the exactness table. */
final class Batches {
    static final int SAMPLES = 4;
    static final int STEPS = 4;

    private Batches() {}

    /** Four samples of so many features. */
    static DataSet ofSamples(final DataType type, final int inputs, final int seed) {
        return ofSamples(type, SAMPLES, inputs, seed);
    }

    /** Samples of so many features. */
    static DataSet ofSamples(final DataType type, final int samples, final int inputs, final int seed) {
        final Random random = new Random(seed);
        final INDArray labels = classes(random, type, samples, Configurations.CLASSES);
        return new DataSet(values(random, type, samples, inputs), labels);
    }

    /** Four sequences of up to four steps, with a mask for the steps that are there. */
    static DataSet ofSequences(final DataType type, final int seed) {
        final Random random = new Random(seed);
        final INDArray mask = Nd4j.zeros(type, SAMPLES, STEPS);
        for (int i = 0; i < SAMPLES; i++) {
            final int length = 1 + random.nextInt(STEPS);
            for (int step = 0; step < length; step++) {
                mask.putScalar(i, step, 1);
            }
        }
        final INDArray labels = classes(random, type, SAMPLES, Configurations.SEQUENCE_CLASSES, STEPS);
        return new DataSet(
                values(random, type, SAMPLES, Configurations.SEQUENCE_INPUTS, STEPS), labels, mask, mask.dup());
    }

    /** Values between -1 and 1. */
    static INDArray values(final Random random, final DataType type, final long... shape) {
        return Nd4j.createFromArray(
                        random.doubles(count(shape)).map(value -> 2 * value - 1).toArray())
                .castTo(type)
                .reshape(shape);
    }

    /** Whole numbers below a bound, as indices of words. */
    static INDArray words(final Random random, final DataType type, final int bound, final long... shape) {
        return Nd4j.createFromArray(
                        random.ints(count(shape), 0, bound).asDoubleStream().toArray())
                .castTo(type)
                .reshape(shape);
    }

    /** A class for each place, as a 1 along dimension 1. */
    static INDArray classes(final Random random, final DataType type, final long... shape) {
        final long[] transposed = new long[shape.length];
        final int[] back = new int[shape.length];
        final int last = shape.length - 1;
        for (int i = 0; i < shape.length; i++) {
            back[i] = i == 0 ? 0 : i == 1 ? last : i - 1;
            transposed[back[i]] = shape[i];
        }
        final int classes = (int) transposed[last];
        final double[] ones = new double[(int) count(shape)];
        for (int i = 0; i < ones.length; i += classes) {
            ones[i + random.nextInt(classes)] = 1;
        }
        return Nd4j.createFromArray(ones)
                .castTo(type)
                .reshape(transposed)
                .permute(back)
                .dup('c');
    }

    private static long count(final long[] shape) {
        return Arrays.stream(shape).reduce(1, (a, b) -> a * b);
    }
}
