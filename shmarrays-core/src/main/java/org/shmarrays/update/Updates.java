package org.shmarrays.update;

import org.shmarrays.internal.kernel.Assign;
import org.shmarrays.internal.kernel.Formula;
import org.shmarrays.internal.kernel.FormulaUpdate;

/**
 * The ready-made updates, as formulas over g (what is pushed), w (the values) and the state arrays. All work in place.
 * Their results are the same, bit for bit, whether kernels compute them or not.
 *
 * <p>Each method throws IllegalArgumentException if an argument is invalid: a learning rate, momentum or weight decay
 * that is NaN, negative, or too large for a float; an epsilon that is not positive; a decay that is not in [0, 1). To
 * ascend instead of descend, push the negated gradient.
 */
public final class Updates {
    private Updates() {}

    /** True if a learning rate changes values: as a float, it is greater than 0 and finite. */
    public static boolean isLearningRate(final double rate) {
        return (float) rate > 0 && rate <= Float.MAX_VALUE;
    }

    /** {@code w = g}. For all element types. */
    public static UpdateFunction assign() {
        return Assign.INSTANCE;
    }

    /** {@code w = w + g}. For all element types. */
    public static UpdateFunction add() {
        return FormulaUpdate.Add.INSTANCE;
    }

    /** {@code w = w + scale * g}, which BLAS calls axpy. */
    public static UpdateFunction addScaled(final double scale) {
        return new FormulaUpdate("addScaled", 0, Formula.ADD_SCALED, finite("scale", scale));
    }

    /**
     * {@code w = rate * g + (1 - rate) * w}: an exponential moving average. With a rate of 0.1, it is the default of
     * {@code update_arrays} of SHMArrays.
     *
     * @param rate from 0 to 1
     */
    public static UpdateFunction ema(final double rate) {
        if (!(rate >= 0 && rate <= 1)) {
            throw new IllegalArgumentException("rate is not in [0, 1]: " + rate);
        }
        return new FormulaUpdate("ema", 0, Formula.EMA, rate, 1 - rate);
    }

    /** {@code w = w - learningRate * g}: stochastic gradient descent. */
    public static UpdateFunction sgd(final double learningRate) {
        return new FormulaUpdate("sgd", 0, Formula.ADD_SCALED, -notNegative("learningRate", learningRate));
    }

    /**
     * {@code m = momentum * m + g; w = w - learningRate * m}: SGD with momentum as PyTorch has it (Sutskever, Martens,
     * Dahl and Hinton, ICML 2013, with the learning rate outside). Uses one state array.
     */
    public static UpdateFunction momentum(final double learningRate, final double momentum) {
        return new FormulaUpdate(
                "momentum",
                1,
                Formula.MOMENTUM,
                -notNegative("learningRate", learningRate),
                notNegative("momentum", momentum));
    }

    /**
     * {@code m = momentum * m + g; w = w - learningRate * (g + momentum * m)}: Nesterov's momentum as PyTorch has it
     * ({@code SGD(nesterov=True)}; Sutskever and others, as above). Uses one state array.
     */
    public static UpdateFunction nesterov(final double learningRate, final double momentum) {
        return new FormulaUpdate(
                "nesterov",
                1,
                Formula.NESTEROV,
                -notNegative("learningRate", learningRate),
                notNegative("momentum", momentum));
    }

    /** {@link #adaGrad(double, double)} with an epsilon of 1e-10. */
    public static UpdateFunction adaGrad(final double learningRate) {
        return adaGrad(learningRate, 1e-10);
    }

    /**
     * {@code v = v + g²; w = w - learningRate * g / (sqrt(v) + epsilon)}: AdaGrad (Duchi, Hazan and Singer, JMLR 2011,
     * the diagonal form). Uses one state array.
     */
    public static UpdateFunction adaGrad(final double learningRate, final double epsilon) {
        return new FormulaUpdate(
                "adaGrad",
                1,
                Formula.ROOT_SCALED,
                notNegative("learningRate", learningRate),
                1,
                1,
                positive("epsilon", epsilon));
    }

    /** {@link #rmsProp(double, double, double)} with a decay of 0.99 and an epsilon of 1e-8. */
    public static UpdateFunction rmsProp(final double learningRate) {
        return rmsProp(learningRate, 0.99, 1e-8);
    }

    /**
     * {@code v = decay * v + (1 - decay) * g²; w = w - learningRate * g / (sqrt(v) + epsilon)}: RMSProp (Tieleman and
     * Hinton, Coursera 2012, lecture 6.5; epsilon stands outside the root, as in PyTorch). Uses one state array.
     */
    public static UpdateFunction rmsProp(final double learningRate, final double decay, final double epsilon) {
        if (!(decay >= 0 && decay < 1)) {
            throw new IllegalArgumentException("decay is not in [0, 1): " + decay);
        }
        return new FormulaUpdate(
                "rmsProp",
                1,
                Formula.ROOT_SCALED,
                notNegative("learningRate", learningRate),
                decay,
                1 - decay,
                positive("epsilon", epsilon));
    }

    /** {@link #adam(double, double, double, double)} with the paper's defaults: 0.9, 0.999, 1e-8. */
    public static UpdateFunction adam(final double learningRate) {
        return adam(learningRate, 0.9, 0.999, 1e-8);
    }

    /**
     * Adam (Kingma and Ba, ICLR 2015, algorithm 1): {@code m = b1 m + (1 - b1) g; v = b2 v + (1 - b2) g²; w = w - a (m
     * / (1 - b1^t)) / (sqrt(v / (1 - b2^t)) + epsilon)}. Uses two state arrays, and the shared count t of steps.
     */
    public static UpdateFunction adam(
            final double learningRate, final double beta1, final double beta2, final double epsilon) {
        return adam("adam", learningRate, beta1, beta2, epsilon, 1);
    }

    /** {@link #adamW(double, double, double, double, double)} with 0.9, 0.999 and 1e-8. */
    public static UpdateFunction adamW(final double learningRate, final double weightDecay) {
        return adamW(learningRate, 0.9, 0.999, 1e-8, weightDecay);
    }

    /**
     * Adam with decoupled weight decay (Loshchilov and Hutter, ICLR 2019, algorithm 2; as in PyTorch the decay is
     * multiplied by the learning rate): {@code w = (1 - learningRate * weightDecay) * w}, then as
     * {@link #adam(double, double, double, double)}. Uses two state arrays.
     */
    public static UpdateFunction adamW(
            final double learningRate,
            final double beta1,
            final double beta2,
            final double epsilon,
            final double weightDecay) {
        final double decay = notNegative("learningRate", learningRate) * notNegative("weightDecay", weightDecay);
        final double kept = 1 - notNegative("learningRate * weightDecay", decay);
        return adam("adamW", learningRate, beta1, beta2, epsilon, kept);
    }

    private static UpdateFunction adam(
            final String name,
            final double learningRate,
            final double beta1,
            final double beta2,
            final double epsilon,
            final double kept) {
        if (!(beta1 >= 0 && beta1 < 1 && beta2 >= 0 && beta2 < 1)) {
            throw new IllegalArgumentException("betas are not in [0, 1): beta1=" + beta1 + ", beta2=" + beta2);
        }
        positive("epsilon", epsilon);
        return new FormulaUpdate.Adam(name, notNegative("learningRate", learningRate), beta1, beta2, epsilon, kept);
    }

    private static double finite(final String name, final double value) {
        if (!Double.isFinite(value)) {
            throw new IllegalArgumentException(name + " is not finite: " + value);
        }
        return value;
    }

    /** The float32 kernels take the value as a float, which must not be infinite. */
    private static double notNegative(final String name, final double value) {
        if (!(value >= 0 && value <= Float.MAX_VALUE)) {
            throw new IllegalArgumentException(name + " is not a number from 0 to " + Float.MAX_VALUE + ": " + value);
        }
        return value;
    }

    private static double positive(final String name, final double value) {
        if (!(value > 0)) {
            throw new IllegalArgumentException(name + " is not positive: " + value);
        }
        return finite(name, value);
    }
}
