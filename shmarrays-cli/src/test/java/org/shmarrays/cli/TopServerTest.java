package org.shmarrays.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.shmarrays.layout.ElementType.FLOAT32;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;
import org.shmarrays.internal.Doors;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.report.Watch;
import org.shmarrays.worker.Worker;

/** The page of {@code top --web}, and its events, as a client without a browser sees them. */
@Timeout(120)
class TopServerTest {
    private final HttpClient client = HttpClient.newHttpClient();

    @TempDir
    private Path directory;

    private ShmArrays arrays;
    private TopServer server;
    private Thread looker;

    @BeforeEach
    void serve() throws IOException {
        arrays = ShmArrays.create(
                "t",
                List.of(ArraySpec.of("<script>alert(1)</script>&\"", FLOAT32, 4)),
                Settings.fromProperties().withDirectory(directory));
        server = TopServer.start(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                new Watch(Doors.SEGMENT.of(arrays)),
                Duration.ofMillis(20));
        looker = new Thread(() -> {
            try {
                server.run();
            } catch (final InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        looker.start();
    }

    @AfterEach
    void end() throws InterruptedException {
        looker.interrupt();
        looker.join();
        server.close();
        arrays.close();
    }

    private HttpResponse<String> get(final String path) throws IOException, InterruptedException {
        return client.send(
                HttpRequest.newBuilder(URI.create(server.url() + path)).build(), HttpResponse.BodyHandlers.ofString());
    }

    /** A client that has asked for a path, with this name of the host; by HTTP 1.0, whose answers are not in chunks. */
    private Socket ask(final String path, final String host) throws IOException {
        final URI uri = URI.create(server.url());
        final Socket socket = new Socket(uri.getHost(), uri.getPort());
        socket.getOutputStream().write(("GET " + path + " HTTP/1.0\r\nHost: " + host + "\r\n\r\n").getBytes(UTF_8));
        return socket;
    }

    private static BufferedReader reader(final Socket socket) throws IOException {
        return new BufferedReader(new InputStreamReader(socket.getInputStream(), UTF_8));
    }

    private static String next(final BufferedReader lines, final String start) throws IOException {
        String line = lines.readLine();
        while (line != null && !line.startsWith(start)) {
            line = lines.readLine();
        }
        return line;
    }

    private static void await(final String description, final BooleanSupplier condition) {
        final long began = System.nanoTime();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime() - began).as(description).isLessThan(TimeUnit.SECONDS.toNanos(60));
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
        }
    }

    @Test
    void shouldServeThePageWithoutAnythingFromElsewhere() throws Exception {
        for (final String path : List.of("", "top.js", "page.css", "page.js", "charts.js")) {
            final HttpResponse<String> response = get(path);

            assertThat(response.statusCode()).as(path).isEqualTo(200);
            assertThat(response.headers().firstValue("Content-Security-Policy"))
                    .contains("default-src 'self'; img-src 'self' data:; frame-ancestors 'none'");
            assertThat(response.body()).isNotEmpty().doesNotContain("http:", "https:", "//cdn");
        }
        assertThat(get("").headers().firstValue("Content-Type")).contains("text/html; charset=utf-8");
        assertThat(get("echarts.min.js").body()).contains("Apache Software Foundation");
        assertThat(get("nothing").statusCode()).isEqualTo(404);
        assertThat(get("../Main.class").statusCode()).isEqualTo(404);
    }

    @Test
    void shouldSendTheViewsOfTop() throws Exception {
        arrays.add(Map.of("<script>alert(1)</script>&\"", new float[4]));
        try (Socket socket = ask("/events", "localhost")) {
            final BufferedReader lines = reader(socket);
            assertThat(next(lines, "Content-type")).isEqualTo("Content-type: text/event-stream");
            long updates = 0;
            while (updates == 0) { // the first view may be from before the update
                final String data = next(lines, "data: ");
                assertThat(data).doesNotContain("<");
                final JsonNode view = new ObjectMapper().readTree(data.substring("data: ".length()));
                assertThat(view.get("arrays").get(0).get("name").asText()).isEqualTo("<script>alert(1)</script>&\"");
                updates = view.get("updates").asLong();
            }
            assertThat(updates).isEqualTo(1);
        }
    }

    /** So that the curves of a page that is opened late, or again, begin where the server began. */
    @Test
    void shouldSendAllPointsOfTheCurvesAtFirst() throws Exception {
        try (Socket early = ask("/events", "localhost")) {
            final BufferedReader lines = reader(early);
            final List<JsonNode> seen = new ArrayList<>();
            while (seen.size() < 3) {
                points(lines).forEach(seen::add);
            }
            try (Socket late = ask("/events", "localhost")) {
                final JsonNode all = points(reader(late));

                assertThat(all).containsSubsequence(seen);
            }
            assertThat(points(lines)).hasSize(1);
        }
    }

    private static JsonNode points(final BufferedReader lines) throws IOException {
        return new ObjectMapper()
                .readTree(next(lines, "data: ").substring("data: ".length()))
                .get("points");
    }

    @Test
    void shouldNoticeThatAClientHasVanished() throws Exception {
        try (Socket socket = ask("/events", "127.0.0.1:1")) {
            assertThat(next(reader(socket), "data: ")).isNotNull();
            assertThat(server.clients()).isEqualTo(1);
        }

        await("no client listens", () -> server.clients() == 0);
    }

    @Test
    void shouldEndWithTheSegment() throws Exception {
        try (Socket socket = ask("/events", "localhost")) {
            final BufferedReader lines = reader(socket);
            assertThat(next(lines, "data: ")).isNotNull();

            ShmArrays.remove("t", Settings.fromProperties().withDirectory(directory));

            assertThat(next(lines, "event: ")).isEqualTo("event: end");
            assertThat(lines.readLine())
                    .isEqualTo("data: {\"message\": \"the segment was removed: name=t\", \"isNormal\": false}");
        }
        looker.join();
    }

    @Test
    void shouldTellTheNormalEndOfARunFromALoss() throws Exception {
        try (Socket socket = ask("/events", "localhost")) {
            final BufferedReader lines = reader(socket);
            final Settings settings = Settings.fromProperties().withDirectory(directory);
            ShmArrays.attach(Worker.of(0, 1), "t", settings).close();
            assertThat(next(lines, "data: ")).isNotNull();

            ShmArrays.remove("t", settings);

            assertThat(next(lines, "event: ")).isEqualTo("event: end");
            assertThat(lines.readLine())
                    .isEqualTo("data: {\"message\": \"the run has ended, and its segment was removed: name=t\","
                            + " \"isNormal\": true}");
        }
        looker.join();
        assertThat(server.last().hasEnded()).isTrue();
    }

    @Test
    void shouldTellNoRatesBeforeTheSecondLook() throws Exception {
        try (Socket socket = ask("/events", "localhost")) {
            final String data = next(reader(socket), "data: ");
            final JsonNode view = new ObjectMapper().readTree(data.substring("data: ".length()));

            assertThat(view.get("updatesPerSecond").isNull())
                    .isEqualTo(view.get("seconds").asDouble() < 0.001);
        }
    }

    @Test
    void shouldBeOfNoUseToPagesFromElsewhere() throws Exception {
        try (Socket socket = ask("/", "evil.example:80")) {
            assertThat(reader(socket).readLine()).contains("403");
        }
        try (Socket socket = ask("/", "127.0.0.1.evil.example")) {
            assertThat(reader(socket).readLine()).contains("403");
        }
        try (Socket socket = ask("/", "[::1]:80")) {
            assertThat(reader(socket).readLine()).contains("200");
        }
    }

    @Test
    void shouldKeepNoPlaceForWhoDoesNotListen() throws Exception {
        final HttpResponse<String> head = client.send(
                HttpRequest.newBuilder(URI.create(server.url() + "events"))
                        .method("HEAD", HttpRequest.BodyPublishers.noBody())
                        .build(),
                HttpResponse.BodyHandlers.ofString());

        assertThat(head.statusCode()).isEqualTo(200);
        assertThat(head.headers().firstValue("Content-Type")).contains("text/event-stream");
        assertThat(server.clients()).isZero();
    }

    @Test
    void shouldHaveRoomForSoManyOnly() throws Exception {
        final List<Socket> sockets = new ArrayList<>();
        try {
            for (int i = 0; i < TopServer.CLIENT_LIMIT; i++) {
                sockets.add(ask("/events", "localhost"));
            }
            await("all listen", () -> server.clients() == TopServer.CLIENT_LIMIT);
            assertThat(get("events").statusCode()).isEqualTo(503);
            assertThat(get("").statusCode()).isEqualTo(200);
        } finally {
            for (final Socket socket : sockets) {
                socket.close();
            }
        }
        await("no client listens", () -> server.clients() == 0);
    }
}
