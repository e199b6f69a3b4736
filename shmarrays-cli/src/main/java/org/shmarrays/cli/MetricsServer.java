package org.shmarrays.cli;

import static org.shmarrays.cli.HttpEndpoint.NOT_FOUND;
import static org.shmarrays.cli.HttpEndpoint.OK;
import static org.shmarrays.cli.HttpEndpoint.PLAIN;
import static org.shmarrays.cli.HttpEndpoint.UNAVAILABLE;

import com.sun.net.httpserver.HttpExchange;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.net.InetSocketAddress;
import org.shmarrays.segment.InvalidSegmentException;
import org.shmarrays.segment.Segment;
import org.shmarrays.segment.SegmentNotFoundException;
import org.shmarrays.segment.SegmentOpener;
import org.shmarrays.segment.SegmentRemovedException;
import org.shmarrays.segment.SegmentRoot;
import org.shmarrays.status.SegmentMetrics;
import org.shmarrays.status.SegmentStatus;

/**
 * Serves a segment's meters in Prometheus's text format, or in OpenMetrics' to who asks for it. When the segment is
 * removed it answers 503 until there is another one of that name.
 */
final class MetricsServer implements AutoCloseable {
    private static final String PATH = "/metrics";
    private static final String TEXT = "text/plain; version=0.0.4; charset=utf-8";
    private static final String OPEN_METRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    /** So many may ask at once. */
    static final int THREADS = 8;

    private final HttpEndpoint http;
    private final SegmentRoot root;
    private final String name;
    private final boolean hasPartitions;

    // Of the present segment; guarded by this.
    private Segment segment;
    private SegmentMetrics metrics;
    private PrometheusMeterRegistry registry;

    private MetricsServer(
            final HttpEndpoint http, final SegmentRoot root, final String name, final boolean hasPartitions) {
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
        final HttpEndpoint http = HttpEndpoint.listen(address, "shmarrays-metrics", THREADS, false);
        try {
            final MetricsServer server = new MetricsServer(http, root, name, hasPartitions);
            server.bind(first);
            http.start(server::answer);
            return server;
        } catch (final Throwable e) {
            http.close();
            throw e;
        }
    }

    /** Where the metrics are. */
    String url() {
        return http.url(PATH);
    }

    private synchronized void bind(final Segment found) {
        segment = found;
        final SegmentStatus status = new SegmentStatus(found);
        metrics = hasPartitions ? SegmentMetrics.withPartitions(status) : new SegmentMetrics(status);
        registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        metrics.bindTo(registry);
    }

    private void answer(final HttpExchange exchange) throws IOException {
        try (exchange) {
            if (http.refuses(exchange)) {
                return;
            }
            if (exchange.getRequestURI().getPath().equals(PATH)) {
                scrape(exchange);
            } else {
                HttpEndpoint.send(exchange, NOT_FOUND, PLAIN, "the metrics are at " + PATH + "\n");
            }
        } catch (final RuntimeException e) {
            System.getLogger(MetricsServer.class.getName())
                    .log(System.Logger.Level.WARNING, "a scrape failed: segment=" + name, e);
            throw e;
        }
    }

    private void scrape(final HttpExchange exchange) throws IOException {
        final String accept = exchange.getRequestHeaders().getFirst("Accept");
        final String type = accept != null && accept.contains("application/openmetrics-text") ? OPEN_METRICS : TEXT;
        final String text;
        try {
            text = text(type);
        } catch (final SegmentNotFoundException | SegmentRemovedException | InvalidSegmentException e) {
            HttpEndpoint.send(exchange, UNAVAILABLE, PLAIN, e.getMessage() + "\n");
            return;
        }
        HttpEndpoint.send(exchange, OK, type, text); // without the lock: who asked may be slow
    }

    private synchronized String text(final String type) {
        if (segment.isRemoved() || segment.presence().isLost()) {
            bind(SegmentOpener.open(root, name, true));
        }
        segment.presence().checkNowAndThen();
        metrics.refresh();
        return registry.scrape(type);
    }

    /** Twice is harmless. */
    @Override
    public void close() {
        http.close();
    }
}
