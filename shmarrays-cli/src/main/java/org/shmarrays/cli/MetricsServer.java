package org.shmarrays.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.shmarrays.segment.InvalidSegmentException;
import org.shmarrays.segment.Segment;
import org.shmarrays.segment.SegmentNotFoundException;
import org.shmarrays.segment.SegmentOpener;
import org.shmarrays.segment.SegmentRemovedException;
import org.shmarrays.segment.SegmentRoot;
import org.shmarrays.status.SegmentMetrics;
import org.shmarrays.status.SegmentStatus;

/**
 * Serves a segment's meters in Prometheus's text format, or in OpenMetrics' to who asks for it. When the segment is removed it
 * answers 503 until there is another one of that name.
 */
final class MetricsServer implements AutoCloseable {
    private static final String PATH = "/metrics";
    private static final String TEXT = "text/plain; version=0.0.4; charset=utf-8";
    private static final String OPEN_METRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    private static final String PLAIN = "text/plain; charset=utf-8";
    private static final int OK = 200;
    private static final int NOT_FOUND = 404;
    private static final int METHOD_NOT_ALLOWED = 405;
    private static final int UNAVAILABLE = 503;

    private final HttpServer http;
    private final ExecutorService thread = Executors.newSingleThreadExecutor(runnable -> {
        final Thread scraper = new Thread(runnable, "shmarrays-metrics");
        scraper.setDaemon(true);
        return scraper;
    });
    private final SegmentRoot root;
    private final String name;
    private final boolean hasPartitions;

    // Of the present segment; by the server's only thread.
    private Segment segment;
    private SegmentMetrics metrics;
    private PrometheusMeterRegistry registry;

    private MetricsServer(
            final HttpServer http, final SegmentRoot root, final String name, final boolean hasPartitions) {
        this.http = http;
        this.root = root;
        this.name = name;
        this.hasPartitions = hasPartitions;
    }

    /**
     * Starts to serve.
     *
     * @throws SegmentNotFoundException if there is no such segment
     * @throws IOException if nobody can listen there
     */
    static MetricsServer start(
            final InetSocketAddress address, final SegmentRoot root, final String name, final boolean hasPartitions)
            throws IOException {
        final Segment first = SegmentOpener.open(root, name, true);
        final HttpServer http;
        try {
            http = HttpServer.create(address, 0);
        } catch (final IOException e) {
            throw new IOException("nothing can be served at " + address + ": " + e.getMessage(), e);
        }
        final MetricsServer server = new MetricsServer(http, root, name, hasPartitions);
        server.bind(first);
        http.createContext("/", server::answer);
        http.setExecutor(server.thread);
        http.start();
        return server;
    }

    /** Where the metrics are. */
    String url() {
        final InetSocketAddress bound = http.getAddress();
        final String host = bound.getAddress().getHostAddress();
        return "http://" + (host.contains(":") ? "[" + host + "]" : host) + ":" + bound.getPort() + PATH;
    }

    private void bind(final Segment found) {
        segment = found;
        final SegmentStatus status = new SegmentStatus(found);
        metrics = hasPartitions ? SegmentMetrics.withPartitions(status) : new SegmentMetrics(status);
        registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        metrics.bindTo(registry);
    }

    private void answer(final HttpExchange exchange) throws IOException {
        try (exchange) {
            final String method = exchange.getRequestMethod();
            if (!method.equals("GET") && !method.equals("HEAD")) {
                exchange.getResponseHeaders().set("Allow", "GET, HEAD");
                send(exchange, METHOD_NOT_ALLOWED, PLAIN, "GET or HEAD\n");
            } else if (!exchange.getRequestURI().getPath().equals(PATH)) {
                send(exchange, NOT_FOUND, PLAIN, "the metrics are at " + PATH + "\n");
            } else {
                scrape(exchange);
            }
        } catch (final RuntimeException e) {
            System.getLogger(MetricsServer.class.getName())
                    .log(System.Logger.Level.WARNING, "a scrape failed: segment=" + name, e);
            throw e;
        }
    }

    private void scrape(final HttpExchange exchange) throws IOException {
        if (segment.isRemoved()) {
            try {
                bind(SegmentOpener.open(root, name, true));
            } catch (final SegmentNotFoundException | SegmentRemovedException | InvalidSegmentException e) {
                send(exchange, UNAVAILABLE, PLAIN, e.getMessage() + "\n");
                return;
            }
        }
        final String accept = exchange.getRequestHeaders().getFirst("Accept");
        final String type = accept != null && accept.contains("application/openmetrics-text") ? OPEN_METRICS : TEXT;
        metrics.refresh();
        send(exchange, OK, type, registry.scrape(type));
    }

    private static void send(final HttpExchange exchange, final int status, final String type, final String text)
            throws IOException {
        final byte[] body = text.getBytes(UTF_8);
        exchange.getResponseHeaders().set("Content-Type", type);
        if (exchange.getRequestMethod().equals("HEAD")) {
            exchange.sendResponseHeaders(status, -1);
        } else {
            exchange.sendResponseHeaders(status, body.length);
            exchange.getResponseBody().write(body);
        }
    }

    /** Twice is harmless. */
    @Override
    public void close() {
        http.stop(0);
        thread.shutdownNow();
    }
}
