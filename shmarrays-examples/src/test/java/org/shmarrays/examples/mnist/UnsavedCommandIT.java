package org.shmarrays.examples.mnist;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.ZipFile;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.util.ModelSerializer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.examples.ExampleProcess;
import org.shmarrays.status.WorkerStatus;

/** What a training has learned is not lost because its last checkpoint can't be written, or a worker fails. */
@Timeout(300)
class UnsavedCommandIT {
    private static final int IMAGES = 1_280;

    @TempDir
    private Path directory;

    private Path root;
    private Path saved;
    private Path model;
    private Path json;

    @BeforeEach
    void prepare() throws IOException {
        root = Files.createDirectory(directory.resolve("root"));
        saved = directory.resolve("saved");
        model = directory.resolve("model");
        json = directory.resolve("result.json");
    }

    private ExampleProcess start(final String command, final String... more) throws IOException {
        final List<String> arguments = new ArrayList<>(List.of(command.split(" ")));
        arguments.addAll(List.of("--checkpoint-dir", saved.toString()));
        arguments.addAll(List.of(more));
        return ExampleProcess.start(root, arguments.toArray(String[]::new));
    }

    private ExampleProcess mnist(final String name, final int epochs) throws IOException {
        final Path data = Files.createDirectory(directory.resolve("data"));
        FewImages.write(data, IMAGES, 500);
        return start(
                "mnist --name m --workers 2 --evaluate after --batch-size 32 --epochs " + epochs + " --model " + name,
                "--data",
                data.toString(),
                "--save",
                model.toString(),
                "--json",
                json.toString());
    }

    /** The directory is deleted while it trains. */
    private void assertFails(final ExampleProcess training, final String segment) throws Exception {
        training.awaitSteps(segment, 100);
        Files.delete(saved);

        assertThat(training.exitCode()).as(training.output()).isEqualTo(1);
        assertThat(training.output())
                .contains("the last checkpoint could not be written", "there is no directory", "none was written");
    }

    @Test
    void shouldFailIfTheLastCheckpointOfAnSvmCantBeWritten() throws Exception {
        try (ExampleProcess svm = start("sparse-svm --name v --workers 2 --examples 4000 --epochs 100")) {
            assertFails(svm, "v");

            assertThat(svm.output()).contains("% of 5000 test examples correct");
        }
    }

    @Test
    @Tag("matrix")
    void shouldFailIfTheLastCheckpointOfAModelCantBeWritten() throws Exception {
        try (ExampleProcess mnist = mnist("softmax", 40)) {
            assertFails(mnist, "m");
        }
        assertThat(model).isNotEmptyFile();
        assertThat(json).isNotEmptyFile();
    }

    @Test
    @Tag("matrix")
    void shouldFailIfTheLastCheckpointOfAModelOfDl4jCantBeWritten() throws Exception {
        try (ExampleProcess mnist = mnist("dl4j-mlp", 40)) {
            assertFails(mnist, "m");
        }
        assertThat(model).isNotEmptyFile();
        assertThat(json).isNotEmptyFile();
    }

    @Test
    void shouldSaveWhatAModelOfDl4jHadLearnedWhenAWorkerFailed() throws Exception {
        try (ExampleProcess mnist = mnist("dl4j-mlp", 100_000)) {
            mnist.awaitSteps("m", 200);
            mnist.awaitStatus(
                    "m",
                    status -> status.workers().stream()
                            .filter(worker -> worker.rank() == 1)
                            .map(WorkerStatus::pid)
                            .flatMap(pid -> ProcessHandle.of(pid).stream())
                            .anyMatch(ProcessHandle::destroyForcibly));

            assertThat(mnist.exitCode()).as(mnist.output()).isEqualTo(1);
            assertThat(mnist.output()).contains("SIGKILL", "that the failed training had learned are in " + model);
        }
        try (ZipFile saved = new ZipFile(model.toFile())) {
            assertThat(saved.getEntry(ModelSerializer.UPDATER_BIN))
                    .as("the updater's state at the beginning")
                    .isNull();
        }
        final MultiLayerNetwork learned = MultiLayerNetwork.load(model.toFile(), false);
        final LabelledImages images = MnistData.from(directory.resolve("data")).train();
        assertThat(Dl4jModel.accuracy(learned, images)).isGreaterThan(0.6);
        assertThat(Dl4jModel.accuracy(Dl4jModel.DL4J_MLP.newModel(1e-3, 1), images))
                .as("of a model that has learned nothing")
                .isLessThan(0.5);
    }
}
