package org.shmarrays.spark;

import java.io.Serializable;

/**
 * How the parameters of the hosts become the common ones after each interval. Hosts count by the samples that they
 * trained on. Immutable.
 */
public final class Combine implements Serializable {
    private static final long serialVersionUID = 1L;

    private final boolean isAverage;
    private final double learningRate;
    private final double momentum;

    private Combine(final boolean isAverage, final double learningRate, final double momentum) {
        this.isAverage = isAverage;
        this.learningRate = learningRate;
        this.momentum = momentum;
    }

    /** The mean of the hosts' parameters. */
    public static Combine average() {
        return new Combine(true, 1, 0);
    }

    /**
     * The hosts' mean change is the gradient of an outer step with Nesterov momentum: with {@code g} = common
     * parameters - mean, {@code m = momentum * m + g} and {@code w = w - learningRate * (g + momentum * m)}. It is
     * SlowMo (arXiv 1910.00643) and the outer optimizer of DiLoCo (arXiv 2311.08105).
     *
     * @param learningRate greater than 0
     * @param momentum from 0 to less than 1
     * @throws IllegalArgumentException if one is out of range
     */
    public static Combine delta(final double learningRate, final double momentum) {
        if (!(learningRate > 0 && learningRate <= Float.MAX_VALUE)) {
            throw new IllegalArgumentException(
                    "the outer learning rate must be greater than 0: learningRate=" + learningRate);
        }
        if (!(momentum >= 0 && momentum < 1)) {
            throw new IllegalArgumentException(
                    "the outer momentum must be from 0 to less than 1: momentum=" + momentum);
        }
        return new Combine(false, learningRate, momentum);
    }

    /** Whether a momentum belongs to each parameter. */
    boolean hasMomentum() {
        return momentum > 0;
    }

    /** Whether the new parameters depend on the common ones, and not on the hosts' mean alone. */
    boolean needsCentre() {
        return !isAverage;
    }

    /**
     * An outer step, in place; not for averages.
     *
     * @param mean of the hosts; gets the new common parameters
     * @param centre the common parameters
     * @param outerMomentum gets its new values; null without momentum
     */
    void step(final double[] mean, final double[] centre, final double[] outerMomentum) {
        for (int i = 0; i < mean.length; i++) {
            final double gradient = centre[i] - mean[i];
            double direction = gradient;
            if (outerMomentum != null) {
                outerMomentum[i] = momentum * outerMomentum[i] + gradient;
                direction += momentum * outerMomentum[i];
            }
            mean[i] = centre[i] - learningRate * direction;
        }
    }

    @Override
    public String toString() {
        return isAverage ? "average" : "delta:" + learningRate + "," + momentum;
    }
}
