package org.shmarrays.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.shmarrays.cli.HttpEndpoint.NOT_FOUND;
import static org.shmarrays.cli.HttpEndpoint.OK;
import static org.shmarrays.cli.HttpEndpoint.PLAIN;
import static org.shmarrays.cli.HttpEndpoint.UNAVAILABLE;
import static org.shmarrays.cli.HttpEndpoint.send;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.shmarrays.internal.json.JsonText;
import org.shmarrays.report.ChartPage;
import org.shmarrays.report.Watch;
import org.shmarrays.status.StatusSnapshot;

/**
 * {@code top} as a page: files of the jars, and views as server-sent events (WHATWG HTML, "Server-sent events").
 * Each browser that listens has a thread of its own; one that has vanished is noticed at the next event.
 */
final class TopServer implements AutoCloseable {
    /** Most browsers that may listen at a time. */
    static final int CLIENT_LIMIT = 64;

    private static final String SCRIPT = "text/javascript; charset=utf-8";
    /** Those of {@link ChartPage} are the reports', too. */
    private static final Map<String, WebFile> FILES = Map.of(
            "top.html", new WebFile(TopServer.class, "top.html", "text/html; charset=utf-8"),
            "top.js", new WebFile(TopServer.class, "top.js", SCRIPT),
            "page.css", new WebFile(ChartPage.class, "page.css", "text/css; charset=utf-8"),
            "page.js", new WebFile(ChartPage.class, "page.js", SCRIPT),
            "charts.js", new WebFile(ChartPage.class, "charts.js", SCRIPT),
            "echarts.min.js", new WebFile(ChartPage.class, "echarts/echarts.min.js", SCRIPT));

    private static final String EVENTS = "/events";
    private static final String EVENT_STREAM = "text/event-stream";
    private static final int THREADS_FOR_FILES = 8;

    private final HttpEndpoint http;
    private final LiveFeed feed;
    private final String name;
    private final AtomicInteger clients = new AtomicInteger();

    private TopServer(final HttpEndpoint http, final Watch watch, final Duration interval) {
        this.http = http;
        this.feed = new LiveFeed(watch, interval);
        this.name = watch.name();
    }

    /**
     * Starts to serve.
     *
     * @throws IOException if the address can't be listened on
     */
    static TopServer start(final InetSocketAddress address, final Watch watch, final Duration interval)
            throws IOException {
        final HttpEndpoint http = HttpEndpoint.listen(address, "shmarrays-top", CLIENT_LIMIT + THREADS_FOR_FILES, true);
        final TopServer server = new TopServer(http, watch, interval);
        http.start(server::answer);
        return server;
    }

    /** Where the page is. */
    String url() {
        return http.url("/");
    }

    /** Number of browsers that listen, as far as is known. */
    int clients() {
        return clients.get();
    }

    /** Looks at the segment until it is removed, and then until the listeners have been told, for a second at most. */
    void run() throws InterruptedException {
        feed.run();
        final long began = System.nanoTime();
        while (clients.get() > 0
                && System.nanoTime() - began < Duration.ofSeconds(1).toNanos()) {
            Thread.sleep(10);
        }
    }

    private void answer(final HttpExchange exchange) throws IOException {
        try (exchange) {
            final String path = exchange.getRequestURI().getPath();
            final String file = path.equals("/") ? "top.html" : path.substring(1);
            final Headers headers = exchange.getResponseHeaders();
            headers.set("Cache-Control", "no-store");
            headers.set("Content-Security-Policy", "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'");
            headers.set("X-Content-Type-Options", "nosniff");
            if (http.refuses(exchange)) {
                return;
            }
            if (path.equals(EVENTS)) {
                listen(exchange);
            } else if (FILES.containsKey(file)) {
                send(exchange, OK, FILES.get(file).type(), FILES.get(file).content());
            } else {
                send(exchange, NOT_FOUND, PLAIN, "the page is at /\n");
            }
        } catch (final RuntimeException e) {
            System.getLogger(TopServer.class.getName())
                    .log(System.Logger.Level.WARNING, "a request failed: segment=" + name, e);
            throw e;
        }
    }

    /** A file of a jar. */
    private record WebFile(Class<?> owner, String name, String type) {
        byte[] content() throws IOException {
            try (InputStream in = owner.getResourceAsStream(name)) {
                return in.readAllBytes();
            }
        }
    }

    private void listen(final HttpExchange exchange) throws IOException {
        if (exchange.getRequestMethod().equals("HEAD")) {
            send(exchange, OK, EVENT_STREAM, ""); // there is nothing to listen to
            return;
        }
        if (clients.incrementAndGet() > CLIENT_LIMIT) {
            clients.decrementAndGet();
            send(exchange, UNAVAILABLE, PLAIN, "too many browsers are connected\n");
            return;
        }
        try {
            exchange.getResponseHeaders().set("Content-Type", EVENT_STREAM);
            exchange.sendResponseHeaders(OK, 0);
            stream(exchange.getResponseBody());
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt(); // the server ends
        } catch (final IOException e) {
            // The browser has gone.
        } finally {
            clients.decrementAndGet();
        }
    }

    private void stream(final OutputStream out) throws IOException, InterruptedException {
        LiveFeed.Event event = feed.first();
        while (true) {
            final String message = event.isLast() ? "event: end\ndata: " + JsonText.write(end(event)) + "\n\n" : "";
            out.write(("id: " + event.number() + "\ndata: " + event.data() + "\n\n" + message).getBytes(UTF_8));
            out.flush();
            if (event.isLast()) {
                return;
            }
            event = feed.after(event.number());
        }
    }

    private static Map<String, Object> end(final LiveFeed.Event event) {
        final StatusSnapshot last = event.view().now();
        final Map<String, Object> json = new LinkedHashMap<>();
        json.put("message", removed(last));
        json.put("isNormal", last.hasEnded());
        return json;
    }

    /** How the segment was when it was seen to be removed, once {@link #run} is over. */
    StatusSnapshot last() {
        return feed.newest().view().now();
    }

    /** The sentence for a segment that is no more. */
    static String removed(final StatusSnapshot last) {
        return (last.hasEnded() ? "the run has ended, and its segment was removed" : "the segment was removed")
                + ": name=" + last.segment();
    }

    /** Twice is harmless. */
    @Override
    public void close() {
        http.close();
    }
}
