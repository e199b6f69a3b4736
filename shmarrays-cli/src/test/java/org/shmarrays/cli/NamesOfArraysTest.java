package org.shmarrays.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;
import org.shmarrays.internal.Doors;

/** Whoever names an array can't write to the terminal or the page of whoever looks at it. */
class NamesOfArraysTest {
    private static final String NAME = "w\u202etxt.\u2066";

    @TempDir
    private Path directory;

    @BeforeEach
    void create() {
        System.setProperty("shmarrays.directory", directory.toString());
        ShmArrays.create("s", Map.of(NAME, new float[] {1, 2}), Settings.fromProperties())
                .close();
    }

    @AfterEach
    void useDefaultDirectory() {
        System.clearProperty("shmarrays.directory");
    }

    private static void assertEscaped(final String text) {
        assertThat(text).contains("w\\u202etxt.\\u2066").doesNotContain("\u202e", "\u2066");
    }

    @Test
    void shouldBeEscapedOnTheTerminal() {
        for (final List<String> command : List.of(
                List.of("inspect", "s"),
                List.of("inspect", "--json", "s"),
                List.of("top", "--once", "--interval", "0.1", "s"),
                List.of("top", "--once", "--json", "--interval", "0.1", "s"))) {
            assertEscaped(CommandRun.of(command.toArray(String[]::new)).out());
        }
        assertEscaped(CommandRun.of("inspect", "s", NAME + "x").err());
    }

    @Test
    void shouldBeEscapedInLabels() throws Exception {
        try (MetricsServer server = MetricsServer.start(
                new InetSocketAddress("127.0.0.1", 0),
                Scrape.ofOne(Doors.ROOT.of(Settings.fromProperties()), "s", true))) {
            final HttpRequest request =
                    HttpRequest.newBuilder(URI.create(server.url())).build();
            final String text = HttpClient.newHttpClient()
                    .send(request, HttpResponse.BodyHandlers.ofString())
                    .body();
            // A label's backslash is written twice.
            assertThat(text).contains("w\\\\u202etxt.\\\\u2066").doesNotContain("\u202e");
        }
    }
}
