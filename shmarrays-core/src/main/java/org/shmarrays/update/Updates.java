package org.shmarrays.update;

import org.shmarrays.layout.ElementType;

/**
 * The ready-made updates, as formulas over g (what is pushed), w (the values) and the companions; all in place.
 */
public final class Updates {
    private Updates() {}

    /** {@code w = g}. For all element types. */
    public static UpdateFunction assign() {
        return Assign.INSTANCE;
    }

    /** {@code w = w + g}. For all element types. */
    public static UpdateFunction add() {
        return Add.INSTANCE;
    }

    /** {@code w = w + scale * g}: BLAS calls it axpy. */
    public static UpdateFunction addScaled(final double scale) {
        return new AddScaled("addScaled", scale);
    }

    /**
     * {@code w = rate * g + (1 - rate) * w}: an exponential moving average, the default of the seed's {@code
     * update_arrays} with a rate of 0.1.
     *
     * @param rate from 0 to 1
     */
    public static UpdateFunction ema(final double rate) {
        if (!(rate >= 0 && rate <= 1)) {
            throw new IllegalArgumentException("rate is not in [0, 1]: " + rate);
        }
        return new Ema(rate);
    }

    /** {@code w = w - learningRate * g}: stochastic gradient descent. */
    public static UpdateFunction sgd(final double learningRate) {
        return new AddScaled("sgd", -finite("learningRate", learningRate));
    }

    /**
     * {@code m = momentum * m + g; w = w - learningRate * m}: SGD with momentum as PyTorch has it (Sutskever, Martens,
     * Dahl and Hinton, ICML 2013, with the learning rate outside). Uses one companion.
     */
    public static UpdateFunction momentum(final double learningRate, final double momentum) {
        return new Momentum(finite("learningRate", learningRate), finite("momentum", momentum));
    }

    /** {@link #adam(double, double, double, double)} with the paper's defaults: 0.9, 0.999, 1e-8. */
    public static UpdateFunction adam(final double learningRate) {
        return adam(learningRate, 0.9, 0.999, 1e-8);
    }

    /**
     * Adam (Kingma and Ba, ICLR 2015, algorithm 1): {@code m = b1 m + (1 - b1) g; v = b2 v + (1 - b2) g²; w = w - a (m /
     * (1 - b1^t)) / (sqrt(v / (1 - b2^t)) + epsilon)}. Uses two companions, and the shared count t of steps.
     */
    public static UpdateFunction adam(
            final double learningRate, final double beta1, final double beta2, final double epsilon) {
        if (!(beta1 >= 0 && beta1 < 1 && beta2 >= 0 && beta2 < 1 && epsilon > 0)) {
            throw new IllegalArgumentException("betas are not in [0, 1), or epsilon is not positive: beta1=" + beta1
                    + ", beta2=" + beta2 + ", epsilon=" + epsilon);
        }
        return new Adam(finite("learningRate", learningRate), beta1, beta2, epsilon);
    }

    private static double finite(final String name, final double value) {
        if (!Double.isFinite(value)) {
            throw new IllegalArgumentException(name + " is not finite: " + value);
        }
        return value;
    }

    private static final class Assign extends UpdateFunction {
        static final Assign INSTANCE = new Assign();

        private Assign() {
            super("assign", 0);
        }

        @Override
        public boolean supports(final ElementType type) {
            return true;
        }

        @Override
        protected void apply(
                final float[] g,
                final int gOffset,
                final float[] w,
                final int wOffset,
                final float[][] state,
                final int n,
                final long step) {
            System.arraycopy(g, gOffset, w, wOffset, n);
        }

        @Override
        protected void apply(
                final double[] g,
                final int gOffset,
                final double[] w,
                final int wOffset,
                final double[][] state,
                final int n,
                final long step) {
            System.arraycopy(g, gOffset, w, wOffset, n);
        }

        @Override
        protected void apply(final int[] g, final int gOffset, final int[] w, final int wOffset, final int n) {
            System.arraycopy(g, gOffset, w, wOffset, n);
        }

        @Override
        protected void apply(final long[] g, final int gOffset, final long[] w, final int wOffset, final int n) {
            System.arraycopy(g, gOffset, w, wOffset, n);
        }
    }

    private static final class Add extends UpdateFunction {
        static final Add INSTANCE = new Add();

        private Add() {
            super("add", 0);
        }

        @Override
        public boolean supports(final ElementType type) {
            return true;
        }

        @Override
        double additionScale() {
            return 1;
        }

        @Override
        protected void apply(
                final float[] g,
                final int gOffset,
                final float[] w,
                final int wOffset,
                final float[][] state,
                final int n,
                final long step) {
            for (int i = 0; i < n; i++) {
                w[wOffset + i] += g[gOffset + i];
            }
        }

        @Override
        protected void apply(
                final double[] g,
                final int gOffset,
                final double[] w,
                final int wOffset,
                final double[][] state,
                final int n,
                final long step) {
            for (int i = 0; i < n; i++) {
                w[wOffset + i] += g[gOffset + i];
            }
        }

        @Override
        protected void apply(final int[] g, final int gOffset, final int[] w, final int wOffset, final int n) {
            for (int i = 0; i < n; i++) {
                w[wOffset + i] += g[gOffset + i];
            }
        }

        @Override
        protected void apply(final long[] g, final int gOffset, final long[] w, final int wOffset, final int n) {
            for (int i = 0; i < n; i++) {
                w[wOffset + i] += g[gOffset + i];
            }
        }
    }

    private static final class AddScaled extends UpdateFunction {
        private final double scale;

        AddScaled(final String name, final double scale) {
            super(name, 0);
            this.scale = finite("scale", scale);
        }

        @Override
        double additionScale() {
            return scale;
        }

        @Override
        protected void apply(
                final float[] g,
                final int gOffset,
                final float[] w,
                final int wOffset,
                final float[][] state,
                final int n,
                final long step) {
            final float a = (float) scale;
            for (int i = 0; i < n; i++) {
                w[wOffset + i] += a * g[gOffset + i];
            }
        }

        @Override
        protected void apply(
                final double[] g,
                final int gOffset,
                final double[] w,
                final int wOffset,
                final double[][] state,
                final int n,
                final long step) {
            final double a = scale;
            for (int i = 0; i < n; i++) {
                w[wOffset + i] += a * g[gOffset + i];
            }
        }
    }

    private static final class Ema extends UpdateFunction {
        private final double rate;

        Ema(final double rate) {
            super("ema", 0);
            this.rate = rate;
        }

        @Override
        protected void apply(
                final float[] g,
                final int gOffset,
                final float[] w,
                final int wOffset,
                final float[][] state,
                final int n,
                final long step) {
            final float a = (float) rate;
            final float b = (float) (1 - rate);
            for (int i = 0; i < n; i++) {
                w[wOffset + i] = a * g[gOffset + i] + b * w[wOffset + i];
            }
        }

        @Override
        protected void apply(
                final double[] g,
                final int gOffset,
                final double[] w,
                final int wOffset,
                final double[][] state,
                final int n,
                final long step) {
            final double a = rate;
            final double b = 1 - rate;
            for (int i = 0; i < n; i++) {
                w[wOffset + i] = a * g[gOffset + i] + b * w[wOffset + i];
            }
        }
    }

    private static final class Momentum extends UpdateFunction {
        private final double learningRate;
        private final double momentum;

        Momentum(final double learningRate, final double momentum) {
            super("momentum", 1);
            this.learningRate = learningRate;
            this.momentum = momentum;
        }

        @Override
        protected void apply(
                final float[] g,
                final int gOffset,
                final float[] w,
                final int wOffset,
                final float[][] state,
                final int n,
                final long step) {
            final float[] m = state[0];
            final float a = (float) learningRate;
            final float mu = (float) momentum;
            for (int i = 0; i < n; i++) {
                final float velocity = mu * m[wOffset + i] + g[gOffset + i];
                m[wOffset + i] = velocity;
                w[wOffset + i] -= a * velocity;
            }
        }

        @Override
        protected void apply(
                final double[] g,
                final int gOffset,
                final double[] w,
                final int wOffset,
                final double[][] state,
                final int n,
                final long step) {
            final double[] m = state[0];
            final double a = learningRate;
            final double mu = momentum;
            for (int i = 0; i < n; i++) {
                final double velocity = mu * m[wOffset + i] + g[gOffset + i];
                m[wOffset + i] = velocity;
                w[wOffset + i] -= a * velocity;
            }
        }
    }

    private static final class Adam extends UpdateFunction {
        private final double learningRate;
        private final double beta1;
        private final double beta2;
        private final double epsilon;

        Adam(final double learningRate, final double beta1, final double beta2, final double epsilon) {
            super("adam", 2);
            this.learningRate = learningRate;
            this.beta1 = beta1;
            this.beta2 = beta2;
            this.epsilon = epsilon;
        }

        @Override
        protected void apply(
                final float[] g,
                final int gOffset,
                final float[] w,
                final int wOffset,
                final float[][] state,
                final int n,
                final long step) {
            final float[] m = state[0];
            final float[] v = state[1];
            final float b1 = (float) beta1;
            final float b2 = (float) beta2;
            final float c1 = (float) (1 - beta1);
            final float c2 = (float) (1 - beta2);
            final float a = (float) (learningRate / (1 - Math.pow(beta1, step)));
            final float correction = (float) (1 / (1 - Math.pow(beta2, step)));
            final float eps = (float) epsilon;
            for (int i = 0; i < n; i++) {
                final float gradient = g[gOffset + i];
                final float m1 = b1 * m[wOffset + i] + c1 * gradient;
                final float v1 = b2 * v[wOffset + i] + c2 * gradient * gradient;
                m[wOffset + i] = m1;
                v[wOffset + i] = v1;
                w[wOffset + i] -= a * m1 / ((float) Math.sqrt(v1 * correction) + eps);
            }
        }

        @Override
        protected void apply(
                final double[] g,
                final int gOffset,
                final double[] w,
                final int wOffset,
                final double[][] state,
                final int n,
                final long step) {
            final double[] m = state[0];
            final double[] v = state[1];
            final double b1 = beta1;
            final double b2 = beta2;
            final double a = learningRate / (1 - Math.pow(beta1, step));
            final double correction = 1 / (1 - Math.pow(beta2, step));
            final double eps = epsilon;
            for (int i = 0; i < n; i++) {
                final double gradient = g[gOffset + i];
                final double m1 = b1 * m[wOffset + i] + (1 - b1) * gradient;
                final double v1 = b2 * v[wOffset + i] + (1 - b2) * gradient * gradient;
                m[wOffset + i] = m1;
                v[wOffset + i] = v1;
                w[wOffset + i] -= a * m1 / (Math.sqrt(v1 * correction) + eps);
            }
        }
    }
}
