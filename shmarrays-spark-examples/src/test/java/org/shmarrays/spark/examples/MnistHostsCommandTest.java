package org.shmarrays.spark.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One host, which is the driver itself. */
class MnistHostsCommandTest {
    private static final int BATCHES = 10;

    @TempDir
    private Path directory;

    @BeforeEach
    void useOwnDirectory() {
        System.setProperty("shmarrays.directory", directory.resolve("segments").toString());
    }

    @AfterEach
    void useTheirs() {
        System.clearProperty("shmarrays.directory");
    }

    @Test
    void shouldResumeATrainingAndSaveItsModel() throws Exception {
        SmallMnist.write(directory, BATCHES * 8, 20);
        final Path whole = directory.resolve("whole.zip");
        final Path resumed = directory.resolve("resumed.zip");
        final String saved = " --checkpoint-dir " + directory.resolve("saved") + " --checkpoint-every 1";

        assertThat(run("--epochs 2 --save " + whole)).isZero();
        assertThat(run("--epochs 1" + saved)).isZero();
        assertThat(run("--epochs 2 --resume latest" + saved)).isZero();
        assertThat(run("--epochs 2 --resume latest --save " + resumed + saved)).isZero();

        final MultiLayerNetwork model = MultiLayerNetwork.load(resumed.toFile(), false);
        assertThat(model.getIterationCount()).isEqualTo(2 * BATCHES);
        assertThat(model.getEpochCount()).isEqualTo(2);
        assertThat(MultiLayerNetwork.load(whole.toFile(), false).getIterationCount())
                .isEqualTo(2 * BATCHES);
    }

    private int run(final String options) {
        return SparkExamples.commandLine()
                .execute(("mnist --spark local[1] --batch-size 8 --every 4 --evaluate-every 100 --data " + directory
                                + " --conf spark.driver.host=127.0.0.1 --conf spark.driver.bindAddress=127.0.0.1"
                                + " --conf spark.ui.enabled=false " + options)
                        .split(" "));
    }
}
