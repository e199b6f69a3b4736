package org.shmarrays.spark.examples;

import org.apache.spark.broadcast.Broadcast;
import org.shmarrays.ArrayHandle;
import org.shmarrays.ShmArrays;
import org.shmarrays.examples.svm.SparseExamples;
import org.shmarrays.examples.svm.SvmStep;
import org.shmarrays.spark.HostStep;
import org.shmarrays.worker.Worker;

/** A step of a worker of {@code sparse-svm}: one pass over the examples of a batch, one at a time. */
final class SvmHostStep implements HostStep<SparseExamples> {
    private static final long serialVersionUID = 1L;

    private final Broadcast<int[]> occurrences;
    private final double learningRate;

    /** Of this worker, from its first step on. */
    private transient SvmStep step;

    /**
     * Steps that begin with a step size.
     *
     * @param occurrences of each feature, in all examples
     */
    SvmHostStep(final Broadcast<int[]> occurrences, final double learningRate) {
        this.occurrences = occurrences;
        this.learningRate = learningRate;
    }

    @Override
    public void step(final ShmArrays params, final SparseExamples batch, final Worker worker) {
        if (step == null) {
            step = new SvmStep(occurrences.value());
        }
        final ArrayHandle w = params.array("w");
        final double rate = SvmStep.decayed(learningRate, params.runControl().epoch());
        double loss = 0;
        for (int example = 0; example < batch.count(); example++) {
            loss += step.train(w, batch, example, (float) rate);
        }
        worker.countStep(batch.count(), loss / batch.count());
    }
}
