package org.shmarrays.spark;

import static org.shmarrays.layout.ElementType.FLOAT32;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkEnv;
import org.apache.spark.api.java.JavaSparkContext;
import org.shmarrays.ShmArrays;
import org.shmarrays.layout.ArraySpec;

/**
 * A training on two hosts whose steps wait at a gate, so that a test can kill processes in the middle of a round. It
 * counts how often each batch is trained: once in an epoch by one of the hosts, whose mean goes up by a half.
 *
 * <p>It is also a program, a driver in a process of its own. Its argument is the directory of the gate and of the
 * checkpoints. Its settings of Spark are system properties.
 */
final class GatedTraining {
    static final int EPOCHS = 2;

    /** Of both hosts, each with two workers: an epoch is 2 rounds. */
    static final int ROUNDS = 4;

    private static final int BATCHES = 40;
    private static final int STEPS = 5;
    private static final String WAITING = "waiting-";

    private final Path directory;

    GatedTraining(final Path directory) {
        this.directory = directory;
    }

    /** Trains, and writes the greatest and the least count of a batch, and the number of rounds, to a file. */
    public static void main(final String[] arguments) throws Exception {
        final GatedTraining gate = new GatedTraining(Path.of(arguments[0]));
        try (JavaSparkContext context = new JavaSparkContext(new SparkConf())) {
            final HostTrainingResult result = gate.training(context, 2)
                    .checkpointTo(gate.checkpoints(), 1)
                    .resumeIfPresent(gate.checkpoints())
                    .run();
            Files.writeString(
                    gate.result(), trained(result) + " " + result.rounds().size());
        }
    }

    /**
     * A training.
     *
     * @param closedAfter rounds after which the gate is closed, if it never was
     */
    HostTraining<Integer> training(final JavaSparkContext context, final int closedAfter) {
        final String gate = directory.toString();
        return HostTraining.on(context)
                .arrays(List.of(ArraySpec.of("trained", FLOAT32, BATCHES)), fresh -> {})
                .data(context.parallelize(IntStream.range(0, BATCHES).boxed().toList(), 4))
                .workersPerHost(2)
                .minHosts(2, Duration.ofMinutes(2))
                .every(Interval.steps(STEPS))
                .epochs(EPOCHS)
                .whileTrue(round -> {
                    if (round.number() + 1 == closedAfter && waiting() == 0) {
                        touch(directory.resolve("closed"));
                    }
                    return true;
                })
                .step((params, batch, worker) -> step(gate, params, batch));
    }

    private static void step(final String gate, final ShmArrays params, final int batch) {
        final Path closed = Path.of(gate, "closed");
        if (Files.exists(closed)) {
            touch(Path.of(gate, WAITING + SparkEnv.get().executorId()));
            while (Files.exists(closed)) {
                LockSupport.parkNanos(1_000_000);
            }
        }
        final float[] one = new float[BATCHES];
        one[batch] = 1;
        params.add(Map.of("trained", one));
    }

    /** The least and the greatest count of a batch. */
    static String trained(final HostTrainingResult result) {
        float least = Float.POSITIVE_INFINITY;
        float greatest = 0;
        for (final float count : (float[]) result.values().get("trained")) {
            least = Math.min(least, count);
            greatest = Math.max(greatest, count);
        }
        return least + " " + greatest;
    }

    /** Executors that wait, or have waited, at the gate. */
    long waiting() {
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(file -> file.getFileName().toString().startsWith(WAITING))
                    .count();
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    void open() {
        try {
            Files.delete(directory.resolve("closed"));
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    String checkpoints() {
        return directory.resolve("checkpoints").toString();
    }

    Path result() {
        return directory.resolve("result");
    }

    private static void touch(final Path file) {
        try {
            Files.write(file, new byte[0]);
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
