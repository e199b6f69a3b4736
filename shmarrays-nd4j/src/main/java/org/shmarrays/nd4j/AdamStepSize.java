package org.shmarrays.nd4j;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.OpContext;
import org.nd4j.linalg.api.ops.impl.updaters.AdamUpdater;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The step size of ND4J's Adam: the learning rate, corrected for the bias of both moments. ND4J takes its powers from
 * the C library, which rounds differently from Java. So this runs ND4J's own operation on one element: its first moment
 * becomes 1, and the root of its second moment is lost beside an epsilon that is a power of two. For one thread.
 */
final class AdamStepSize {
    /** Far above the root of the element's second moment, and far below the greatest float. */
    private static final double EPSILON = 0x1p60;

    private final double beta1;
    private final double beta2;
    private final double least;

    /** The element: its gradient, and its first moment, which becomes 1. */
    private final double gradient;

    private final double first;
    private final INDArray g;
    private final INDArray m;
    private final INDArray v;
    private final AdamUpdater operation;

    /** Made once, because an operation with arguments of its own takes three times as long. */
    private final OpContext context = Nd4j.getExecutioner().buildContext();

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
        final boolean isFloat = type == DataType.FLOAT;
        least = isFloat ? Float.MIN_NORMAL : Double.MIN_NORMAL;
        final double b1 = isFloat ? (float) beta1 : beta1;
        final double inverse = b1 == 0 ? 0 : 1 / b1;
        first = isFloat ? (float) inverse : inverse;
        gradient = (1 - (isFloat ? (float) (b1 * first) : b1 * first)) / (1 - b1);
        g = Nd4j.createUninitializedDetached(type, 1);
        m = Nd4j.createUninitializedDetached(type, 1);
        v = Nd4j.createUninitializedDetached(type, 1);
        operation = new AdamUpdater(g, v, m, 0, beta1, beta2, EPSILON, 0);
        context.setInputArrays(g, v, m);
        context.setOutputArrays(g, v, m);
    }

    /**
     * The step size at an iteration. NaN if the operation's result does not show it exactly, and if it is 0 or not
     * finite: the operation then uses epsilon in its place.
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
        context.setTArguments(rate, beta1, beta2, EPSILON);
        context.setIArguments(at);
        Nd4j.exec(operation, context);
        final double update = g.getDouble(0);
        final boolean isExact = m.getDouble(0) == 1 && Math.abs(update) >= least && Double.isFinite(update);
        return isExact && update != 1 ? update * EPSILON : Double.NaN;
    }
}
