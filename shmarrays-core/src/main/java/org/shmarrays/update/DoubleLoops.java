package org.shmarrays.update;

/** The formulas of {@link Formula} on heap arrays of float64, in loops that the JIT compiler vectorises. Stateless. */
final class DoubleLoops {
    private DoubleLoops() {}

    /**
     * Applies a formula to n elements.
     *
     * @param c the formula's coefficients
     */
    static void apply(
            final Formula formula,
            final double[] c,
            final double[] g,
            final int gOffset,
            final double[] w,
            final int wOffset,
            final double[][] state,
            final int n) {
        switch (formula) {
            case ADD_SCALED -> addScaled(c, g, gOffset, w, wOffset, n);
            case EMA -> ema(c, g, gOffset, w, wOffset, n);
            case MOMENTUM -> momentum(c, g, gOffset, w, wOffset, state[0], n);
            case NESTEROV -> nesterov(c, g, gOffset, w, wOffset, state[0], n);
            case ROOT_SCALED -> rootScaled(c, g, gOffset, w, wOffset, state[0], n);
            case ADAM -> adam(c, g, gOffset, w, wOffset, state[0], state[1], n);
        }
    }

    private static void addScaled(
            final double[] c, final double[] g, final int gOffset, final double[] w, final int wOffset, final int n) {
        final double a = c[0];
        for (int i = 0; i < n; i++) {
            w[wOffset + i] += a * g[gOffset + i];
        }
    }

    private static void ema(
            final double[] c, final double[] g, final int gOffset, final double[] w, final int wOffset, final int n) {
        final double a = c[0];
        final double b = c[1];
        for (int i = 0; i < n; i++) {
            w[wOffset + i] = a * g[gOffset + i] + b * w[wOffset + i];
        }
    }

    private static void momentum(
            final double[] c,
            final double[] g,
            final int gOffset,
            final double[] w,
            final int wOffset,
            final double[] m,
            final int n) {
        final double a = c[0];
        final double mu = c[1];
        for (int i = 0; i < n; i++) {
            final double velocity = mu * m[wOffset + i] + g[gOffset + i];
            m[wOffset + i] = velocity;
            w[wOffset + i] += a * velocity;
        }
    }

    private static void nesterov(
            final double[] c,
            final double[] g,
            final int gOffset,
            final double[] w,
            final int wOffset,
            final double[] m,
            final int n) {
        final double a = c[0];
        final double mu = c[1];
        for (int i = 0; i < n; i++) {
            final double gradient = g[gOffset + i];
            final double velocity = mu * m[wOffset + i] + gradient;
            m[wOffset + i] = velocity;
            w[wOffset + i] += a * (mu * velocity + gradient);
        }
    }

    private static void rootScaled(
            final double[] c,
            final double[] g,
            final int gOffset,
            final double[] w,
            final int wOffset,
            final double[] v,
            final int n) {
        final double a = c[0];
        final double b = c[1];
        final double c1 = c[2];
        final double epsilon = c[3];
        for (int i = 0; i < n; i++) {
            final double gradient = g[gOffset + i];
            final double v1 = b * v[wOffset + i] + c1 * gradient * gradient;
            v[wOffset + i] = v1;
            w[wOffset + i] -= a * gradient / (Math.sqrt(v1) + epsilon);
        }
    }

    private static void adam(
            final double[] c,
            final double[] g,
            final int gOffset,
            final double[] w,
            final int wOffset,
            final double[] m,
            final double[] v,
            final int n) {
        final double a = c[0];
        final double b1 = c[1];
        final double c1 = c[2];
        final double b2 = c[3];
        final double c2 = c[4];
        final double r = c[5];
        final double epsilon = c[6];
        final double kept = c[7];
        for (int i = 0; i < n; i++) {
            final double gradient = g[gOffset + i];
            final double m1 = b1 * m[wOffset + i] + c1 * gradient;
            final double v1 = b2 * v[wOffset + i] + c2 * gradient * gradient;
            m[wOffset + i] = m1;
            v[wOffset + i] = v1;
            w[wOffset + i] = kept * w[wOffset + i] - a * m1 / (Math.sqrt(r * v1) + epsilon);
        }
    }
}
