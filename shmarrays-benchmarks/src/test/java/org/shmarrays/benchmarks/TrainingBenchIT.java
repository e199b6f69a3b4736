package org.shmarrays.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.shmarrays.benchmarks.SmokeBench.number;
import static org.shmarrays.benchmarks.SmokeBench.texts;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One look at each benchmark that trains a model: it runs with real processes. No time is judged. */
final class TrainingBenchIT {
    @TempDir
    private Path directory;

    private SmokeBench bench;

    @BeforeEach
    void writeToTheDirectory() {
        bench = new SmokeBench(directory);
    }

    @Test
    void shouldTrainMnist() throws Exception {
        final List<JsonNode> rows = bench.rows("mnist");
        assertThat(rows).hasSize(1);
        assertThat(number(rows.get(0), "samplesPerSecond")).isPositive();
        assertThat(number(rows.get(0), "accuracy")).isBetween(0.8, 1.0);
        assertThat(number(rows.get(0), "outsideGradientShare")).isBetween(0.0, 1.0);
    }

    @Test
    void shouldTrainAModelOfDl4jAloneAndInTwoWorkers() throws Exception {
        final List<JsonNode> rows = bench.rows("dl4j", "--model=mlp", "--candidate=fit,shared-2", "--rounds=1");
        assertThat(texts(rows, "candidate")).containsExactly("fit", "shared-2");
        assertThat(texts(rows, "mode")).containsExactly("null", "hogwild");
        assertThat(rows).allSatisfy(row -> {
            assertThat(number(row, "samplesPerSecond")).isPositive();
            assertThat(number(row, "stepMs")).isPositive();
            assertThat(number(row, "accuracy")).isBetween(0.5, 1.0);
            assertThat(row.get("timesParallelWrapper").isNull()).isTrue();
        });
        assertThat(number(rows.get(0), "timesFit")).isEqualTo(1.0);
        assertThat(number(rows.get(1), "timesFit")).isPositive();
    }

    @Test
    void shouldNameTheModelsCandidatesAndModesOfDl4jThereAre() {
        assertThat(bench.execute("dl4j", "--model=resnet")).isEqualTo(2);
        assertThat(bench.err()).contains("unknown model: resnet", "mlp, cnn, lenet, residual, samediff-mlp");
        assertThat(bench.execute("dl4j", "--candidate=shared-3")).isEqualTo(2);
        assertThat(bench.err())
                .contains(
                        "unknown candidate: shared-3",
                        "fit, fit-tuned, parallel-wrapper, parallel-wrapper-tuned, shared-1, shared-2");
        assertThat(bench.execute("dl4j", "--mode=ordered")).isEqualTo(2);
        assertThat(bench.err()).contains("unknown mode: ordered", "hogwild, locked");
        assertThat(bench.execute("dl4j", "--rounds=0")).isEqualTo(2);
        assertThat(bench.err()).contains("--rounds must be at least 1: 0");
    }

    @Test
    void shouldSayHowToGetPyTorch() {
        assertThat(bench.execute("mnist", "--smoke", "--pytorch=" + directory.resolve("python")))
                .isEqualTo(1);
        assertThat(bench.err()).contains("no Python with PyTorch found", "python3-torch", "--pytorch=PYTHON");
    }

    @Test
    void shouldNotHideAFailureIfItsResultsCannotBeWritten() {
        assertThat(bench.execute("mnist", "--smoke", "--pytorch=" + directory.resolve("python"), "--json=/dev/full"))
                .isEqualTo(1);
        assertThat(bench.err()).contains("no Python with PyTorch found");
    }
}
