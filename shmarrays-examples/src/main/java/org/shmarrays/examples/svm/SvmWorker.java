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
            final RunControl control = params.runControl();
            final WorkTable work = new WorkTable(params, worker, passes, false);
            for (long position = work.next(); position != WorkTable.NONE; position = work.next()) {
                final long batch = work.step(position) % work.batches();
                final long pass = work.step(position) / work.batches();
                final int end = (int) Math.min(examples.count(), (batch + 1) * BATCH_SIZE);
                for (int e = (int) batch * BATCH_SIZE; e < end; e++) {
                    final double decayed = SvmStep.decayed(control.learningRateOr(rate), pass);
                    worker.reportLearningRate(decayed);
                    worker.countStep(1, step.train(w, examples, e, (float) decayed));
                }
                work.done();
            }
        }
    }
}
