package org.shmarrays.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.shmarrays.layout.ElementType.FLOAT32;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.spark.SparkEnv;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.layout.ArraySpec;

/**
 * Trainings on hosts in namespaces, one of which fails in the middle of a round. Each batch adds 1 to all parameters,
 * so that they tell how many batches were averaged.
 */
@Tag("matrix")
@Timeout(value = 300, unit = TimeUnit.SECONDS)
class HostFailuresIT {
    private static final int BATCHES = 40;
    private static final int ELEMENTS = 100_000;
    private static final int FAILING_ROUND = 2;
    private static final Duration LONGEST_GAP = Duration.ofSeconds(60);

    private SparkCluster cluster;

    @TempDir
    private Path directory;

    private long failedNs;
    private long longestRoundNs;

    @BeforeEach
    void startCluster() throws IOException {
        cluster = SparkCluster.ofNamespaces(2).start();
    }

    @AfterEach
    void stopCluster() {
        if (cluster != null) {
            cluster.close();
        }
    }

    /** Steps stop before their end while there is a gate, after the round of this number has ended. */
    private HostTraining<Integer> training(final JavaSparkContext context) {
        final String name = directory.toString();
        return HostTraining.on(context)
                .arrays(List.of(ArraySpec.of("w", FLOAT32, ELEMENTS)), fresh -> {})
                .data(context.parallelize(IntStream.range(0, BATCHES).boxed().toList(), 4))
                .workersPerHost(2)
                .every(Interval.steps(5))
                .epochs(1_000)
                .step((params, batch, worker) -> {
                    final float[] ones = new float[ELEMENTS];
                    Arrays.fill(ones, 1);
                    params.add(Map.of("w", ones));
                    if (Files.exists(Path.of(name, "gate"))) {
                        touch(Path.of(name, "executor-" + SparkEnv.get().executorId()));
                        while (Files.exists(Path.of(name, "gate"))) {
                            LockSupport.parkNanos(1_000_000);
                        }
                    }
                })
                .whileTrue(round -> {
                    longestRoundNs = Math.max(longestRoundNs, (long) (round.seconds() * 1e9));
                    if (round.number() == FAILING_ROUND - 1) {
                        touch(directory.resolve("gate"));
                    }
                    return true;
                });
    }

    /** Starts a thread that lets a host fail when both are in the middle of a round. */
    private Thread failure(final Runnable failure) {
        final Thread thread = new Thread(() -> {
            Await.until("both hosts are in their steps", () -> begun() == 2, cluster::logTails);
            failedNs = System.nanoTime();
            failure.run();
            delete(directory.resolve("gate"));
        });
        thread.start();
        return thread;
    }

    private long begun() {
        try (var files = Files.list(directory)) {
            return files.filter(file -> file.getFileName().toString().startsWith("executor-"))
                    .count();
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void touch(final Path file) {
        try {
            Files.write(file, new byte[0]);
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void delete(final Path file) {
        try {
            Files.delete(file);
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Goes on until both hosts have trained together again after the failure. */
    private static Predicate<Round> untilBothAreBack() {
        final boolean[] wasAlone = new boolean[1];
        return round -> {
            wasAlone[0] |= round.hosts() == 1;
            return !(wasAlone[0] && round.hosts() == 2);
        };
    }

    private void check(final TestInfo test, final HostTrainingResult result) {
        final float[] values = (float[]) result.values().get("w");
        final double expected = result.rounds().stream()
                .mapToDouble(round -> (double) round.samples() / round.hosts())
                .sum();
        final String hosts = result.rounds().stream()
                .map(round -> Integer.toString(round.hosts()))
                .collect(Collectors.joining(" "));
        System.out.printf(
                "%s: rounds=%d, lostIntervals=%d, samples=%d, mean of the hosts' batches=%.1f, w=%.1f,"
                        + " longest round=%.1f s, %.1f s from the failure to the end, hosts of each round: %s%n",
                test.getTestMethod().orElseThrow().getName(),
                result.rounds().size(),
                result.lostIntervals(),
                result.samples(),
                expected,
                values[0],
                longestRoundNs / 1e9,
                (System.nanoTime() - failedNs) / 1e9,
                hosts);
        assertThat(values).hasSize(ELEMENTS).containsOnly((float) expected);
        assertThat(result.rounds().get(FAILING_ROUND).lostIntervals()).isEqualTo(1);
        assertThat(longestRoundNs).isLessThan(LONGEST_GAP.toNanos());
    }

    @Test
    void shouldGoOnWithoutAHostThatIsGoneForGood(final TestInfo test) throws Exception {
        cluster.run(cluster.conf("gone"), context -> {
            final Thread killer = failure(() -> cluster.killHost(1));

            final HostTrainingResult result = training(context).epochs(3).run();
            killer.join();

            check(test, result);
            assertThat(result.lostIntervals()).isEqualTo(1);
            assertThat(result.samples()).isEqualTo(3 * BATCHES);
            assertThat(result.rounds())
                    .extracting(Round::hosts)
                    .startsWith(2, 2, 1)
                    .endsWith(1);
            return null;
        });
        assertThat(cluster.segmentsLeft(0)).isEmpty();
    }

    @Test
    void shouldTrainAgainOnAHostThatWasKilledAndIsBack(final TestInfo test) throws Exception {
        cluster.run(cluster.conf("back"), context -> {
            final Thread killer = failure(() -> cluster.killHost(1));
            final Thread starter = new Thread(() -> {
                try {
                    killer.join();
                    cluster.startHost(1);
                } catch (final InterruptedException | IOException e) {
                    throw new AssertionError(e);
                }
            });
            starter.start();

            final HostTrainingResult result =
                    training(context).whileTrue(untilBothAreBack()).run();
            starter.join();

            check(test, result);
            return null;
        });
        assertThat(cluster.segmentsLeft(0)).isEmpty();
        assertThat(cluster.segmentsLeft(1)).isEmpty();
    }

    /** A second interval may be lost while the host connects again. */
    @Test
    void shouldTrainAgainOnAHostThatWasCutOffAndIsConnectedAgain(final TestInfo test) throws Exception {
        cluster.run(cluster.conf("cut"), context -> {
            final Thread cutter = failure(() -> cluster.cutLink(1));
            final boolean[] isRestored = new boolean[1];

            final HostTrainingResult result = training(context)
                    .whileTrue(round -> {
                        if (round.hosts() == 1 && !isRestored[0]) {
                            isRestored[0] = true;
                            cluster.restoreLink(1);
                        }
                        return true;
                    })
                    .whileTrue(untilBothAreBack())
                    .run();
            cutter.join();

            check(test, result);
            return null;
        });
        Await.until(
                "the executor that was cut off has ended",
                () -> cluster.segmentsLeft(1).isEmpty(),
                cluster::logTails);
        assertThat(cluster.segmentsLeft(0)).isEmpty();
    }
}
