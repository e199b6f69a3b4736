package org.shmarrays.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.shmarrays.benchmarks.SmokeBench.number;
import static org.shmarrays.benchmarks.SmokeBench.texts;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One look at each benchmark of arrays: it runs with real processes, and checks its results. No figure is judged. */
final class BenchIT {
    @TempDir
    private Path directory;

    private SmokeBench bench;

    @BeforeEach
    void writeToTheDirectory() {
        bench = new SmokeBench(directory);
    }

    @Test
    void shouldMeasureArraysInAllModes() throws Exception {
        final List<JsonNode> rows = bench.rows("arrays", "--set=tiny");
        // 6 operations in 4 modes, but ORDERED can't be written, and ATOMIC has no state arrays.
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
        final List<JsonNode> rows = bench.rows("arrays", "--set=embedding", "--op=rows-gather,rows-add,rows-adagrad");
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
        final List<JsonNode> rows = bench.rows("locks", "--workers=3");
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
        final List<JsonNode> rows = bench.rows("scale");
        assertThat(texts(rows, "axis")).containsExactly("bytes", "partitions", "workers", "segments");
        assertThat(rows.get(1).get("partitions").asInt()).isEqualTo(1000);
        assertThat(rows).allSatisfy(row -> {
            assertThat(number(row, "attachMs")).isPositive();
            assertThat(number(row, "overheadBytes")).isPositive();
        });
    }

    @Test
    void shouldNameTheBenchmarksThereAre() {
        assertThat(bench.execute("lokcs")).isEqualTo(2);
        assertThat(bench.err()).contains("unknown benchmark: lokcs", "limits", "arrays", "locks", "mnist", "scale");
    }

    @Test
    void shouldNameTheSetsThereAre() {
        assertThat(bench.execute("arrays", "--set=big")).isEqualTo(2);
        assertThat(bench.err()).contains("unknown set: big", "tiny, cnn, resnet50, embedding");
    }

    @Test
    void shouldNameTheOperationsThereAre() {
        assertThat(bench.execute("arrays", "--op=rows-scatter")).isEqualTo(2);
        assertThat(bench.err()).contains("unknown operation: rows-scatter", "update-ema", "rows-add");
    }

    @Test
    void shouldRefuseAFileThatCannotBeWritten() {
        assertThat(bench.execute("limits", "--json=" + directory)).isEqualTo(2);
        assertThat(bench.err()).contains("--json names no file that can be written");
    }

    @Test
    void shouldMeasureLimitsAndPrintNothingBesideResultsThatGoToStandardOutput() throws Exception {
        final PrintStream before = System.out;
        final ByteArrayOutputStream json = new ByteArrayOutputStream();
        System.setOut(new PrintStream(json, true, StandardCharsets.UTF_8));
        try {
            assertThat(bench.execute("limits", "--smoke", "--json=/dev/stdout")).isZero();
        } finally {
            System.setOut(before);
        }

        final List<JsonNode> rows = new ArrayList<>();
        new ObjectMapper().readTree(json.toByteArray()).forEach(rows::add);
        assertThat(texts(rows, "op")).contains("copy", "blend-plain", "blend-vector", "blend-blas", "cas-pair");
        assertThat(rows)
                .allSatisfy(row -> assertThat(number(row, "opsPerSecond")).isPositive());
        assertThat(bench.out()).isEmpty();
        assertThat(bench.err()).contains("operation");
    }
}
