package org.shmarrays.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.shmarrays.layout.ElementType.FLOAT32;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.worker.Worker;
import picocli.CommandLine;

/** {@code top --once}. */
class TopCommandTest {
    private static final String NAME = "a <b>";

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @TempDir
    private Path directory;

    private ShmArrays arrays;

    @BeforeEach
    void createSegment() {
        System.setProperty("shmarrays.directory", directory.toString());
        arrays = ShmArrays.create("m", ArraySpec.of(NAME, FLOAT32, 8));
    }

    @AfterEach
    void end() {
        arrays.close();
        System.clearProperty("shmarrays.directory");
    }

    private int run(final String... arguments) {
        final CommandLine commandLine = Main.commandLine();
        commandLine.setOut(new PrintWriter(out, true));
        commandLine.setErr(new PrintWriter(err, true));
        return commandLine.execute(arguments);
    }

    @Test
    void shouldPrintPlainTextOnce() {
        try (ShmArrays worker = ShmArrays.attach(Worker.of(3, 4), "m", Settings.fromProperties())) {
            worker.add(Map.of(NAME, new float[8]));

            assertThat(run("top", "m", "--once", "--interval", "0.1")).isZero();
        }

        assertThat(out.toString()).doesNotContain("\u001b");
        assertThat(out.toString().lines())
                .anyMatch(line -> line.matches("m  \\d\\d:.* 1 live worker, 1 without a rank, .*"))
                .anyMatch(line -> line.startsWith("updates 0/s (1)"))
                .anyMatch(line -> line.matches("a <b> +locked +0 +1 .*"))
                .anyMatch(line -> line.matches("3 +" + ProcessHandle.current().pid() + " running .*"));
    }

    @Test
    void shouldPrintJsonOnce() throws Exception {
        arrays.add(Map.of(NAME, new float[8]));

        assertThat(run("top", "m", "--once", "--json", "--interval", "0.1")).isZero();

        assertThat(out.toString().strip().lines()).hasSize(1);
        final JsonNode json = new ObjectMapper().readTree(out.toString());
        assertThat(json.get("segment").asText()).isEqualTo("m");
        assertThat(json.get("seconds").asDouble()).isBetween(0.1, 60.0);
        assertThat(json.get("updates").asLong()).isEqualTo(1);
        assertThat(json.get("meanLoss").isNull()).isTrue();
        assertThat(json.get("liveWorkers").asInt()).isZero();
        assertThat(json.get("liveUnranked").asInt()).isEqualTo(1);
        assertThat(json.get("staleness").get("count").asLong()).isZero();
        assertThat(json.get("staleness").get("p50").isNull()).isTrue();
        assertThat(json.get("recent").get("staleness").get("p99").isNull()).isTrue();
        assertThat(json.get("arrays").get(0).get("name").asText()).isEqualTo(NAME);
        assertThat(json.get("arrays").get(0).get("acquisitions").asLong()).isEqualTo(1);
        assertThat(json.get("workers").get(0).get("pid").asLong())
                .isEqualTo(ProcessHandle.current().pid());
    }

    @Test
    void shouldRefuseWhatItCannotDo() {
        assertThat(run("top", "nothing", "--once")).isEqualTo(1);
        assertThat(err.toString()).contains("segment not found: name=nothing");
        assertThat(run("top", "m", "--json")).isEqualTo(2);
        assertThat(run("top", "m", "--once", "--interval", "0")).isEqualTo(2);
        assertThat(run("top", "m", "--once", "--sort", "colour")).isEqualTo(2);
    }
}
