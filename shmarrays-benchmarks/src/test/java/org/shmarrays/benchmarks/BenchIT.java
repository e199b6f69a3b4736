package org.shmarrays.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** One look at each benchmark: that it runs with real processes, and checks its results. No figure is judged. */
final class BenchIT {
    @TempDir
    private Path directory;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @Test
    void shouldMeasureArraysInAllModes() throws Exception {
        final List<JsonNode> rows = rows("arrays", "--set=tiny");
        // 6 operations in 4 modes, but ORDERED can't be written, and ATOMIC has no companions.
        assertThat(rows).hasSize(21);
        assertThat(texts(rows, "mode")).contains("hogwild", "atomic", "locked", "ordered");
        assertThat(rows).allSatisfy(row -> {
            assertThat(row.get("bench").asText()).isEqualTo("arrays");
            assertThat(row.get("set").asText()).isEqualTo("tiny");
            assertThat(row.get("workers").asInt()).isEqualTo(2);
            assertThat(row.get("jdk").asInt()).isEqualTo(Runtime.version().feature());
            assertThat(number(row, "opsPerSecond")).isPositive();
            assertThat(number(row, "limitOpsPerSecond")).isPositive();
            assertThat(number(row, "ratio")).isPositive();
            assertThat(number(row, "bytesAllocatedPerOp")).isNotNegative();
            assertThat(row.get("undo").isBoolean()).isTrue();
        });
    }

    @Test
    void shouldMeasureRandomRows() throws Exception {
        final List<JsonNode> rows = rows("arrays", "--set=embedding", "--op=rows-gather,rows-add,rows-adagrad");
        assertThat(texts(rows, "op"))
                .containsExactly(
                        "rows-gather",
                        "rows-gather",
                        "rows-add",
                        "rows-add",
                        "rows-add",
                        "rows-adagrad",
                        "rows-adagrad");
        assertThat(texts(rows, "mode"))
                .containsExactly("hogwild", "locked", "hogwild", "atomic", "locked", "hogwild", "locked");
        assertThat(rows).allSatisfy(row -> {
            assertThat(row.get("rowsPerCall").asInt()).isEqualTo(1024);
            assertThat(number(row, "opsPerSecond")).isPositive();
            assertThat(number(row, "limitOpsPerSecond")).isPositive();
            assertThat(number(row, "cpuRatio")).isPositive();
        });
    }

    @Test
    void shouldMeasureLocks() throws Exception {
        final List<JsonNode> rows = rows("locks", "--workers=3");
        assertThat(texts(rows, "op")).containsExactly("uncontended", "contended", "contended");
        assertThat(number(rows.get(0), "pairNs")).isPositive();
        for (final JsonNode row : rows.subList(1, 3)) {
            assertThat(row.get("workers").asInt()).isEqualTo(3);
            assertThat(number(row, "acquisitionsPerSecond")).isPositive();
            assertThat(number(row, "casYieldPerSecond")).isPositive();
            assertThat(number(row, "worstWaitMs")).isPositive();
            assertThat(number(row, "controlWorstGapMs")).isPositive();
            assertThat(number(row, "fairness")).isBetween(0.33, 1.0);
        }
        assertThat(rows.get(1).get("sectionMicros").asInt()).isEqualTo(1);
        assertThat(rows.get(2).get("sectionMicros").asInt()).isEqualTo(50);
    }

    @Test
    void shouldMeasureAttaching() throws Exception {
        final List<JsonNode> rows = rows("scale");
        assertThat(texts(rows, "axis")).containsExactly("bytes", "partitions", "workers", "segments");
        assertThat(rows.get(1).get("partitions").asInt()).isEqualTo(1000);
        assertThat(rows).allSatisfy(row -> {
            assertThat(number(row, "attachMs")).isPositive();
            assertThat(number(row, "overheadBytes")).isPositive();
        });
    }

    @Test
    void shouldTrainMnist() throws Exception {
        final List<JsonNode> rows = rows("mnist");
        assertThat(rows).hasSize(1);
        assertThat(number(rows.get(0), "samplesPerSecond")).isPositive();
        assertThat(number(rows.get(0), "accuracy")).isBetween(0.8, 1.0);
        assertThat(number(rows.get(0), "outsideGradientShare")).isBetween(0.0, 1.0);
    }

    @Test
    void shouldTrainAModelOfDl4jAloneAndInTwoWorkers() throws Exception {
        final List<JsonNode> rows = rows("dl4j", "--model=mlp", "--candidate=fit,shared-2", "--rounds=1");
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
        assertThat(execute("dl4j", "--model=resnet")).isEqualTo(2);
        assertThat(err.toString()).contains("unknown model: resnet", "mlp, cnn, lenet, residual, samediff-mlp");
        assertThat(execute("dl4j", "--candidate=shared-3")).isEqualTo(2);
        assertThat(err.toString())
                .contains(
                        "unknown candidate: shared-3",
                        "fit, fit-tuned, parallel-wrapper, parallel-wrapper-tuned, shared-1, shared-2");
        assertThat(execute("dl4j", "--mode=ordered")).isEqualTo(2);
        assertThat(err.toString()).contains("unknown mode: ordered", "hogwild, locked");
        assertThat(execute("dl4j", "--rounds=0")).isEqualTo(2);
        assertThat(err.toString()).contains("--rounds must be at least 1: 0");
    }

    @Test
    void shouldNameTheBenchmarksThereAre() {
        assertThat(execute("lokcs")).isEqualTo(2);
        assertThat(err.toString()).contains("unknown benchmark: lokcs", "limits", "arrays", "locks", "mnist", "scale");
    }

    @Test
    void shouldNameTheSetsThereAre() {
        assertThat(execute("arrays", "--set=big")).isEqualTo(2);
        assertThat(err.toString()).contains("unknown set: big", "tiny, cnn, resnet50, embedding");
    }

    @Test
    void shouldNameTheOperationsThereAre() {
        assertThat(execute("arrays", "--op=rows-scatter")).isEqualTo(2);
        assertThat(err.toString()).contains("unknown operation: rows-scatter", "update-ema", "rows-add");
    }

    @Test
    void shouldSayHowToGetPyTorch() {
        assertThat(execute("mnist", "--smoke", "--pytorch=" + directory.resolve("python")))
                .isEqualTo(1);
        assertThat(err.toString()).contains("no Python with PyTorch found", "python3-torch", "--pytorch=PYTHON");
    }

    @Test
    void shouldRefuseAFileThatCannotBeWritten() {
        assertThat(execute("limits", "--json=" + directory)).isEqualTo(2);
        assertThat(err.toString()).contains("--json names no file that can be written");
    }

    @Test
    void shouldMeasureLimitsAndPrintNothingBesideResultsThatGoToStandardOutput() throws Exception {
        final PrintStream before = System.out;
        final ByteArrayOutputStream json = new ByteArrayOutputStream();
        System.setOut(new PrintStream(json, true, StandardCharsets.UTF_8));
        try {
            assertThat(execute("limits", "--smoke", "--json=/dev/stdout")).isZero();
        } finally {
            System.setOut(before);
        }

        final List<JsonNode> rows = new ArrayList<>();
        new ObjectMapper().readTree(json.toByteArray()).forEach(rows::add);
        assertThat(texts(rows, "op")).contains("copy", "blend-plain", "blend-vector", "blend-blas", "cas-pair");
        assertThat(rows)
                .allSatisfy(row -> assertThat(number(row, "opsPerSecond")).isPositive());
        assertThat(out.toString()).isEmpty();
        assertThat(err.toString()).contains("operation");
    }

    @Test
    void shouldNotHideAFailureIfItsResultsCannotBeWritten() {
        assertThat(execute("mnist", "--smoke", "--pytorch=" + directory.resolve("python"), "--json=/dev/full"))
                .isEqualTo(1);
        assertThat(err.toString()).contains("no Python with PyTorch found");
    }

    private List<JsonNode> rows(final String... arguments) throws Exception {
        final Path json = directory.resolve("rows.json");
        final List<String> all = new ArrayList<>(List.of(arguments));
        all.addAll(List.of("--smoke", "--json=" + json));
        assertThat(execute(all.toArray(new String[0]))).as(err.toString()).isZero();
        final List<JsonNode> rows = new ArrayList<>();
        new ObjectMapper().readTree(json.toFile()).forEach(rows::add);
        assertThat(rows).isNotEmpty();
        return rows;
    }

    private int execute(final String... arguments) {
        final CommandLine commandLine = Bench.commandLine();
        commandLine.setOut(new PrintWriter(out, true));
        commandLine.setErr(new PrintWriter(err, true));
        return commandLine.execute(arguments);
    }

    private static List<String> texts(final List<JsonNode> rows, final String field) {
        return rows.stream().map(row -> row.get(field).asText()).toList();
    }

    private static double number(final JsonNode row, final String field) {
        assertThat(row.path(field).isNumber()).as(field + " of " + row).isTrue();
        return row.get(field).asDouble();
    }
}
