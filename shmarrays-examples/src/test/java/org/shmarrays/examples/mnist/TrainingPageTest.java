package org.shmarrays.examples.mnist;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.shmarrays.layout.ElementType.FLOAT32;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;
import org.shmarrays.errors.SegmentVanishedException;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.ElementType;
import org.shmarrays.layout.Mode;
import org.shmarrays.layout.Rounding;
import org.shmarrays.report.RunWatcher;
import org.shmarrays.status.SegmentStatus;
import org.shmarrays.status.StatusSnapshot;

/** What is written of a training, whatever it was like. */
class TrainingPageTest {
    private final TrainingPlan plan = new TrainingPlan(
            Model.SOFTMAX,
            Mode.LOCKED,
            3,
            10,
            0.1,
            0,
            7,
            ElementType.BFLOAT16,
            Rounding.stochastic(7),
            Path.of("digits"));

    @TempDir
    private Path directory;

    private ShmArrays arrays;
    private StatusSnapshot before;
    private RunWatcher watcher;

    @BeforeEach
    void watch() {
        arrays = ShmArrays.create(
                "page",
                List.of(ArraySpec.of("w", FLOAT32, 4)),
                Settings.fromProperties().withDirectory(directory.resolve("segments")));
        final SegmentStatus status = arrays.status();
        before = status.snapshot();
        watcher = new RunWatcher(status, Duration.ofHours(1)).start();
        watcher.close();
    }

    @AfterEach
    void close() {
        arrays.close();
    }

    static List<Exception> failures() {
        return List.of(
                new IllegalStateException("a worker failed"),
                new SegmentVanishedException("the files are gone"),
                new UncheckedIOException("the disk is full", new IOException()),
                new IOException("no snapshot can be read"),
                new ArithmeticException());
    }

    private static RunReport fail(final Exception failure) throws IOException {
        if (failure instanceof IOException e) {
            throw e;
        }
        throw (RuntimeException) failure;
    }

    @ParameterizedTest
    @MethodSource("failures")
    void shouldBeWrittenOfATrainingThatFails(final Exception failure) throws Exception {
        final Path file = directory.resolve("failed.html");

        assertThatThrownBy(() -> new TrainingPage(plan, 2, file).train(() -> fail(failure), () -> watcher))
                .isSameAs(failure);

        final String why = failure.getMessage() == null ? failure.toString() : failure.getMessage();
        assertThat(Files.readString(file)).contains("\"results\": {\"failed\": \"" + why + "\"}");
    }

    @ParameterizedTest
    @MethodSource("failures")
    void shouldNotHideWhyTheTrainingFailedIfItCannotBeWritten(final Exception failure) {
        final Path file = directory.resolve("nowhere").resolve("failed.html");

        assertThatThrownBy(() -> new TrainingPage(plan, 2, file).train(() -> fail(failure), () -> watcher))
                .isSameAs(failure);

        assertThat(failure.getSuppressed())
                .hasOnlyOneElementSatisfying(e ->
                        assertThat(e).isInstanceOf(UncheckedIOException.class).hasMessageContaining(file.toString()));
    }

    @Test
    void shouldNotBeWrittenOfATrainingThatNeverBegan() {
        final Path file = directory.resolve("failed.html");

        assertThatThrownBy(() -> new TrainingPage(plan, 2, file)
                        .train(() -> fail(new IllegalStateException("no worker started")), () -> null))
                .hasMessage("no worker started");

        assertThat(file).doesNotExist();
    }

    private RunReport report() {
        final Accuracies accuracies = new Accuracies(null, List.of());
        final Snapshot last = new Snapshot(1, 10, 1, 1, Map.of());
        accuracies.add(last, 0.5);
        return RunReport.of(
                plan,
                2,
                3,
                null,
                List.of(),
                1,
                last,
                accuracies,
                arrays.status().snapshot().since(before),
                0.1,
                0);
    }

    @Test
    void shouldNameTheTypeAndTheRoundingOfTheParameters() throws Exception {
        final Path file = directory.resolve("page.html");
        final Path json = directory.resolve("result.json");
        final RunReport report = report();

        new TrainingPage(plan, 2, file).write(report, watcher);
        report.writeJson(json);

        assertThat(Files.readString(file))
                .contains("\"settings\": {\"model\": \"softmax\", \"mode\": \"locked\", \"type of the parameters\":"
                        + " \"bfloat16\", \"rounding\": \"stochastic\", \"workers\": \"2\", \"epochs of each worker\":"
                        + " \"3\", \"batch size\": \"10\", \"learning rate\": \"0.1\", \"momentum\": \"0.0\","
                        + " \"seed\": \"7\", \"data\": \"digits\"}");
        final JsonNode node = new ObjectMapper().readTree(json.toFile());
        assertThat(node.get("dtype").asText()).isEqualTo("bfloat16");
        assertThat(node.get("rounding").asText()).isEqualTo("stochastic");
    }

    /** A worker was added meanwhile. */
    @Test
    void shouldTellHowManyWorkersHaveTrained() throws Exception {
        final Path file = directory.resolve("page.html");
        final Path json = directory.resolve("result.json");
        final ByteArrayOutputStream text = new ByteArrayOutputStream();
        final RunReport report = report();

        new TrainingPage(plan, 2, file).write(report, watcher);
        report.writeJson(json);
        report.print(new PrintStream(text, true, StandardCharsets.UTF_8));

        final String told = "2 at the beginning, 3 have trained";
        assertThat(text.toString(StandardCharsets.UTF_8)).contains("workers           " + told);
        assertThat(Files.readString(file)).contains("\"workers\": \"" + told + "\"");
        final JsonNode node = new ObjectMapper().readTree(json.toFile());
        assertThat(node.get("workers").asInt()).isEqualTo(2);
        assertThat(node.get("trainedWorkers").asInt()).isEqualTo(3);
    }
}
