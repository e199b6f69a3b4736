package org.shmarrays.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.shmarrays.json.JsonText;
import org.shmarrays.report.Watch;

/**
 * {@code top} as a page: three files of the jar, and views as server-sent events (WHATWG HTML, "Server-sent events"). Each browser
 * that listens has a thread of its own; one that has vanished is noticed at the next event.
 */
final class TopServer implements AutoCloseable {
    /** So many browsers may listen. */
    static final int CLIENT_LIMIT = 64;

    private static final Map<String, String> TYPES = Map.of(
            "top.html", "text/html; charset=utf-8",
            "top.css", "text/css; charset=utf-8",
            "top.js", "text/javascript; charset=utf-8");
    private static final String PLAIN = "text/plain; charset=utf-8";
    private static final String EVENTS = "/events";
    private static final int OK = 200;
    private static final int FORBIDDEN = 403;
    private static final int NOT_FOUND = 404;
    private static final int METHOD_NOT_ALLOWED = 405;
    private static final int UNAVAILABLE = 503;

    private final HttpServer http;
    private final LiveFeed feed;
    private final String name;
    private final boolean isLoopback;
    private final AtomicInteger clients = new AtomicInteger();
    private final ExecutorService threads = Executors.newCachedThreadPool(runnable -> {
        final Thread thread = new Thread(runnable, "shmarrays-top");
        thread.setDaemon(true);
        return thread;
    });

    private TopServer(final HttpServer http, final Watch watch, final Duration interval) {
        this.http = http;
        this.feed = new LiveFeed(watch, interval);
        this.name = watch.name();
        this.isLoopback = http.getAddress().getAddress().isLoopbackAddress();
    }

    /**
     * Starts to serve.
     *
     * @throws IOException if nobody can listen there
     */
    static TopServer start(final InetSocketAddress address, final Watch watch, final Duration interval)
            throws IOException {
        final HttpServer http;
        try {
            http = HttpServer.create(address, 0);
        } catch (final IOException e) {
            throw new IOException("nothing can be served at " + address + ": " + e.getMessage(), e);
        }
        final TopServer server = new TopServer(http, watch, interval);
        http.createContext("/", server::answer);
        http.setExecutor(server.threads);
        http.start();
        return server;
    }

    /** Where the page is. */
    String url() {
        final InetSocketAddress bound = http.getAddress();
        final String host = bound.getAddress().getHostAddress();
        return "http://" + (host.contains(":") ? "[" + host + "]" : host) + ":" + bound.getPort() + "/";
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
            final String method = exchange.getRequestMethod();
            final String path = exchange.getRequestURI().getPath();
            final String file = path.equals("/") ? "top.html" : path.substring(1);
            final Headers headers = exchange.getResponseHeaders();
            headers.set("Cache-Control", "no-store");
            headers.set("Content-Security-Policy", "default-src 'self'; frame-ancestors 'none'");
            headers.set("X-Content-Type-Options", "nosniff");
            if (!isMeant(exchange.getRequestHeaders().getFirst("Host"))) {
                send(exchange, FORBIDDEN, PLAIN, "this is served to this host alone\n".getBytes(UTF_8));
            } else if (!method.equals("GET") && !method.equals("HEAD")) {
                headers.set("Allow", "GET, HEAD");
                send(exchange, METHOD_NOT_ALLOWED, PLAIN, "GET or HEAD\n".getBytes(UTF_8));
            } else if (path.equals(EVENTS)) {
                listen(exchange);
            } else if (TYPES.containsKey(file)) {
                send(exchange, OK, TYPES.get(file), resource(file));
            } else {
                send(exchange, NOT_FOUND, PLAIN, "the page is at /\n".getBytes(UTF_8));
            }
        } catch (final RuntimeException e) {
            System.getLogger(TopServer.class.getName())
                    .log(System.Logger.Level.WARNING, "a request failed: segment=" + name, e);
            throw e;
        }
    }

    /** A page from elsewhere whose host name was made to lead here has no business with what is for this host alone. */
    private boolean isMeant(final String host) {
        return !isLoopback
                || host == null
                || host.matches("(localhost|127(\\.\\d+){3}|\\[::1]|\\[0(:0){6}:1])(:\\d+)?");
    }

    private static byte[] resource(final String file) throws IOException {
        try (InputStream in = TopServer.class.getResourceAsStream(file)) {
            return in.readAllBytes();
        }
    }

    private static void send(final HttpExchange exchange, final int status, final String type, final byte[] body)
            throws IOException {
        exchange.getResponseHeaders().set("Content-Type", type);
        if (exchange.getRequestMethod().equals("HEAD")) {
            exchange.sendResponseHeaders(status, -1);
        } else {
            exchange.sendResponseHeaders(status, body.length);
            exchange.getResponseBody().write(body);
        }
    }

    private void listen(final HttpExchange exchange) throws IOException {
        if (clients.incrementAndGet() > CLIENT_LIMIT) {
            clients.decrementAndGet();
            send(exchange, UNAVAILABLE, PLAIN, "too many listen\n".getBytes(UTF_8));
            return;
        }
        try {
            exchange.getResponseHeaders().set("Content-Type", "text/event-stream");
            exchange.sendResponseHeaders(OK, 0);
            stream(exchange.getResponseBody());
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt(); // the server ends
        } catch (final IOException e) {
            // Nobody listens any more.
        } finally {
            clients.decrementAndGet();
        }
    }

    private void stream(final OutputStream out) throws IOException, InterruptedException {
        LiveFeed.Event event = feed.after(0);
        while (true) {
            final String message = event.isLast()
                    ? "event: end\ndata: " + JsonText.write(Map.of("message", removed(name))) + "\n\n"
                    : "";
            out.write(("id: " + event.number() + "\ndata: " + event.data() + "\n\n" + message).getBytes(UTF_8));
            out.flush();
            if (event.isLast()) {
                return;
            }
            event = feed.after(event.number());
        }
    }

    /** The sentence for a segment that is no more. */
    static String removed(final String name) {
        return "the segment was removed: name=" + name;
    }

    /** Twice is harmless. */
    @Override
    public void close() {
        http.stop(0);
        threads.shutdownNow();
    }
}
