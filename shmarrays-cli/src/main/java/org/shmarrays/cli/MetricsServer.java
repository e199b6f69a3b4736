package org.shmarrays.cli;

import static org.shmarrays.cli.HttpEndpoint.NOT_FOUND;
import static org.shmarrays.cli.HttpEndpoint.OK;
import static org.shmarrays.cli.HttpEndpoint.PLAIN;
import static org.shmarrays.cli.HttpEndpoint.UNAVAILABLE;

import com.sun.net.httpserver.HttpExchange;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.prometheus.metrics.model.registry.MultiCollector;
import java.io.IOException;
import java.net.InetSocketAddress;
import org.shmarrays.errors.InvalidSegmentException;
import org.shmarrays.errors.SegmentNotFoundException;
import org.shmarrays.errors.SegmentRemovedException;

/**
 * Serves meters in Prometheus's text format, or in that of OpenMetrics to clients that ask for it. While the segment is
 * not there it answers 503.
 */
final class MetricsServer implements AutoCloseable {
    private static final String PATH = "/metrics";
    private static final String TEXT = "text/plain; version=0.0.4; charset=utf-8";
    private static final String OPEN_METRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8";

    /** Number of requests that are answered at the same time. */
    static final int THREADS = 8;

    private final HttpEndpoint http;

    /** Has no meters of its own. It asks the scrape, and writes what it gets. */
    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);

    private MetricsServer(final HttpEndpoint http, final Scrape scrape) {
        this.http = http;
        final MultiCollector collector = scrape::read;
        registry.getPrometheusRegistry().register(collector);
    }

    /**
     * Starts to serve.
     *
     * @throws IOException if the address can't be listened on
     */
    static MetricsServer start(final InetSocketAddress address, final Scrape scrape) throws IOException {
        final HttpEndpoint http = HttpEndpoint.listen(address, "shmarrays-metrics", THREADS, false);
        final MetricsServer server = new MetricsServer(http, scrape);
        http.start(server::answer);
        return server;
    }

    /** Where the metrics are. */
    String url() {
        return http.url(PATH);
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
            System.getLogger(MetricsServer.class.getName()).log(System.Logger.Level.WARNING, "a scrape failed", e);
            throw e;
        }
    }

    private void scrape(final HttpExchange exchange) throws IOException {
        final String accept = exchange.getRequestHeaders().getFirst("Accept");
        final String type = accept != null && accept.contains("application/openmetrics-text") ? OPEN_METRICS : TEXT;
        final String text;
        try {
            text = registry.scrape(type);
        } catch (final SegmentNotFoundException | SegmentRemovedException | InvalidSegmentException e) {
            HttpEndpoint.send(exchange, UNAVAILABLE, PLAIN, e.getMessage() + "\n");
            return;
        }
        HttpEndpoint.send(exchange, OK, type, text);
    }

    /** Twice is harmless. */
    @Override
    public void close() {
        http.close();
    }
}
