package org.shmarrays.examples.svm;

import org.shmarrays.ArrayHandle;
import org.shmarrays.RunControl;
import org.shmarrays.ShmArrays;
import org.shmarrays.worker.Worker;

/**
 * One worker of {@code sparse-svm}: a support vector machine by stochastic gradients, an example at a time, as in Niu,
 * Recht, Ré and Wright, "Hogwild!" (NIPS 2011), section 2: the hinge loss, and a regularisation that is shared out over
 * the examples in which a feature occurs, so that a step touches the example's own features alone.
 */
public final class SvmWorker {
    private static final double LAMBDA = 1;

    private SvmWorker() {}

    /** Arguments: seed, number of examples, number of passes, step size. */
    public static void main(final String... arguments) {
        final SparseExamples examples =
                new SparseExamples(Long.parseLong(arguments[0]), 0, Integer.parseInt(arguments[1]));
        final int passes = Integer.parseInt(arguments[2]);
        final double rate = Double.parseDouble(arguments[3]);
        final Worker worker = Worker.join();
        try (ShmArrays params = ShmArrays.attach(worker)) {
            final ArrayHandle w = params.array("w");
            final int[] occurrences = examples.occurrences();
            final int[] features = new int[SparseExamples.MOST_NON_ZERO];
            final float[] weights = new float[SparseExamples.MOST_NON_ZERO];
            final float[] deltas = new float[SparseExamples.MOST_NON_ZERO];
            if (worker.barriers() == 0) {
                worker.barrier(); // all are there
            }
            long done = worker.clock(); // before it was started again
            final RunControl control = params.runControl();
            for (int pass = 0; pass < passes && !worker.shouldStop(); pass++) {
                final double decay = Math.pow(0.8, pass);
                for (int e = worker.rank(); e < examples.count() && !worker.shouldStop(); e += worker.worldSize()) {
                    if (done > 0) {
                        done--;
                        continue;
                    }
                    final double decayed = control.learningRateOr(rate) * decay;
                    worker.reportLearningRate(decayed);
                    final float step = (float) decayed;
                    final int n = examples.length(e);
                    examples.copyFeatures(e, features);
                    w.gather(features, n, weights);
                    float score = 0;
                    for (int i = 0; i < n; i++) {
                        score += weights[i] * examples.value(e, i);
                    }
                    final float label = examples.label(e);
                    final boolean isLoss = label * score < 1;
                    for (int i = 0; i < n; i++) {
                        final float loss = isLoss ? label * examples.value(e, i) : 0;
                        deltas[i] = step * (loss - (float) LAMBDA * weights[i] / occurrences[features[i]]);
                    }
                    w.scatterAdd(features, n, deltas);
                    worker.countStep(1, Math.max(0, 1 - label * score));
                }
            }
        }
    }
}
