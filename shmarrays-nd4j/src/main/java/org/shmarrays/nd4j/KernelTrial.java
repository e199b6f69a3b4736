package org.shmarrays.nd4j;

import java.lang.ref.Reference;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.BiConsumer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.transforms.pairwise.arithmetic.Axpy;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.GradientUpdater;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.ops.transforms.Transforms;
import org.shmarrays.internal.kernel.KernelOperands;
import org.shmarrays.internal.kernel.OptimizerFormula;

/**
 * Trials of kernels against ND4J's own operations on the same random numbers, some of them special: the results must be
 * the same to the bit. NaNs are all the same.
 */
final class KernelTrial {
    private static final long SEED = 20261201;

    /** Shorter than a vector, vectors with a remainder, and enough for unrolled loops. */
    private static final int[] LENGTHS = {1, 7, 37, 130};

    private static final int[] ITERATIONS = {0, 1, 9, 1000};
    private static final double[] COEFFICIENTS = {0.77, 0.0123};
    private static final double[] SPECIAL = {
        0, -0.0, Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY, 1e-40, Float.MAX_VALUE, 1
    };

    private KernelTrial() {}

    /**
     * How a formula differs from an updater, as a part of a sentence; null if it does not.
     *
     * @param type FLOAT or DOUBLE, for which there are kernels
     */
    static String difference(final IUpdater updater, final UpdaterFormula formula, final DataType type) {
        final Random random = new Random(SEED);
        final List<String> keys = UpdaterSlice.stateKeys(updater);
        for (final int length : LENGTHS) {
            final List<INDArray> expected = new ArrayList<>(List.of(Nd4j.createUninitializedDetached(type, length)));
            final Map<String, INDArray> states = new LinkedHashMap<>();
            for (final String key : keys) {
                states.put(key, Transforms.abs(random(random, type, length), false)); // some are squares
                expected.add(states.get(key));
            }
            final List<INDArray> actual = expected.stream().map(INDArray::dup).toList();
            final KernelOperands operands = OwnMemory.operands(actual);
            final GradientUpdater<?> own = updater.instantiate(states, false);
            for (final int iteration : ITERATIONS) {
                expected.get(0).assign(random(random, type, length));
                actual.get(0).assign(expected.get(0));
                final double[] coefficients = formula.coefficients(iteration, 0);
                if (coefficients == null) {
                    return "iteration=" + iteration + ", no coefficients";
                }
                own.applyUpdater(expected.get(0), iteration, 0);
                operands.apply(formula.formula(), coefficients, 0, length);
                for (int i = 0; i < actual.size(); i++) {
                    if (!isSame(actual.get(i), expected.get(i))) {
                        return "iteration=" + iteration + ", length=" + length + ", array="
                                + (i == 0 ? "update" : keys.get(i - 1));
                    }
                }
            }
        }
        return null;
    }

    /** How sums and differences of arrays differ from ND4J's, as a part of a sentence; null if they do not. */
    static String differenceOfSums(final DataType type) {
        final String difference = differenceOfAdditions(type, 1, INDArray::addi);
        return difference == null ? differenceOfAdditions(type, -1, INDArray::subi) : difference;
    }

    /** How additions of scaled arrays differ from ND4J's, as a part of a sentence; null if they do not. */
    static String differenceOfScaledSums(final DataType type) {
        for (final double coefficient : COEFFICIENTS) {
            final String difference = differenceOfAdditions(
                    type, coefficient, (sum, added) -> Nd4j.exec(new Axpy(added, sum, sum, coefficient)));
            if (difference != null) {
                return difference;
            }
        }
        return null;
    }

    /**
     * How a kernel's additions differ.
     *
     * @param own adds a scaled array to another one by ND4J's operation
     */
    private static String differenceOfAdditions(
            final DataType type, final double coefficient, final BiConsumer<INDArray, INDArray> own) {
        final Random random = new Random(SEED);
        for (final int length : LENGTHS) {
            final INDArray added = random(random, type, length);
            final INDArray expected = random(random, type, length);
            final INDArray actual = expected.dup();
            own.accept(expected, added);
            OwnMemory.operands(List.of(actual, added))
                    .apply(OptimizerFormula.ADD_SCALED, new double[] {coefficient}, 0, length);
            Reference.reachabilityFence(added);
            if (!isSame(actual, expected)) {
                return "coefficient=" + coefficient + ", length=" + length;
            }
        }
        return null;
    }

    private static boolean isSame(final INDArray actual, final INDArray expected) {
        return Arrays.equals(actual.toDoubleVector(), expected.toDoubleVector());
    }

    /**
     * Numbers of several magnitudes, so that in some elements each sum has two terms of about the same magnitude: there
     * a fused multiply-add gives other bits.
     */
    static double random(final Random random) {
        return random.nextInt(50) == 0
                ? SPECIAL[random.nextInt(SPECIAL.length)]
                : random.nextGaussian() * Math.pow(10, 4 * random.nextDouble() - 2);
    }

    private static INDArray random(final Random random, final DataType type, final int length) {
        final double[] values = new double[length];
        for (int i = 0; i < length; i++) {
            values[i] = random(random);
        }
        return Nd4j.createFromArray(values).castTo(type);
    }
}
