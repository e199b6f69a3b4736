package org.shmarrays.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.shmarrays.layout.ElementType.FLOAT32;

import com.fasterxml.jackson.databind.JsonNode;
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
import java.util.stream.IntStream;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkEnv;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.serializer.KryoSerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.ShmArrays;
import org.shmarrays.layout.ArraySpec;

/** Two hosts, each a real Worker of Spark with an executor. */
@Timeout(value = 180, unit = TimeUnit.SECONDS)
class HostTrainingIT {
    private static final int BATCHES = 40;
    private static final int ELEMENTS = 100_000;
    private static final int ROWS = 200_000;
    private static final int ROW_LENGTH = 4;
    private static final List<Integer> NUMBERS =
            IntStream.range(0, BATCHES).boxed().toList();

    private static SparkCluster cluster;

    @TempDir
    private Path directory;

    @BeforeAll
    static void startCluster() throws IOException {
        cluster = SparkCluster.ofProcesses(2).start();
    }

    @AfterAll
    static void stopCluster() {
        cluster.close();
    }

    @AfterEach
    void checkSegments() {
        assertThat(cluster.segmentsLeft(0)).isEmpty();
        assertThat(cluster.segmentsLeft(1)).isEmpty();
    }

    /** Adds 1 to an element, and to a sparse row, of its batch's own. */
    private static HostTraining<Integer> counting(final JavaSparkContext context) {
        return HostTraining.on(context)
                .arrays(
                        List.of(
                                ArraySpec.of("trained", FLOAT32, BATCHES),
                                ArraySpec.of("w", FLOAT32, ELEMENTS),
                                ArraySpec.of("table", FLOAT32, ROWS, ROW_LENGTH)),
                        fresh -> {})
                .sparse("table")
                .data(context.parallelize(NUMBERS, 4))
                .workersPerHost(2)
                .minHosts(2, Duration.ofMinutes(2))
                .step((params, batch, worker) -> count(params, batch));
    }

    private static void count(final ShmArrays params, final int batch) {
        final float[] trained = new float[BATCHES];
        trained[batch] = 1;
        final float[] ones = new float[ELEMENTS];
        Arrays.fill(ones, 1);
        params.add(Map.of("trained", trained, "w", ones));
        params.array("table").scatterAdd(new int[] {row(batch)}, new float[] {1, 1, 1, 1});
    }

    private static int row(final int batch) {
        return ROWS / BATCHES * batch;
    }

    /** A row that one of the hosts trained has that host's values, and not half of its change. */
    private static void checkRows(final HostTrainingResult result, final int epochs) {
        final float[] expected = new float[ROWS * ROW_LENGTH];
        NUMBERS.forEach(
                batch -> Arrays.fill(expected, ROW_LENGTH * row(batch), ROW_LENGTH * row(batch) + ROW_LENGTH, epochs));
        assertThat((float[]) result.values().get("table")).isEqualTo(expected);
    }

    /** Each host trains 10 batches in each round, so that their mean goes up by 10, and by half of each batch's 1. */
    @Test
    void shouldTrainEachBatchOnceInAnEpochAndAverageTheHosts() throws Exception {
        final Path metrics = Files.createDirectories(cluster.directory().resolve("metrics"));
        final SparkConf conf = HostTraining.prepare(cluster.conf("count"))
                .set("spark.shuffle.compress", "false")
                .set("spark.metrics.conf.executor.sink.csv.class", "org.apache.spark.metrics.sink.CsvSink")
                .set("spark.metrics.conf.executor.sink.csv.directory", metrics.toString())
                .set("spark.metrics.conf.executor.sink.csv.period", "1");
        cluster.run(conf, context -> {
            final HostTrainingResult result =
                    counting(context).every(Interval.steps(5)).epochs(3).run();

            assertThat(result.rounds()).hasSize(6).allMatch(round -> round.hosts() == 2);
            assertThat(result.samples()).isEqualTo(3 * BATCHES);
            assertThat((float[]) result.values().get("trained"))
                    .hasSize(BATCHES)
                    .containsOnly(1.5f);
            assertThat((float[]) result.values().get("w")).hasSize(ELEMENTS).containsOnly(60);
            checkRows(result, 3);
            // Each half of the exchange takes each parameter to the other one of the two hosts once; of the sparse
            // array
            // that is all of it once, and then few rows.
            final long exchanged = 2L * (ELEMENTS + BATCHES) * Float.BYTES;
            assertThat(result.rounds().get(0).remoteBytes()).isGreaterThan((long) ROWS * ROW_LENGTH * Float.BYTES);
            assertThat(result.rounds().subList(1, 6))
                    .extracting(Round::remoteBytes)
                    .allSatisfy(bytes -> assertThat(bytes).isBetween(exchanged, exchanged + exchanged / 10));
            Await.until(
                    "executors' metrics show the steps",
                    () -> hostsWithSteps(metrics, 3 * BATCHES / 2) == 2,
                    cluster::logTails);
            return null;
        });
    }

    /** Executors whose metrics' last line shows a number of steps: {@code time,value}. */
    private static long hostsWithSteps(final Path metrics, final long steps) {
        try (var files = Files.list(metrics)) {
            return files.filter(
                            file -> file.toString().endsWith(ShmArraysPlugin.class.getSimpleName() + ".host.steps.csv"))
                    .filter(file -> lastLine(file).endsWith("," + steps))
                    .count();
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String lastLine(final Path file) {
        try {
            final List<String> lines = Files.readAllLines(file);
            return lines.isEmpty() ? "" : lines.get(lines.size() - 1);
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The steps of its round wait for a file, so that it is killed in the middle. */
    @Test
    void shouldLoseOnlyTheIntervalWhenAnExecutorIsKilled() throws Exception {
        final String gate = directory.toString();
        final SparkConf conf = cluster.conf("kill").set("spark.serializer", KryoSerializer.class.getName());
        cluster.run(conf, context -> {
            final Thread killer = new Thread(() -> {
                Await.until("both hosts train", () -> begun(directory) == 2, cluster::logTails);
                cluster.killExecutor(1);
                touch(directory.resolve("open"));
            });
            killer.start();

            final HostTrainingResult result = counting(context)
                    .step((params, batch, worker) -> {
                        touch(Path.of(gate, "executor-" + SparkEnv.get().executorId()));
                        while (!Files.exists(Path.of(gate, "open"))) {
                            LockSupport.parkNanos(1_000_000);
                        }
                        count(params, batch);
                    })
                    .every(Interval.steps(5))
                    .epochs(2)
                    .reportTo(cluster.directory().resolve("report.html").toString())
                    .run();
            killer.join();

            assertThat(result.lostIntervals()).isPositive();
            assertThat(result.rounds()).hasSize(4);
            assertThat(result.samples()).isEqualTo(2 * BATCHES);
            assertThat((float[]) result.values().get("trained")).containsOnly(1);
            assertThat((float[]) result.values().get("w")).containsOnly(40);
            checkRows(result, 2);
            checkReport(Files.readString(cluster.directory().resolve("report.html")));
            return null;
        });
    }

    /** The killed executor had no round, and those that trained have told of their segments. */
    private static void checkReport(final String html) throws Exception {
        final JsonNode report = RoundHistoryTest.dataOf(html);
        assertThat(report.get("events").get(0).get("text").textValue()).startsWith("an interval was lost: round=0");
        assertThat(report.get("hosts"))
                .hasSize(2)
                .allMatch(host -> host.get("samples").longValue() == BATCHES)
                .allMatch(host -> host.get("summary").get("arrays").size() == 3);
    }

    private static long begun(final Path directory) {
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
}
