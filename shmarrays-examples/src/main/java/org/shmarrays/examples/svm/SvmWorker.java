package org.shmarrays.examples.svm;

import org.shmarrays.ArrayHandle;
import org.shmarrays.RunControl;
import org.shmarrays.ShmArrays;
import org.shmarrays.worker.Worker;

/** One worker of {@code sparse-svm}: {@link SvmStep}s on its share of the examples. */
public final class SvmWorker {
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
            final SvmStep step = new SvmStep(examples.occurrences());
            if (worker.barriers() == 0) {
                worker.barrier(); // all are there
            }
            long done = worker.clock(); // before it was started again
            final RunControl control = params.runControl();
            for (int pass = 0; pass < passes && !worker.shouldStop(); pass++) {
                for (int e = worker.rank(); e < examples.count() && !worker.shouldStop(); e += worker.worldSize()) {
                    if (done > 0) {
                        done--;
                        continue;
                    }
                    final double decayed = SvmStep.decayed(control.learningRateOr(rate), pass);
                    worker.reportLearningRate(decayed);
                    worker.countStep(1, step.train(w, examples, e, (float) decayed));
                }
            }
        }
    }
}
