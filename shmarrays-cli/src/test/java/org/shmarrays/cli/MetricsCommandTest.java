package org.shmarrays.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.shmarrays.layout.ElementType.FLOAT32;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.Mode;
import org.shmarrays.worker.Worker;
import picocli.CommandLine;

/** {@code metrics}: a real scrape over HTTP. */
@Timeout(60)
class MetricsCommandTest {
    private static final Path DASHBOARD = Path.of("..", "docs", "grafana", "shmarrays.json");
    private static final int LENGTH = 10_000;

    /** Of 16 KiB, behind the one of the lock-free array. */
    private static final int PARTITIONS = 3;

    private static final Pattern METRIC = Pattern.compile("\\bshmarrays_[a-z_]+");

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();
    private final HttpClient client = HttpClient.newHttpClient();

    @TempDir
    private Path directory;

    private ShmArrays arrays;
    private Thread command;

    @BeforeEach
    void create() {
        System.setProperty("shmarrays.directory", directory.toString());
        createSegment();
    }

    private void createSegment() {
        arrays = ShmArrays.create(
                "m",
                ArraySpec.of("0/W \"q\"", FLOAT32, LENGTH),
                ArraySpec.of("free", FLOAT32, 8).inMode(Mode.HOGWILD));
    }

    @AfterEach
    void end() throws InterruptedException {
        if (command != null) {
            command.interrupt();
            command.join();
        }
        arrays.close();
        System.clearProperty("shmarrays.directory");
    }

    private int run(final String... arguments) {
        final CommandLine commandLine = Main.commandLine(arguments);
        commandLine.setOut(new PrintWriter(out, true));
        commandLine.setErr(new PrintWriter(err, true));
        return commandLine.execute(arguments);
    }

    /** Starts the command, and returns where it says that the metrics are. */
    private URI serve(final String... options) {
        return serving(Stream.concat(Stream.of("m"), Stream.of(options)));
    }

    private URI serving(final Stream<String> options) {
        final String[] arguments =
                Stream.concat(Stream.of("metrics", "--port", "0"), options).toArray(String[]::new);
        command = new Thread(() -> run(arguments));
        command.start();
        final Pattern line =
                Pattern.compile("(?:segment|directory)=\\S+, metrics=(http://127\\.0\\.0\\.1:\\d+/metrics)\\s");
        final long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (true) {
            final Matcher found = line.matcher(out.toString());
            if (found.find()) {
                return URI.create(found.group(1));
            }
            assertThat(System.nanoTime()).as("%s%s", out, err).isLessThan(deadline);
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
        }
    }

    private HttpResponse<String> get(final URI uri, final String... headers) {
        final HttpRequest.Builder request = HttpRequest.newBuilder(uri);
        if (headers.length > 0) {
            request.headers(headers);
        }
        return send(request.build());
    }

    private HttpResponse<String> send(final HttpRequest request) {
        try {
            return client.send(request, HttpResponse.BodyHandlers.ofString());
        } catch (final IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private PrometheusText scrape(final URI uri) {
        final HttpResponse<String> response = get(uri);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        return PrometheusText.parse(response.body());
    }

    @Test
    void shouldBeScrapedByPrometheus() {
        final URI uri = serve();
        final String array = "0/W \\\"q\\\""; // as the text escapes it
        try (ShmArrays worker = ShmArrays.attach(Worker.of(3, 4), "m", Settings.fromProperties())) {
            worker.read();
            worker.add(Map.of("0/W \"q\"", new float[LENGTH]));

            final HttpResponse<String> response = get(uri);
            final PrometheusText text = PrometheusText.parse(response.body());

            assertThat(response.headers().firstValue("Content-Type"))
                    .contains("text/plain; version=0.0.4; charset=utf-8");
            assertThat(text.value("shmarrays_updates_total", Map.of("segment", "m", "array", array)))
                    .isEqualTo(1);
            assertThat(text.value("shmarrays_updated_bytes_total", Map.of("array", array)))
                    .isEqualTo(LENGTH * Float.BYTES);
            assertThat(text.value("shmarrays_worker_updates_total", Map.of("worker", "3")))
                    .isEqualTo(1);
            assertThat(text.value("shmarrays_workers", Map.of("state", "running")))
                    .isEqualTo(1);
            assertThat(text.value("shmarrays_unranked", Map.of("state", "running")))
                    .isEqualTo(1);
            assertThat(text.value("shmarrays_lock_wait_seconds_count", Map.of("array", array)))
                    .isZero();
            assertThat(text.value("shmarrays_staleness_bucket", Map.of("le", "+Inf")))
                    .isEqualTo(1);
            assertThat(text.value("shmarrays_staleness_count", Map.of())).isEqualTo(1);
            assertThat(text.types())
                    .containsEntry("shmarrays_updates_total", "counter")
                    .containsEntry("shmarrays_mapped_bytes", "gauge")
                    .containsEntry("shmarrays_lock_wait_seconds", "summary")
                    .containsEntry("shmarrays_staleness", "histogram")
                    .containsEntry("shmarrays_segment_lock_wait_seconds", "histogram")
                    .containsEntry("shmarrays_segment_lock_hold_seconds", "histogram");
            assertThat(text.helps()).containsKeys(text.types().keySet().toArray(String[]::new));
            assertThat(text.names()).noneMatch(name -> name.startsWith("shmarrays_partition"));
        }
        assertThat(scrape(uri).samples())
                .noneMatch(sample -> "3".equals(sample.labels().get("worker")));
    }

    @Test
    void shouldTellPartitionsOnRequest() {
        final URI uri = serve("--partitions");
        arrays.add(Map.of("0/W \"q\"", new float[LENGTH]));

        assertThat(scrape(uri).value("shmarrays_partition_lock_acquisitions_total", Map.of("partition", "2")))
                .isEqualTo(1);
    }

    @Test
    void shouldSpeakOpenMetricsToWhoAsksForIt() {
        final HttpResponse<String> response =
                get(serve(), "Accept", "application/openmetrics-text;version=1.0.0,text/plain;q=0.5");

        assertThat(response.headers().firstValue("Content-Type"))
                .hasValueSatisfying(type -> assertThat(type).startsWith("application/openmetrics-text"));
        assertThat(response.body()).endsWith("# EOF\n");
    }

    @Test
    void shouldAnswerNothingElse() {
        final URI uri = serve();

        assertThat(get(uri.resolve("/")).statusCode()).isEqualTo(404);
        assertThat(get(uri.resolve("/metrics/x")).statusCode()).isEqualTo(404);
        assertThat(send(HttpRequest.newBuilder(uri)
                                .POST(HttpRequest.BodyPublishers.ofString("x"))
                                .build())
                        .statusCode())
                .isEqualTo(405);
        final HttpResponse<String> head = send(HttpRequest.newBuilder(uri)
                .method("HEAD", HttpRequest.BodyPublishers.noBody())
                .build());
        assertThat(head.statusCode()).isEqualTo(200);
        assertThat(head.body()).isEmpty();
    }

    @Test
    void shouldAnswerWhileOthersHaveNotFinishedAsking() throws IOException {
        final URI uri = serve();
        try (Socket first = ask(uri, "GET /metr");
                Socket second = ask(uri, "GET /metrics HTTP/1.1\r\nHost: localhost\r\n")) {
            assertThat(get(uri).statusCode()).isEqualTo(200);
            assertThat(first.isConnected() && second.isConnected()).isTrue();
        }
    }

    /** Takes as long as they are given, some ten seconds. */
    @Test
    void shouldAnswerAfterAWhileThoughNoRequestIsFinished() throws IOException {
        final URI uri = serve();
        final List<Socket> sockets = new ArrayList<>();
        try {
            for (int i = 0; i < MetricsServer.THREADS; i++) {
                sockets.add(ask(uri, "GET /metr"));
            }
            assertThat(get(uri).statusCode()).isEqualTo(200);
        } finally {
            for (final Socket socket : sockets) {
                socket.close();
            }
        }
    }

    @Test
    void shouldBeOfNoUseToPagesFromElsewhere() throws IOException {
        final URI uri = serve();
        assertThat(status(uri, "evil.example:80")).contains("403");
        assertThat(status(uri, "127.0.0.1.evil.example")).contains("403");
        assertThat(status(uri, "localhost:1")).contains("200");
    }

    private static Socket ask(final URI uri, final String text) throws IOException {
        final Socket socket = new Socket(uri.getHost(), uri.getPort());
        socket.getOutputStream().write(text.getBytes(UTF_8));
        return socket;
    }

    private static String status(final URI uri, final String host) throws IOException {
        try (Socket socket = ask(uri, "GET /metrics HTTP/1.1\r\nHost: " + host + "\r\n\r\n")) {
            return new BufferedReader(new InputStreamReader(socket.getInputStream(), UTF_8)).readLine();
        }
    }

    @Test
    void shouldFollowASegmentThatIsMadeAgain() {
        final URI uri = serve();
        arrays.add(Map.of("0/W \"q\"", new float[LENGTH]));
        assertThat(scrape(uri).value("shmarrays_lock_acquisitions_total", Map.of()))
                .isEqualTo(PARTITIONS);

        arrays.close();
        ShmArrays.remove("m");
        assertThat(get(uri).statusCode()).isEqualTo(503);
        assertThat(get(uri).body()).contains("segment not found: name=m");
        createSegment();

        assertThat(scrape(uri).value("shmarrays_lock_acquisitions_total", Map.of()))
                .isZero();
    }

    @Test
    void shouldWaitForASegmentThatIsNotThereYet() {
        final URI uri = serving(Stream.of("later"));

        assertThat(get(uri).statusCode()).isEqualTo(503);
        assertThat(err.toString()).contains("waiting for the segment: segment not found: name=later");
        try (ShmArrays later = ShmArrays.create("later", ArraySpec.of("w", FLOAT32, 8))) {
            later.add(Map.of("w", new float[8]));

            assertThat(scrape(uri).value("shmarrays_updates_total", Map.of("segment", "later")))
                    .isEqualTo(1);
        }
    }

    @Test
    void shouldFollowAllSegments() throws IOException {
        final URI uri = serving(Stream.of("--all"));
        assertThat(segments(scrape(uri))).containsExactly("m");

        final ShmArrays other = ShmArrays.create("other", ArraySpec.of("w", FLOAT32, 8));
        other.add(Map.of("w", new float[8]));
        final PrometheusText both = scrape(uri);
        assertThat(segments(both)).containsExactly("m", "other");
        assertThat(both.value("shmarrays_updates_total", Map.of("segment", "other", "array", "w")))
                .isEqualTo(1);
        assertThat(both.value("shmarrays_staleness_count", Map.of("segment", "m")))
                .isZero();
        assertThat(both.value("shmarrays_segments", Map.of("state", "served"))).isEqualTo(2);
        assertThat(both.value("shmarrays_segments", Map.of("state", "unreadable")))
                .isZero();

        other.close();
        ShmArrays.remove("other");
        assertThat(segments(scrape(uri))).containsExactly("m");
        arrays.close();
        ShmArrays.remove("m");
        assertThat(segments(scrape(uri))).isEmpty();

        createSegment();
        Files.write(Files.createDirectory(directory.resolve("bad")).resolve("control.dat"), new byte[100]);
        final PrometheusText again = scrape(uri);
        assertThat(segments(again)).containsExactly("m");
        assertThat(again.value("shmarrays_segments", Map.of("state", "unreadable")))
                .isEqualTo(1);
    }

    private static Set<String> segments(final PrometheusText text) {
        return text.samples().stream()
                .filter(sample -> sample.labels().containsKey("segment"))
                .map(sample -> sample.labels().get("segment"))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    @Test
    void shouldSayWhyItCannotServe() throws IOException {
        Files.write(Files.createDirectory(directory.resolve("bad")).resolve("control.dat"), new byte[100]);
        assertThat(run("metrics", "bad", "--port", "0")).isEqualTo(1);
        assertThat(err.toString()).contains("bad");

        final URI uri = serve();
        assertThat(run("metrics", "m", "--port", Integer.toString(uri.getPort())))
                .isEqualTo(1);
        assertThat(err.toString()).contains("can't listen on").contains("" + uri.getPort());

        assertThat(run("metrics", "m")).isEqualTo(2);
        assertThat(run("metrics", "m", "--all", "--port", "0")).isEqualTo(2);
        assertThat(run("metrics", "--port", "0")).isEqualTo(2);
        assertThat(run("metrics", "m", "--port", "70000")).isEqualTo(2);
        assertThat(run("metrics", "m", "--port", "0", "--address", "no.such.host.invalid"))
                .isEqualTo(2);
    }

    @Test
    void shouldHaveEveryMetricOfTheDashboard() throws IOException {
        final Set<String> served = scrape(serve("--partitions")).names();
        final Set<String> asked = new TreeSet<>();
        expressions(new ObjectMapper().readTree(DASHBOARD.toFile()), asked);

        assertThat(asked).hasSizeGreaterThan(15);
        for (final String expression : asked) {
            final List<String> names = METRIC.matcher(expression)
                    .results()
                    .map(found -> found.group())
                    .toList();
            assertThat(names).as(expression).isNotEmpty();
            assertThat(served).as(expression).containsAll(names);
        }
    }

    /** All texts under {@code expr}, and the queries of variables. */
    private static void expressions(final JsonNode node, final Set<String> found) {
        node.properties().forEach(field -> {
            if (field.getKey().equals("expr") || field.getKey().equals("definition")) {
                found.add(field.getValue().asText());
            }
            expressions(field.getValue(), found);
        });
        if (node.isArray()) {
            node.forEach(child -> expressions(child, found));
        }
    }
}
