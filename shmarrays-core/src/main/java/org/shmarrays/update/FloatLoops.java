package org.shmarrays.update;

/** The formulas of {@link Formula} on heap arrays of float32, in loops that the JIT compiler vectorises. Stateless. */
final class FloatLoops {
    private FloatLoops() {}

    /**
     * Applies a formula to n elements.
     *
     * @param c the formula's coefficients
     */
    static void apply(
            final Formula formula,
            final double[] c,
            final float[] g,
            final int gOffset,
            final float[] w,
            final int wOffset,
            final float[][] state,
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
            final double[] c, final float[] g, final int gOffset, final float[] w, final int wOffset, final int n) {
        final float a = (float) c[0];
        for (int i = 0; i < n; i++) {
            w[wOffset + i] += a * g[gOffset + i];
        }
    }

    private static void ema(
            final double[] c, final float[] g, final int gOffset, final float[] w, final int wOffset, final int n) {
        final float a = (float) c[0];
        final float b = (float) c[1];
        for (int i = 0; i < n; i++) {
            w[wOffset + i] = a * g[gOffset + i] + b * w[wOffset + i];
        }
    }

    private static void momentum(
            final double[] c,
            final float[] g,
            final int gOffset,
            final float[] w,
            final int wOffset,
            final float[] m,
            final int n) {
        final float a = (float) c[0];
        final float mu = (float) c[1];
        for (int i = 0; i < n; i++) {
            final float velocity = mu * m[wOffset + i] + g[gOffset + i];
            m[wOffset + i] = velocity;
            w[wOffset + i] += a * velocity;
        }
    }

    private static void nesterov(
            final double[] c,
            final float[] g,
            final int gOffset,
            final float[] w,
            final int wOffset,
            final float[] m,
            final int n) {
        final float a = (float) c[0];
        final float mu = (float) c[1];
        for (int i = 0; i < n; i++) {
            final float gradient = g[gOffset + i];
            final float velocity = mu * m[wOffset + i] + gradient;
            m[wOffset + i] = velocity;
            w[wOffset + i] += a * (mu * velocity + gradient);
        }
    }

    private static void rootScaled(
            final double[] c,
            final float[] g,
            final int gOffset,
            final float[] w,
            final int wOffset,
            final float[] v,
            final int n) {
        final float a = (float) c[0];
        final float b = (float) c[1];
        final float c1 = (float) c[2];
        final float epsilon = (float) c[3];
        for (int i = 0; i < n; i++) {
            final float gradient = g[gOffset + i];
            final float v1 = b * v[wOffset + i] + c1 * gradient * gradient;
            v[wOffset + i] = v1;
            w[wOffset + i] -= a * gradient / ((float) Math.sqrt(v1) + epsilon);
        }
    }

    private static void adam(
            final double[] c,
            final float[] g,
            final int gOffset,
            final float[] w,
            final int wOffset,
            final float[] m,
            final float[] v,
            final int n) {
        final float a = (float) c[0];
        final float b1 = (float) c[1];
        final float c1 = (float) c[2];
        final float b2 = (float) c[3];
        final float c2 = (float) c[4];
        final float r = (float) c[5];
        final float epsilon = (float) c[6];
        final float kept = (float) c[7];
        for (int i = 0; i < n; i++) {
            final float gradient = g[gOffset + i];
            final float m1 = b1 * m[wOffset + i] + c1 * gradient;
            final float v1 = b2 * v[wOffset + i] + c2 * gradient * gradient;
            m[wOffset + i] = m1;
            v[wOffset + i] = v1;
            w[wOffset + i] = kept * w[wOffset + i] - a * m1 / ((float) Math.sqrt(r * v1) + epsilon);
        }
    }
}
