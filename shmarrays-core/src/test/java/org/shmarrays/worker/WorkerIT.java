package org.shmarrays.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.shmarrays.layout.ElementType.FLOAT32;
import static org.shmarrays.layout.ElementType.INT64;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.testing.Await;
import org.shmarrays.testing.Jvm;
import org.shmarrays.testing.Workers;

/** Workers that are processes. */
class WorkerIT {
    private static final int STEPS = 300;
    private static final int BOUND = 2;
    private static final int PASSES = 200_000;

    @TempDir
    private Path directory;

    private ShmArrays create() {
        return ShmArrays.create(
                "s",
                List.of(ArraySpec.of("clocks", INT64, 4), ArraySpec.of("w", FLOAT32, 4)),
                Settings.fromProperties().withDirectory(directory).withSlots(6));
    }

    /** Publishes its clock in an array, and compares it with those of the others: a second opinion. */
    static final class Stepper {
        public static void main(final String... arguments) {
            try (Worker worker = Worker.join();
                    ShmArrays arrays = ShmArrays.attach(worker, "s", Settings.fromProperties())) {
                worker.barrier();
                // Reads may be older than what awaitBound saw, never younger: so who is slower is at most the bound
                // behind.
                for (int step = 0; step < STEPS; step++) {
                    final long[] own = new long[4];
                    own[worker.rank()] = 1;
                    arrays.add(Map.of("clocks", own));
                    worker.countStep(1, 0);
                    worker.awaitBound(BOUND);
                    final long[] clocks = (long[]) arrays.read(Object.class).get("clocks");
                    for (int rank = 0; rank < worker.worldSize(); rank++) {
                        if (clocks[rank] < clocks[worker.rank()] - BOUND) {
                            throw new AssertionError("rank " + rank + " is at " + clocks[rank] + ", " + worker.rank()
                                    + " at " + clocks[worker.rank()]);
                        }
                    }
                }
                worker.barrier();
                final long[] clocks = (long[]) arrays.read(Object.class).get("clocks");
                for (int rank = 0; rank < worker.worldSize(); rank++) {
                    if (clocks[rank] != STEPS) {
                        throw new AssertionError("passed the barrier before rank " + rank);
                    }
                }
            }
        }
    }

    /** Rank 1 stops after the first barrier; the others go on to the end. */
    static final class Survivor {
        public static void main(final String... arguments) {
            try (Worker worker = Worker.join();
                    ShmArrays arrays = ShmArrays.attach(worker, "s", Settings.fromProperties())) {
                worker.barrier();
                if (worker.rank() == 1) {
                    System.out.println("waits");
                    Await.until("a signal", () -> false);
                }
                for (int step = 0; step < 10; step++) {
                    worker.countStep(1, 0);
                    worker.awaitBound(0);
                    worker.barrier();
                }
                System.out.println("done " + arrays.name());
            }
        }
    }

    /** Ends passes over its share, as fast as it can. */
    static final class Passer {
        public static void main(final String... arguments) {
            try (Worker worker = Worker.join();
                    ShmArrays arrays = ShmArrays.attach(worker, "s", Settings.fromProperties())) {
                worker.barrier();
                for (int pass = 0; pass < PASSES; pass++) {
                    arrays.runControl().endPass(worker.worldSize());
                }
            }
        }
    }

    @Test
    void shouldCountEachEndedPassOnce() {
        try (ShmArrays arrays = create()) {
            Workers.run(Passer.class, 3, directory);

            assertThat(arrays.runControl().epoch()).isEqualTo(PASSES);
            assertThat(arrays.runControl().endedPasses()).isZero();
        }
    }

    @Test
    void shouldKeepTheBoundAndMeetAtBarriers() {
        try (ShmArrays arrays = create()) {
            Workers.run(Stepper.class, 3, directory);

            assertThat(arrays.runControl().globalStep()).isEqualTo(3 * STEPS);
        }
    }

    @Test
    void shouldNotWaitForAKilledWorker() {
        try (ShmArrays arrays = create();
                Jvm zero = Jvm.startWorker(0, 3, Survivor.class, directory);
                Jvm one = Jvm.startWorker(1, 3, Survivor.class, directory);
                Jvm two = Jvm.startWorker(2, 3, Survivor.class, directory)) {
            one.awaitLine("waits");

            one.kill();

            zero.awaitSuccess();
            two.awaitSuccess();
            assertThat(arrays.runControl().globalStep()).isEqualTo(20);
        }
    }
}
