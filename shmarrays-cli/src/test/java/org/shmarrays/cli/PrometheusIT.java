package org.shmarrays.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.shmarrays.layout.ElementType.FLOAT32;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.File;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;
import org.shmarrays.internal.Doors;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.Mode;
import org.shmarrays.worker.Worker;

/**
 * The endpoint and the dashboard with Prometheus's own programs. They come from the property {@code prometheus.bin}, a
 * directory, or from PATH (Debian: package prometheus).
 */
@Tag("matrix")
@Timeout(120)
class PrometheusIT {
    private static final Path DASHBOARD = Path.of("..", "docs", "grafana", "shmarrays.json");
    private static final int LENGTH = 10_000;

    private final HttpClient client = HttpClient.newHttpClient();
    private final ObjectMapper json = new ObjectMapper();
    private final AtomicBoolean isOver = new AtomicBoolean();
    private final List<Thread> workers = new ArrayList<>();

    @TempDir
    private Path directory;

    private ShmArrays arrays;
    private MetricsServer server;

    @BeforeEach
    void train() throws IOException {
        final Settings settings = Settings.fromProperties().withDirectory(directory.resolve("segments"));
        arrays = ShmArrays.create(
                "m",
                List.of(
                        ArraySpec.of("w", FLOAT32, LENGTH),
                        ArraySpec.of("free", FLOAT32, 8).inMode(Mode.HOGWILD)),
                settings);
        server =
                MetricsServer.start(new InetSocketAddress("127.0.0.1", 0), Scrape.ofAll(Doors.ROOT.of(settings), true));
        for (int rank = 0; rank < 2; rank++) {
            final Worker worker = Worker.of(rank, 2);
            final ShmArrays own = ShmArrays.attach(worker, "m", settings);
            workers.add(new Thread(() -> steps(worker, own)));
        }
        workers.forEach(Thread::start);
    }

    private void steps(final Worker worker, final ShmArrays own) {
        try (own) {
            while (!isOver.get()) {
                own.read();
                own.add(Map.of("w", new float[LENGTH], "free", new float[8]));
                worker.countStep(64, 0.5);
                worker.countTimes(1_000, 2_000, 3_000, 6_000);
            }
        }
    }

    @AfterEach
    void end() throws InterruptedException {
        isOver.set(true);
        for (final Thread worker : workers) {
            worker.join();
        }
        server.close();
        arrays.close();
    }

    /** A program of Prometheus. Without it the test is skipped, and the output says so. */
    private static Path program(final String name) {
        final Optional<Path> found = Stream.concat(
                        Optional.ofNullable(System.getProperty("prometheus.bin")).stream(),
                        Stream.of(System.getenv("PATH").split(File.pathSeparator)))
                .map(bin -> Path.of(bin, name))
                .filter(Files::isExecutable)
                .findFirst();
        if (found.isEmpty()) {
            System.out.println("SKIPPED: PrometheusIT: " + name + " is neither in PATH nor in -Dprometheus.bin=DIR"
                    + " (Debian: apt install prometheus)");
        }
        assumeTrue(found.isPresent(), name + " is missing");
        return found.get();
    }

    private String get(final String url) {
        try {
            return client.send(HttpRequest.newBuilder(URI.create(url)).build(), HttpResponse.BodyHandlers.ofString())
                    .body();
        } catch (final IOException | InterruptedException e) {
            return ""; // it does not listen yet
        }
    }

    @Test
    void shouldPassTheLintOfPromtool() throws Exception {
        final Path promtool = program("promtool");
        final Path text = directory.resolve("metrics.txt");
        Files.writeString(text, get(server.url()));

        final Process check = new ProcessBuilder(promtool.toString(), "check", "metrics")
                .redirectInput(text.toFile())
                .redirectErrorStream(true)
                .start();
        final String found = new String(check.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

        assertThat(check.waitFor()).as(found).isZero();
        assertThat(found).isEmpty();
    }

    @Test
    void shouldGiveAllPanelsOfTheDashboardData() throws Exception {
        final Path prometheus = program("prometheus");
        final int port = freePort();
        final Path config = directory.resolve("prometheus.yml");
        Files.writeString(config, """
                scrape_configs:
                  - job_name: shmarrays
                    scrape_interval: 200ms
                    scrape_timeout: 200ms
                    static_configs:
                      - targets: ["%s"]
                """.formatted(URI.create(server.url()).getAuthority()));
        final Process process = new ProcessBuilder(
                        prometheus.toString(),
                        "--config.file=" + config,
                        "--storage.tsdb.path=" + directory.resolve("tsdb"),
                        "--web.listen-address=127.0.0.1:" + port)
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("prometheus.log").toFile())
                .start();
        try {
            final Map<String, String> missing = new LinkedHashMap<>(queries());
            assertThat(missing).hasSizeGreaterThan(25);
            final long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
            while (!missing.isEmpty()) {
                missing.keySet().removeIf(query -> hasData(port, query));
                assertThat(process.isAlive())
                        .as(() -> read(directory.resolve("prometheus.log")))
                        .isTrue();
                assertThat(System.nanoTime()).as("no data: %s", missing).isLessThan(deadline);
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(100));
            }
        } finally {
            process.destroy();
            process.waitFor();
        }
    }

    private static String read(final Path file) {
        try {
            return Files.readString(file);
        } catch (final IOException e) {
            return e.toString();
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    /** The queries of the dashboard as Grafana sends them, and the titles of their panels. */
    private Map<String, String> queries() throws IOException {
        final Map<String, String> queries = new LinkedHashMap<>();
        for (final JsonNode panel : json.readTree(DASHBOARD.toFile()).get("panels")) {
            for (final JsonNode target : panel.path("targets")) {
                final String query = target.get("expr")
                        .asText()
                        .replace("$segment", "m|other")
                        .replace("$__rate_interval", "10s");
                queries.put(query, panel.get("title").asText());
            }
        }
        return queries;
    }

    /** Whether a query has results, one of which is a number. */
    private boolean hasData(final int port, final String query) {
        final String answer = get(
                "http://127.0.0.1:" + port + "/api/v1/query?query=" + URLEncoder.encode(query, StandardCharsets.UTF_8));
        try {
            for (final JsonNode result : json.readTree(answer).path("data").path("result")) {
                if (!result.get("value").get(1).asText().equals("NaN")) {
                    return true;
                }
            }
            return false;
        } catch (final IOException e) {
            return false; // it does not answer queries yet
        }
    }
}
