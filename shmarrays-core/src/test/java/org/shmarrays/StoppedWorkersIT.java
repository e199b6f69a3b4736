package org.shmarrays;

import static org.assertj.core.api.Assertions.assertThat;
import static org.shmarrays.layout.ElementType.FLOAT32;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.internal.launch.JvmFlags;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.status.ArrayStatus;
import org.shmarrays.status.SegmentStatus;
import org.shmarrays.status.WorkerStatus;
import org.shmarrays.testing.Await;
import org.shmarrays.testing.Jvm;
import org.shmarrays.worker.Worker;

/**
 * Many more workers than cores, a fifth of them stopped at each moment: all get through within the lock timeout, and
 * nothing is lost.
 */
class StoppedWorkersIT {
    private static final int WORKERS = 32;
    private static final int STOPPED = WORKERS / 5;
    private static final int ADDITIONS = 30;
    private static final int ELEMENTS = 4_096;
    private static final long ROUND_NS = 40_000_000;

    private final List<Jvm> workers = new ArrayList<>();

    @TempDir
    private Path directory;

    @AfterEach
    void endAll() {
        workers.forEach(Jvm::close);
    }

    @Test
    void shouldLoseNothingAndStarveNoWorkerWhileAFifthIsStopped() throws Exception {
        final long seed = System.nanoTime();
        final Random random = new Random(seed);
        final Settings settings = Settings.fromProperties()
                .withDirectory(directory)
                .withPartitionBytes(ELEMENTS * Float.BYTES / 2)
                .withLockTimeout(Await.DEADLINE);
        try (ShmArrays arrays = ShmArrays.create("w", List.of(ArraySpec.of("w", FLOAT32, ELEMENTS)), settings)) {
            final List<String> flags = new ArrayList<>(JvmFlags.ofThisJvm());
            flags.addAll(List.of("-Xmx16m", "-XX:TieredStopAtLevel=1", "-Xss256k", "-Xshare:auto"));
            for (int rank = 0; rank < WORKERS; rank++) {
                workers.add(Jvm.start(flags, rank, WORKERS, Adder.class, directory));
            }
            Await.until("all are there", () -> {
                assertThat(workers).allMatch(worker -> Await.isRunning(worker.pid()));
                return active(arrays) == WORKERS;
            });
            final long began = System.nanoTime();
            arrays.runControl().learningRate(1);

            final int rounds = stopAtRandomUntil(arrays, random);

            workers.forEach(Jvm::awaitSuccess);
            assertThat(arrays.read().get("w")).containsOnly(WORKERS * ADDITIONS);
            final ArrayStatus status = arrays.status().array("w");
            System.out.printf(
                    "StoppedWorkersIT seed=%d, workers=%d, rounds=%d, ms=%d, longestWaitMs=%d%n",
                    seed,
                    WORKERS,
                    rounds,
                    Duration.ofNanos(System.nanoTime() - began).toMillis(),
                    status.maxWaitNs() / 1_000_000);
            assertThat(status.recoveries()).isZero();
        }
    }

    /** Stops a fifth of the workers, and continues them for the next ones, until all have added what they are to. */
    private int stopAtRandomUntil(final ShmArrays arrays, final Random random) throws Exception {
        final List<Long> pids = new ArrayList<>(workers.stream().map(Jvm::pid).toList());
        List<Long> stopped = List.of();
        final SegmentStatus status = arrays.status();
        int rounds = 0;
        long updates = 0;
        long progressNs = System.nanoTime();
        try {
            while (active(arrays) > 0) {
                if (status.array("w").updates() != updates) {
                    updates = status.array("w").updates();
                    progressNs = System.nanoTime();
                }
                assertThat(System.nanoTime() - progressNs)
                        .as("time without an addition")
                        .isLessThan(Await.DEADLINE.toNanos());
                Collections.shuffle(pids, random);
                final List<Long> next = List.copyOf(pids.subList(0, STOPPED));
                signal("STOP", next);
                signal(
                        "CONT",
                        stopped.stream().filter(pid -> !next.contains(pid)).toList());
                stopped = next;
                rounds++;
                final long until = System.nanoTime() + ROUND_NS;
                Await.until("the next round", () -> System.nanoTime() >= until);
            }
        } finally {
            signal("CONT", pids);
        }
        return rounds;
    }

    /** One kill(1) for all: a process for each signal would take most of this machine. */
    private static void signal(final String name, final List<Long> pids) throws IOException, InterruptedException {
        if (!pids.isEmpty()) {
            final List<String> command = new ArrayList<>(List.of("kill", "-" + name));
            pids.forEach(pid -> command.add(Long.toString(pid)));
            new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start()
                    .waitFor();
        }
    }

    /** The workers that are there; this test's own handle has no rank. */
    private static long active(final ShmArrays arrays) {
        return arrays.status().workers().stream()
                .filter(worker -> worker.active() && worker.rank() >= 0)
                .map(WorkerStatus::rank)
                .count();
    }

    /** Adds 1 everywhere as often as it is to, as soon as all are there. */
    static final class Adder {
        public static void main(final String... arguments) {
            final Worker worker = Worker.join();
            try (ShmArrays arrays = ShmArrays.attach(worker, "w", Settings.fromProperties())) {
                Await.until("the start", () -> arrays.runControl().learningRate() > 0);
                final float[] ones = new float[ELEMENTS];
                Arrays.fill(ones, 1);
                for (int i = 0; i < ADDITIONS; i++) {
                    arrays.add(Map.of("w", ones));
                }
            }
        }
    }
}
