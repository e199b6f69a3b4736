package org.shmarrays.examples.svm;

import org.shmarrays.ArrayHandle;
import org.shmarrays.RunControl;
import org.shmarrays.ShmArrays;
import org.shmarrays.examples.WorkTable;
import org.shmarrays.worker.Worker;

/** One worker of {@code sparse-svm}: {@link SvmStep}s on the batches of examples that it claims. */
public final class SvmWorker {
    private static final int BATCH_SIZE = 100;

    private SvmWorker() {}

    /** Number of batches in a pass over so many examples. */
    static int batches(final int examples) {
        return (examples + BATCH_SIZE - 1) / BATCH_SIZE;
    }

    /**
     * Arguments: number of passes, step size; of made-up examples also seed and number. The examples of a file are in
     * shared memory.
     */
    public static void main(final String... arguments) {
        final int passes = Integer.parseInt(arguments[0]);
        final double rate = Double.parseDouble(arguments[1]);
        final Worker worker = Worker.join();
        if (arguments.length == 2) {
            final SharedExamples examples = SharedExamples.attach(worker.segmentName());
            train(worker, passes, rate, examples, new SvmStep(examples.occurrences()));
        } else {
            final SparseExamples examples =
                    new SparseExamples(Long.parseLong(arguments[2]), 0, Integer.parseInt(arguments[3]));
            train(worker, passes, rate, examples, new SvmStep(examples.occurrences()));
        }
    }

    private static void train(
            final Worker worker, final int passes, final double rate, final SvmExamples examples, final SvmStep step) {
        try (ShmArrays params = ShmArrays.attach(worker)) {
            final ArrayHandle w = params.array("w");
            if (worker.barriers() == 0) {
                worker.barrier(); // all are there
            }
            final RunControl control = params.runControl();
            final WorkTable work = new WorkTable(params, worker, passes, false);
            for (long position = work.next(); position != WorkTable.NONE; position = work.next()) {
                final long batch = work.step(position) % work.batches();
                final long pass = work.step(position) / work.batches();
                final int end = (int) Math.min(examples.count(), (batch + 1) * BATCH_SIZE);
                // A checkpoint has all steps of the batch, with their count and the batch that is done, or none.
                params.updateTogether(() -> {
                    final int first = (int) batch * BATCH_SIZE;
                    for (int e = first + work.stepsDone(); e < end; e++) {
                        final double decayed = SvmStep.decayed(control.learningRateOr(rate), pass);
                        worker.reportLearningRate(decayed);
                        final float loss = step.train(w, examples, e, (float) decayed);
                        work.stepsDone(e + 1 - first);
                        worker.countStep(1, loss);
                    }
                    work.done();
                });
            }
        }
    }
}
