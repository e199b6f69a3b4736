package org.shmarrays.nd4j;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.updaters.AdamUpdater;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The step size of ND4J's Adam: the learning rate with the corrections of both moments' bias. Its powers are the C
 * library's, which rounds otherwise than Java's. So ND4J's own operation is asked, with an element of which the first
 * moment becomes 1, the root of the second one is lost beside epsilon, and epsilon is a power of two. For one thread.
 */
final class AdamStepSize {
    /** Of an element; far above the root of the second moment, and far below the greatest float. */
    private static final double EPSILON = 0x1p60;

    private final double beta1;
    private final double beta2;
    private final DataType type;
    private final double gradient;
    private final double first;
    private final INDArray g;
    private final INDArray m;
    private final INDArray v;
    private int iteration = -1;
    private double learningRate;
    private double size;

    /**
     * A step size in a type.
     *
     * @param type FLOAT or DOUBLE
     */
    AdamStepSize(final double beta1, final double beta2, final DataType type) {
        this.beta1 = beta1;
        this.beta2 = beta2;
        this.type = type;
        final boolean isFloat = type == DataType.FLOAT;
        final double b1 = isFloat ? (float) beta1 : beta1;
        first = b1 == 0 ? 0 : isFloat ? (float) (1 / b1) : 1 / b1;
        final double rest = 1 - (isFloat ? (float) (b1 * first) : b1 * first);
        gradient = rest / (1 - b1);
        g = Nd4j.createUninitializedDetached(type, 1);
        m = Nd4j.createUninitializedDetached(type, 1);
        v = Nd4j.createUninitializedDetached(type, 1);
    }

    /**
     * The step size at an iteration; NaN if it can't be told from what the operation gives, or where the operation uses
     * something else instead: where it is 0, or not finite.
     */
    double at(final double newLearningRate, final int newIteration) {
        if (iteration != newIteration || learningRate != newLearningRate) {
            size = ask(newLearningRate, newIteration);
            learningRate = newLearningRate;
            iteration = newIteration;
        }
        return size;
    }

    private double ask(final double rate, final int at) {
        g.putScalar(0, gradient);
        m.putScalar(0, first);
        v.putScalar(0, 0);
        Nd4j.exec(new AdamUpdater(g, v, m, rate, beta1, beta2, EPSILON, at));
        final double update = g.getDouble(0);
        final double least = type == DataType.FLOAT ? Float.MIN_NORMAL : Double.MIN_NORMAL;
        return m.getDouble(0) == 1 && update != 1 && Math.abs(update) >= least && Double.isFinite(update)
                ? update * EPSILON
                : Double.NaN;
    }
}
