package org.shmarrays.spark;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.shmarrays.layout.ElementType.FLOAT32;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.layout.ArraySpec;

/** What is seen of a training in Spark's pages and metrics; the driver is the only host. */
class WatchedTrainingTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    private static Path directory;

    private static JavaSparkContext context;
    private static HostTrainingResult result;
    private static Path report;

    /** Those of a process count the trainings of all its tests. */
    private static JsonNode gaugesBefore;

    @BeforeAll
    static void train() throws InterruptedException {
        System.setProperty("shmarrays.directory", directory.toString());
        context = new JavaSparkContext(HostTraining.prepare(LocalSpark.conf("watched")
                .set("spark.ui.enabled", "true")
                .set("spark.ui.port", "0")
                .set(
                        "spark.metrics.conf.*.sink.prometheusServlet.class",
                        "org.apache.spark.metrics.sink.PrometheusServlet")
                .set("spark.metrics.conf.*.sink.prometheusServlet.path", "/metrics/prometheus")));
        gaugesBefore = json("/metrics/json/").get("gauges");
        report = directory.resolve("report.html");
        result = training().reportTo(report.toString()).run();
    }

    @AfterAll
    static void stopSpark() {
        context.stop();
        System.clearProperty("shmarrays.directory");
    }

    /** Trains 20 batches of 2 samples in rounds of 8, 8 and 4 steps. */
    private static HostTraining<Integer> training() {
        return HostTraining.on(context)
                .arrays(List.of(ArraySpec.of("w", FLOAT32, 4)), fresh -> {})
                .data(context.parallelize(IntStream.range(0, 20).boxed().toList(), 2))
                .every(Interval.steps(4))
                .workersPerHost(2)
                .step((params, batch, worker) -> {
                    params.read();
                    params.add(Map.of("w", new float[4]));
                    worker.countStep(2, 0.5);
                });
    }

    private static String get(final String path) {
        try (InputStream in =
                URI.create(context.sc().uiWebUrl().get() + path).toURL().openStream()) {
            return new String(in.readAllBytes(), UTF_8);
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static JsonNode json(final String path) {
        try {
            return JSON.readTree(get(path));
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** By stage, in the order of stages; those without are left out. */
    private static List<Map<String, String>> accumulators() {
        final String stages = "/api/v1/applications/" + context.sc().applicationId() + "/stages";
        final List<Map<String, String>> figures = new ArrayList<>();
        for (final JsonNode stage : json(stages)) {
            final JsonNode attempt = json(stages + "/" + stage.get("stageId")).get(0);
            final Map<String, String> values = new HashMap<>();
            attempt.get("accumulatorUpdates")
                    .forEach(update -> values.put(
                            update.get("name").textValue(), update.get("value").textValue()));
            if (values.containsKey("shmarrays: steps")) {
                figures.add(0, values); // the last stage comes first
            }
        }
        return figures;
    }

    @Test
    void shouldShowTheFiguresOfEachRoundOnItsStagesPage() {
        Await.until("Spark's pages to show all rounds", () -> accumulators().size() == 3, () -> "");

        final List<Map<String, String>> shown = accumulators();
        assertThat(shown).extracting(figures -> figures.get("shmarrays: steps")).containsExactly("8", "8", "4");
        assertThat(shown)
                .extracting(figures -> figures.get("shmarrays: samples"))
                .containsExactly("16", "16", "8");
        assertThat(shown.get(0).keySet())
                .allMatch(name -> name.startsWith("shmarrays: "))
                .contains(
                        "shmarrays: mean staleness",
                        "shmarrays: lock waits",
                        "shmarrays: lock waits in s",
                        "shmarrays: exchange in s",
                        "shmarrays: bytes received")
                .hasSize(7);
        assertThat(result.rounds()).extracting(Round::steps).containsExactly(8L, 8L, 4L);
    }

    @Test
    void shouldGiveSparksSinksGaugesOfDriverAndExecutor() {
        final JsonNode gauges = json("/metrics/json/").get("gauges");
        final String host = "plugin." + ShmArraysPlugin.class.getName() + ".host.";
        final String training =
                context.sc().applicationId() + ".driver.plugin." + ShmArraysPlugin.class.getName() + ".training.";
        final Function<String, JsonNode> value = name -> gauges.get(name).get("value");
        final ToLongFunction<String> increase = name -> value.apply(name).longValue()
                - gaugesBefore.get(name).get("value").longValue();
        assertThat(increase.applyAsLong(training + "steps")).isEqualTo(20);
        assertThat(increase.applyAsLong(training + "rounds")).isEqualTo(3);
        assertThat(value.apply(training + "loss").doubleValue()).isEqualTo(0.5);
        assertThat(value.apply(training + "hosts").longValue()).isZero(); // the training has ended
        assertThat(increase.applyAsLong(host + "samples")).isEqualTo(40);
        assertThat(value.apply(host + "workers").longValue()).isZero();
        assertThat(get("/metrics/prometheus/"))
                .containsPattern("org_shmarrays_spark_ShmArraysPlugin_host_samples_Value\\S* "
                        + value.apply(host + "samples").longValue());
    }

    @Test
    void shouldWriteAReportOfTheRoundsAndTheHost() throws Exception {
        final JsonNode data = RoundHistoryTest.dataOf(Files.readString(report));

        assertThat(data.get("rounds").longValue()).isEqualTo(3);
        assertThat(data.get("intervals"))
                .extracting(interval -> interval.get("loss").doubleValue())
                .containsExactly(0.5, 0.5, 0.5);
        assertThat(data.get("hosts")).hasSize(1);
        final JsonNode host = data.get("hosts").get(0);
        assertThat(host.get("samples").longValue()).isEqualTo(40);
        assertThat(host.get("address").textValue()).isEqualTo("127.0.0.1");
        final JsonNode summary = host.get("summary");
        assertThat(summary.get("segment").textValue())
                .startsWith("spark-" + context.sc().applicationId());
        assertThat(summary.get("arrays").get(0).get("name").textValue()).isEqualTo("w");
        assertThat(data.get("settings").get("workers of each host").textValue()).isEqualTo("2");
    }
}
