package org.shmarrays.examples;

import static org.shmarrays.layout.ElementType.FLOAT32;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import org.shmarrays.ShmArrays;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.update.Updates;
import org.shmarrays.worker.Worker;

/** The README's worker: fits y = 3 x + 2 together with the other workers of its run. */
public final class LineWorker {
    private LineWorker() {}

    public static void main(final String... arguments) {
        final List<ArraySpec> specs = List.of(ArraySpec.of("line", FLOAT32, 2)); // mode LOCKED
        final Worker worker = Worker.join(); // rank and world size
        // One of the workers creates the segment and sets the first values, the others attach to it.
        try (ShmArrays params =
                ShmArrays.createOrAttach(worker, specs, fresh -> fresh.write(Map.of("line", new float[] {0, 0})))) {
            final Random random = new Random(worker.rank());
            if (worker.barriers() == 0) { // 1 in a worker that is started again
                worker.barrier(); // all are there
            }
            for (long step = worker.clock(); step < 2_000 && !worker.shouldStop(); step++) {
                final float[] line = params.read().get("line"); // pull
                final float x = random.nextFloat();
                final float error = line[0] * x + line[1] - (3 * x + 2);
                params.update(Map.of("line", new float[] {error * x, error}), Updates.sgd(0.1)); // push
                worker.countStep(1, error * error);
            }
            worker.barrier(); // all are done
            if (worker.rank() == 0) {
                final float[] line = params.read().get("line");
                System.out.printf(Locale.ROOT, "y = %.2f x + %.2f%n", line[0], line[1]);
            }
        }
    }
}
