package org.shmarrays.examples.mnist;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.checkpoint.Checkpoint;
import org.shmarrays.checkpoint.CheckpointPlan;
import org.shmarrays.examples.ExampleProcess;
import picocli.CommandLine;

/** A command that a signal has ended in order is resumed with another number of workers. */
@Timeout(300)
class ResumedCommandIT {
    private static final int IMAGES = 1_280;
    private static final int EPOCHS = 30;
    private static final int SIGTERM_EXIT_CODE = 143;

    @TempDir
    private Path directory;

    private Path data;
    private Path root;
    private Path json;
    private Path saved;

    @BeforeEach
    void prepare() throws IOException {
        data = Files.createDirectory(directory.resolve("data"));
        FewImages.write(data, IMAGES, 500);
        root = Files.createDirectory(directory.resolve("root"));
        json = directory.resolve("result.json");
        saved = directory.resolve("saved");
    }

    private ExampleProcess mnist(final String... options) throws IOException {
        final List<String> arguments = new ArrayList<>(List.of("mnist", "--checkpoint-dir", saved.toString()));
        arguments.addAll(List.of(options));
        return ExampleProcess.start(root, arguments.toArray(String[]::new));
    }

    /** DL4J's workers share the batches of one pass. */
    @Test
    void shouldTrainAModelOfDl4jOnEachSampleOnce() throws Exception {
        trainOnEachSampleOnce("dl4j-mlp", 1);
    }

    /** Two workers of this module go through the data in two streams. */
    @Test
    @Tag("matrix")
    void shouldTrainAModelOfThisModuleOnEachSampleOnce() throws Exception {
        trainOnEachSampleOnce("softmax", 2);
    }

    private void trainOnEachSampleOnce(final String model, final int streams) throws Exception {
        final Path model1 = directory.resolve("interrupted");
        try (ExampleProcess mnist = mnist(("--name m --workers 2 --evaluate after --batch-size 32 --epochs " + EPOCHS
                        + " --model " + model + " --data " + data + " --save " + model1)
                .split(" "))) {
            mnist.awaitSteps("m", 150);
            mnist.terminate();

            assertThat(mnist.exitCode()).as(mnist.output()).isEqualTo(SIGTERM_EXIT_CODE);
            assertThat(mnist.output()).contains("last checkpoint   " + saved.resolve("m-"));
            assertThat(model1).isNotEmptyFile();
        }
        final Path file = CheckpointPlan.ofOptions(null, saved, 1, CheckpointPlan.LATEST)
                .resumedFile(null)
                .orElseThrow();
        assertThat(Checkpoint.describe(file).samples()).isLessThan((long) EPOCHS * streams * IMAGES);
        refuseAnotherBatchSize();

        try (ExampleProcess mnist =
                mnist("--resume", "latest", "--workers", "3", "--evaluate", "after", "--json", json.toString())) {
            assertThat(mnist.exitCode()).as(mnist.output()).isZero();

            assertThat(mnist.output()).contains("resumed at epoch ", "training " + model, ": 3 workers", "batch 32");
            final JsonNode result = new ObjectMapper().readTree(json.toFile());
            assertThat(result.get("samples").asLong()).isEqualTo((long) EPOCHS * streams * IMAGES);
            assertThat(result.get("lastAccuracy").asDouble()).isGreaterThan(0.75);
        }
        assertThat(root.toFile().list()).as("segments are removed").noneMatch(name -> name.startsWith("m"));
    }

    private void refuseAnotherBatchSize() {
        final StringWriter err = new StringWriter();

        final int exitCode = new CommandLine(new MnistCommand())
                .setErr(new PrintWriter(err))
                .execute("--resume", "latest", "--checkpoint-dir", saved.toString(), "--batch-size", "64");

        assertThat(exitCode).isEqualTo(2);
        assertThat(err.toString()).contains("--batch-size: given=64, kept=32");
    }
}
