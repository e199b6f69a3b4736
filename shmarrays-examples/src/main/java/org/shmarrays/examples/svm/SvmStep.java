package org.shmarrays.examples.svm;

import java.nio.IntBuffer;
import org.shmarrays.ArrayHandle;

/**
 * A step of a support vector machine by stochastic gradients, an example at a time, as in Niu, Recht, Ré and Wright,
 * "Hogwild!" (NIPS 2011), section 2: the hinge loss, and a regularisation that is shared out over the examples in which
 * a feature occurs, so that a step touches the example's own features alone. One thread.
 */
public final class SvmStep {
    private static final double LAMBDA = 1;
    private static final double DECAY = 0.8;

    private final IntBuffer occurrences;
    private int[] features = new int[SparseExamples.MOST_NON_ZERO];
    private float[] weights = new float[SparseExamples.MOST_NON_ZERO];
    private float[] deltas = new float[SparseExamples.MOST_NON_ZERO];

    /**
     * Steps of one worker.
     *
     * @param occurrences of each feature, in all examples of the training
     */
    public SvmStep(final int[] occurrences) {
        this(IntBuffer.wrap(occurrences));
    }

    /** The same, without a copy of what is in shared memory. */
    SvmStep(final IntBuffer occurrences) {
        this.occurrences = occurrences;
    }

    /** The step size of a pass, from 0. */
    public static double decayed(final double rate, final long pass) {
        return rate * Math.pow(DECAY, pass);
    }

    /**
     * Trains on an example.
     *
     * @param w the weights, one for each feature
     * @return the hinge loss before the step
     */
    public float train(final ArrayHandle w, final SvmExamples examples, final int example, final float stepSize) {
        final int begin = examples.begin(example);
        final int n = examples.end(example) - begin;
        if (n > features.length) {
            features = new int[2 * n];
            weights = new float[2 * n];
            deltas = new float[2 * n];
        }
        for (int i = 0; i < n; i++) {
            features[i] = examples.feature(begin + i);
        }
        w.gather(features, n, weights);
        float score = 0;
        for (int i = 0; i < n; i++) {
            score += weights[i] * examples.value(begin + i);
        }
        final float label = examples.label(example);
        final boolean isLoss = label * score < 1;
        for (int i = 0; i < n; i++) {
            final float loss = isLoss ? label * examples.value(begin + i) : 0;
            deltas[i] = stepSize * (loss - (float) LAMBDA * weights[i] / occurrences.get(features[i]));
        }
        w.scatterAdd(features, n, deltas);
        return Math.max(0, 1 - label * score);
    }
}
