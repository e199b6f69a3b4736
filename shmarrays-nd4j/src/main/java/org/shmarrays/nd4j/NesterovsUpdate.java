package org.shmarrays.nd4j;

import org.shmarrays.update.UpdateFunction;

/**
 * ND4J's Nesterovs: {@code v' = momentum * v - learningRate * g; w = w - momentum * v + (1 + momentum) * v'}: the
 * momentum of Nesterov as <a href="https://cs231n.github.io/neural-networks-3/#sgd">CS231n</a> has it, with the
 * learning rate inside v. Uses one state array.
 */
final class NesterovsUpdate extends UpdateFunction {
    private final double learningRate;
    private final double momentum;

    NesterovsUpdate(final double learningRate, final double momentum) {
        super("nesterovs", 1);
        this.learningRate = Nd4jUpdates.notNegative("learningRate", learningRate);
        this.momentum = Nd4jUpdates.notNegative("momentum", momentum);
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
        final float[] v = state[0];
        final float a = (float) learningRate;
        final float mu = (float) momentum;
        for (int i = 0; i < n; i++) {
            final float before = mu * v[wOffset + i];
            final float velocity = before - a * g[gOffset + i];
            v[wOffset + i] = velocity;
            w[wOffset + i] -= before - (1 + mu) * velocity;
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
        final double[] v = state[0];
        final double a = learningRate;
        final double mu = momentum;
        for (int i = 0; i < n; i++) {
            final double before = mu * v[wOffset + i];
            final double velocity = before - a * g[gOffset + i];
            v[wOffset + i] = velocity;
            w[wOffset + i] -= before - (1 + mu) * velocity;
        }
    }
}
