package org.shmarrays.nd4j;

import org.shmarrays.update.UpdateFunction;

/**
 * ND4J's Adam:
 * {@code m = b1 m + (1 - b1) g; v = b2 v + (1 - b2) g²; w = w - a sqrt(1 - b2^t) / (1 - b1^t) m / (sqrt(v) + epsilon)}:
 * the order of computation at the end of section 2 of Kingma and Ba, ICLR 2015, whose epsilon, called epsilon hat
 * there, stands beside the uncorrected v. Uses two state arrays, and the shared count t of steps.
 */
final class AdamUpdate extends UpdateFunction {
    private final double learningRate;
    private final double beta1;
    private final double beta2;
    private final double epsilon;

    AdamUpdate(final double learningRate, final double beta1, final double beta2, final double epsilon) {
        super("adam of ND4J", 2);
        this.learningRate = Nd4jUpdates.notNegative("learningRate", learningRate);
        this.beta1 = Nd4jUpdates.belowOne("beta1", beta1);
        this.beta2 = Nd4jUpdates.belowOne("beta2", beta2);
        this.epsilon = Nd4jUpdates.notNegative("epsilon", epsilon);
    }

    private double rate(final long step) {
        return learningRate * Math.sqrt(1 - Math.pow(beta2, step)) / (1 - Math.pow(beta1, step));
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
        final float a = (float) rate(step);
        final float eps = (float) epsilon;
        for (int i = 0; i < n; i++) {
            final float gradient = g[gOffset + i];
            final float m1 = b1 * m[wOffset + i] + (1 - b1) * gradient;
            final float v1 = b2 * v[wOffset + i] + (1 - b2) * gradient * gradient;
            m[wOffset + i] = m1;
            v[wOffset + i] = v1;
            w[wOffset + i] -= a * m1 / ((float) Math.sqrt(v1) + eps);
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
        final double a = rate(step);
        for (int i = 0; i < n; i++) {
            final double gradient = g[gOffset + i];
            final double m1 = beta1 * m[wOffset + i] + (1 - beta1) * gradient;
            final double v1 = beta2 * v[wOffset + i] + (1 - beta2) * gradient * gradient;
            m[wOffset + i] = m1;
            v[wOffset + i] = v1;
            w[wOffset + i] -= a * m1 / (Math.sqrt(v1) + epsilon);
        }
    }
}
