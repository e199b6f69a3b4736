package org.shmarrays.examples.svm;

import org.shmarrays.ArrayHandle;

/**
 * A step of a support vector machine by stochastic gradients, an example at a time, as in Niu, Recht, Ré and Wright,
 * "Hogwild!" (NIPS 2011), section 2: the hinge loss, and a regularisation that is shared out over the examples in which
 * a feature occurs, so that a step touches the example's own features alone. One thread.
 */
public final class SvmStep {
    private static final double LAMBDA = 1;
    private static final double DECAY = 0.8;

    private final int[] occurrences;
    private final int[] features = new int[SparseExamples.MOST_NON_ZERO];
    private final float[] weights = new float[SparseExamples.MOST_NON_ZERO];
    private final float[] deltas = new float[SparseExamples.MOST_NON_ZERO];

    /**
     * Steps of one worker.
     *
     * @param occurrences of each feature, in all examples of the training
     */
    public SvmStep(final int[] occurrences) {
        this.occurrences = occurrences;
    }

    /** The step size of a pass, from 0. */
    public static double decayed(final double rate, final long pass) {
        return rate * Math.pow(DECAY, pass);
    }

    /**
     * Trains on an example.
     *
     * @param w the weights, {@code [FEATURES]}
     * @return the hinge loss before the step
     */
    public float train(final ArrayHandle w, final SparseExamples examples, final int example, final float stepSize) {
        final int n = examples.length(example);
        examples.copyFeatures(example, features);
        w.gather(features, n, weights);
        float score = 0;
        for (int i = 0; i < n; i++) {
            score += weights[i] * examples.value(example, i);
        }
        final float label = examples.label(example);
        final boolean isLoss = label * score < 1;
        for (int i = 0; i < n; i++) {
            final float loss = isLoss ? label * examples.value(example, i) : 0;
            deltas[i] = stepSize * (loss - (float) LAMBDA * weights[i] / occurrences[features[i]]);
        }
        w.scatterAdd(features, n, deltas);
        return Math.max(0, 1 - label * score);
    }
}
