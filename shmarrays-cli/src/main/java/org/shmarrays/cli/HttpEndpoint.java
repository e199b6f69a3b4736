package org.shmarrays.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** What the servers of this tool share: a few threads, an end to what is slow, and nothing for pages from elsewhere. */
final class HttpEndpoint implements AutoCloseable {
    static final String PLAIN = "text/plain; charset=utf-8";
    static final int OK = 200;
    static final int FORBIDDEN = 403;
    static final int NOT_FOUND = 404;
    static final int METHOD_NOT_ALLOWED = 405;
    static final int UNAVAILABLE = 503;

    /** Seconds after which an unfinished request no longer holds a thread. */
    private static final String MAX_REQUEST_TIME = "sun.net.httpserver.maxReqTime";

    private static final String MAX_RESPONSE_TIME = "sun.net.httpserver.maxRspTime";
    private static final String PATIENCE = "10";

    private final HttpServer http;
    private final ExecutorService threads;
    private final boolean isLoopback;

    private HttpEndpoint(final HttpServer http, final ExecutorService threads) {
        this.http = http;
        this.threads = threads;
        this.isLoopback = http.getAddress().getAddress().isLoopbackAddress();
    }

    /**
     * Listens; answers no request yet.
     *
     * @param hasLongAnswers whether an answer may take any time
     * @throws IOException if the address is not free or not of this machine
     */
    static HttpEndpoint listen(
            final InetSocketAddress address, final String name, final int threadCount, final boolean hasLongAnswers)
            throws IOException {
        setIfUnset(MAX_REQUEST_TIME); // the server's class reads it once, when it is loaded
        if (!hasLongAnswers) {
            setIfUnset(MAX_RESPONSE_TIME);
        }
        final HttpServer http;
        try {
            http = HttpServer.create(address, 0);
        } catch (final IOException e) {
            throw new IOException("can't listen on " + address + ": " + e.getMessage(), e);
        }
        return new HttpEndpoint(http, Executors.newFixedThreadPool(threadCount, runnable -> {
            final Thread thread = new Thread(runnable, name);
            thread.setDaemon(true);
            return thread;
        }));
    }

    private static void setIfUnset(final String property) {
        if (System.getProperty(property) == null) {
            System.setProperty(property, PATIENCE);
        }
    }

    /** Answers from now on. */
    void start(final HttpHandler handler) {
        try {
            http.createContext("/", handler);
            http.setExecutor(threads);
            http.start();
        } catch (final Throwable e) {
            close();
            throw e;
        }
    }

    /** Where a path is. */
    String url(final String path) {
        final InetSocketAddress bound = http.getAddress();
        final String host = bound.getAddress().getHostAddress();
        return "http://" + (host.contains(":") ? "[" + host + "]" : host) + ":" + bound.getPort() + path;
    }

    /** True if the request was refused: it is for another host's name, or neither GET nor HEAD. */
    boolean refuses(final HttpExchange exchange) throws IOException {
        final String method = exchange.getRequestMethod();
        if (!isMeant(exchange.getRequestHeaders().getFirst("Host"))) {
            send(exchange, FORBIDDEN, PLAIN, "this page is only for requests to this host\n");
            return true;
        }
        if (!method.equals("GET") && !method.equals("HEAD")) {
            exchange.getResponseHeaders().set("Allow", "GET, HEAD");
            send(exchange, METHOD_NOT_ALLOWED, PLAIN, "only GET and HEAD are allowed\n");
            return true;
        }
        return false;
    }

    /** A page from elsewhere whose host name was made to lead here has no business with what is for this host alone. */
    private boolean isMeant(final String host) {
        return !isLoopback
                || host == null
                || host.matches("(localhost|127(\\.\\d+){3}|\\[::1]|\\[0(:0){6}:1])(:\\d+)?");
    }

    static void send(final HttpExchange exchange, final int status, final String type, final String text)
            throws IOException {
        send(exchange, status, type, text.getBytes(UTF_8));
    }

    static void send(final HttpExchange exchange, final int status, final String type, final byte[] body)
            throws IOException {
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
        threads.shutdownNow();
    }
}
