package org.shmarrays.examples.dl4j;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.autodiff.samediff.SameDiff;
import org.shmarrays.examples.dl4j.shared.MnistGraph;
import org.shmarrays.examples.dl4j.shared.MnistNetwork;
import org.shmarrays.examples.dl4j.shared.MnistSameDiff;
import org.shmarrays.launch.GroupResult;
import org.shmarrays.launch.Launcher;
import org.shmarrays.launch.WorkerGroup;

/** The programs of {@link ChangedLinesTest}, each in two worker processes. */
class SharedProgramsIT {
    private static final int WORKERS = 2;

    /** A plain fit of the same programs comes to 0.89 to 0.92 on these test images. */
    private static final double LEAST_ACCURACY = 0.85;

    private static final int ITERATIONS = 400; // 2 passes over 6,400 images in batches of 32

    @TempDir
    private Path directory;

    @Test
    void shouldTrainMultiLayerNetwork() throws InterruptedException, IOException {
        final Path saved = train(MnistNetwork.class);

        assertThat(MultiLayerNetwork.load(saved.toFile(), true).getIterationCount())
                .isEqualTo(ITERATIONS);
    }

    @Test
    void shouldTrainComputationGraph() throws InterruptedException, IOException {
        final Path saved = train(MnistGraph.class);

        assertThat(ComputationGraph.load(saved.toFile(), true).getIterationCount())
                .isEqualTo(ITERATIONS);
    }

    @Test
    void shouldTrainSameDiff() throws InterruptedException {
        final Path saved = train(MnistSameDiff.class);

        assertThat(SameDiff.load(saved.toFile(), true).getTrainingConfig().getIterationCount())
                .isEqualTo(ITERATIONS);
    }

    private Path train(final Class<?> program) throws InterruptedException {
        final Path saved = directory.resolve("saved.zip");
        final ByteArrayOutputStream printed = new ByteArrayOutputStream();
        final PrintStream out = new PrintStream(printed, true, StandardCharsets.UTF_8);
        final GroupResult result;
        try (WorkerGroup group = Launcher.ofMainClass(program.getName(), saved.toString())
                .workers(WORKERS)
                .jvmArgument("-Dshmarrays.directory=" + directory)
                .output(out, out)
                .launch()) {
            result = group.await(Duration.ofMinutes(5)).orElseThrow();
        }
        final String output = printed.toString(StandardCharsets.UTF_8);
        assertThat(result.isSuccess()).as(output).isTrue();
        final List<String> accuracies = output.lines()
                .filter(line -> line.contains("accuracy "))
                .map(line -> line.substring(line.indexOf("accuracy ") + "accuracy ".length()))
                .toList();
        assertThat(accuracies).as(output).hasSize(WORKERS);
        assertThat(accuracies.get(0)).as("both have the same parameters").isEqualTo(accuracies.get(1));
        assertThat(Double.parseDouble(accuracies.get(0))).isGreaterThan(LEAST_ACCURACY);
        return saved;
    }
}
