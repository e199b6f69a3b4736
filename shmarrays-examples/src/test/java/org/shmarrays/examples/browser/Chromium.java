package org.shmarrays.examples.browser;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.opentest4j.TestAbortedException;

/**
 * A headless Chromium, steered over its DevTools protocol. Where there is none a test is skipped, but with {@code CI=true} in the
 * environment it fails.
 */
final class Chromium implements AutoCloseable {
    private static final List<String> NAMES = List.of("chromium", "chromium-browser", "google-chrome");
    private static final long DEADLINE_SECONDS = 120;
    private static final long GRACE_SECONDS = 10;

    private final HttpClient http = HttpClient.newHttpClient();
    private final Process process;
    private final Path log;
    private final int port;

    /** Starts one whose own files stand in a directory. */
    Chromium(final Path directory) throws IOException {
        final Path program = find(System.getenv().getOrDefault("PATH", ""))
                .orElseThrow(() -> missing("true".equals(System.getenv("CI"))));
        final Path profile = directory.resolve("chromium");
        log = directory.resolve("chromium.log");
        final ProcessBuilder builder = new ProcessBuilder(
                        program.toString(),
                        "--headless=new",
                        "--no-sandbox",
                        "--disable-gpu",
                        "--disable-dev-shm-usage",
                        "--disable-background-networking",
                        "--no-first-run",
                        "--hide-scrollbars",
                        "--window-size=1200,900",
                        "--remote-debugging-port=0",
                        "--user-data-dir=" + profile,
                        "about:blank")
                .redirectErrorStream(true)
                .redirectOutput(log.toFile());
        builder.environment().put("TMPDIR", directory.toString());
        process = builder.start();
        final Path portFile = profile.resolve("DevToolsActivePort");
        await("the browser listens", () -> lines(portFile).size() > 1);
        port = Integer.parseInt(lines(portFile).get(0));
    }

    /** The program, in a list of directories like PATH. */
    static Optional<Path> find(final String path) {
        for (final String name : NAMES) {
            for (final String place : path.split(File.pathSeparator)) {
                final Path program = Path.of(place, name);
                if (!place.isEmpty() && Files.isExecutable(program)) {
                    return Optional.of(program);
                }
            }
        }
        return Optional.empty();
    }

    /** What a test without a browser ends with. */
    static RuntimeException missing(final boolean isCi) {
        final String message = "no browser in PATH, of " + NAMES + "; on Debian: apt install chromium";
        if (isCi) {
            throw new AssertionError(message + " (CI=true, so this is not skipped)");
        }
        System.err.println("skipped: " + message);
        return new TestAbortedException(message);
    }

    private static List<String> lines(final Path file) {
        try {
            return Files.exists(file) ? Files.readAllLines(file) : List.of();
        } catch (final IOException e) {
            return List.of(); // it is being written
        }
    }

    /** Opens a page; its scripts go on running until it is closed. */
    BrowserPage open(final String url) throws IOException, InterruptedException {
        final HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/json/new?" + url))
                .PUT(HttpRequest.BodyPublishers.noBody())
                .build();
        final String target =
                http.send(request, HttpResponse.BodyHandlers.ofString()).body();
        return new BrowserPage(
                http,
                URI.create(new ObjectMapper()
                        .readTree(target)
                        .get("webSocketDebuggerUrl")
                        .asText()));
    }

    /** Waits for a condition, with a deadline that is far longer than it ever needs. */
    static void await(final String description, final BooleanSupplier condition) {
        final long began = System.nanoTime();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - began > TimeUnit.SECONDS.toNanos(DEADLINE_SECONDS)) {
                throw new AssertionError("still not after " + DEADLINE_SECONDS + " s: " + description);
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
        }
    }

    /** Asks it to end, and then makes it. */
    @Override
    public void close() {
        final List<ProcessHandle> all = process.descendants().toList();
        process.destroy();
        try {
            process.waitFor(GRACE_SECONDS, TimeUnit.SECONDS);
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        all.forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
        // Its last writes would hinder the removal of the directory.
        await("the browser ends, see " + log, () -> !process.isAlive());
    }
}
