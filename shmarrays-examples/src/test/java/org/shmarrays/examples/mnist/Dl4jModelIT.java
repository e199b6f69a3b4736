package org.shmarrays.examples.mnist;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.autodiff.samediff.SameDiff;
import picocli.CommandLine;

/** The command with models of DL4J, on the first images of MNIST. */
class Dl4jModelIT {
    private static final int IMAGES = 1_280;

    @TempDir
    private Path directory;

    private Path data;
    private Path segments;
    private Path json;
    private Path saved;

    @BeforeEach
    void prepare() throws IOException {
        data = Files.createDirectory(directory.resolve("data"));
        FewImages.write(data, IMAGES, 500);
        json = directory.resolve("result.json");
        saved = directory.resolve("saved.zip");
        segments = Files.createDirectory(directory.resolve("segments"));
        System.setProperty("shmarrays.directory", segments.toString());
    }

    @AfterEach
    void useDefaultDirectory() {
        System.clearProperty("shmarrays.directory");
    }

    @Test
    void shouldTrainASameDiffGraphAndSaveIt() throws Exception {
        assertThat(mnist("--model", "samediff-mlp", "--workers", "1", "--epochs", "2", "--mode", "LOCKED"))
                .isZero();

        final JsonNode result = new ObjectMapper().readTree(json.toFile());
        assertThat(result.get("samples").asInt()).isEqualTo(2 * IMAGES);
        assertThat(result.get("epochs")).hasSize(2);
        assertThat(result.get("lastAccuracy").asDouble()).isGreaterThan(0.6);
        assertThat(SameDiff.load(saved.toFile(), true).getTrainingConfig().getIterationCount())
                .isEqualTo(2 * IMAGES / 64);
        assertThatAllStepsAreCounted(result);
    }

    @Test
    void shouldStopANetworkAtItsTarget() throws Exception {
        assertThat(mnist("--model", "dl4j-mlp", "--workers", "2", "--epochs", "100000", "--target-accuracy", "0.5"))
                .isZero();

        final JsonNode result = new ObjectMapper().readTree(json.toFile());
        assertThat(result.get("reachedTarget").asBoolean()).isTrue();
        assertThat(MultiLayerNetwork.load(saved.toFile(), true).getIterationCount())
                .isEqualTo(result.get("samples").asInt() / 64);
        assertThatAllStepsAreCounted(result);
    }

    /** Workers that begin before they are followed would make steps that the result does not have. */
    private static void assertThatAllStepsAreCounted(final JsonNode result) {
        assertThat(result.get("arrays").get(0).get("updates").asInt())
                .isEqualTo(result.get("samples").asInt() / 64);
        assertThat(result.get("stepShare").get("gradient").asDouble()).isBetween(0.01, 1.0);
        assertThat(result.get("stepShare").get("push").asDouble()).isBetween(0.0001, 1.0);
    }

    /** Runs the command; nothing may be left of its segments. */
    private int mnist(final String... options) throws IOException {
        final List<String> arguments = new ArrayList<>(List.of(options));
        arguments.addAll(List.of("--data", data.toString(), "--json", json.toString(), "--save", saved.toString()));
        final int exitCode = new CommandLine(new MnistCommand()).execute(arguments.toArray(String[]::new));
        try (Stream<Path> left = Files.list(segments)) {
            assertThat(left.filter(Files::isDirectory)).isEmpty();
        }
        return exitCode;
    }
}
