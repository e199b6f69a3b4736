package org.shmarrays.examples.browser;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** A page in {@link Chromium}. For one thread. */
final class BrowserPage implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final long DEADLINE_SECONDS = 60;

    private final BlockingQueue<String> answers = new LinkedBlockingQueue<>();
    private final WebSocket socket;
    private final List<String> errors = new ArrayList<>();
    private int lastId;

    BrowserPage(final HttpClient http, final URI uri) {
        socket = http.newWebSocketBuilder().buildAsync(uri, new Listener()).join();
        call("Log.enable", Map.of());
        call("Runtime.enable", Map.of());
    }

    /** Puts the parts of messages together. */
    private final class Listener implements WebSocket.Listener {
        private final StringBuilder message = new StringBuilder();

        @Override
        public CompletionStage<?> onText(final WebSocket webSocket, final CharSequence data, final boolean isLast) {
            message.append(data);
            if (isLast) {
                answers.add(message.toString());
                message.setLength(0);
            }
            webSocket.request(1);
            return null;
        }
    }

    private JsonNode call(final String method, final Map<String, ?> parameters) {
        final int id = ++lastId;
        try {
            socket.sendText(JSON.writeValueAsString(Map.of("id", id, "method", method, "params", parameters)), true)
                    .join();
            while (true) {
                final String text = answers.poll(DEADLINE_SECONDS, TimeUnit.SECONDS);
                if (text == null) {
                    throw new AssertionError("the browser does not answer: " + method);
                }
                final JsonNode answer = JSON.readTree(text);
                note(answer);
                if (answer.path("id").asInt() == id) {
                    if (answer.has("error")) {
                        throw new AssertionError(method + ": " + answer.get("error"));
                    }
                    return answer.get("result");
                }
            }
        } catch (final IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** What the browser reports of itself: a script that throws, a file that the page's policy forbids. */
    private void note(final JsonNode message) {
        final boolean isError = message.at("/params/entry/level").asText().equals("error")
                || message.path("method").asText().equals("Runtime.exceptionThrown");
        if (isError) {
            errors.add(message.toString());
        }
    }

    /** The errors of the page up to the last call. */
    List<String> errors() {
        return List.copyOf(errors);
    }

    /** The value of an expression in the page, or what it promises. */
    JsonNode evaluate(final String expression) {
        final JsonNode result =
                call("Runtime.evaluate", Map.of("expression", expression, "returnByValue", true, "awaitPromise", true));
        if (result.has("exceptionDetails")) {
            throw new AssertionError(expression + ": " + result.get("exceptionDetails"));
        }
        return result.get("result").path("value");
    }

    /** Waits until an expression is true. */
    void await(final String expression) {
        Chromium.await(expression, () -> evaluate(expression).asBoolean());
    }

    /** How the system's colours are: light or dark. */
    void prefers(final String scheme) {
        call(
                "Emulation.setEmulatedMedia",
                Map.of("features", List.of(Map.of("name", "prefers-color-scheme", "value", scheme))));
    }

    /** How wide the window is. */
    void resize(final int width) {
        call(
                "Emulation.setDeviceMetricsOverride",
                Map.of("width", width, "height", 900, "deviceScaleFactor", 1, "mobile", false));
        await("innerWidth === " + width);
    }

    /** A picture of the whole page. */
    void picture(final Path png) throws IOException {
        final String data = call("Page.captureScreenshot", Map.of("captureBeyondViewport", true))
                .get("data")
                .asText();
        Files.write(png, Base64.getDecoder().decode(data));
    }

    @Override
    public void close() {
        socket.abort();
    }
}
