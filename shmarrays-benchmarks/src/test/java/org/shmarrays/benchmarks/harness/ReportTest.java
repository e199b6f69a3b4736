package org.shmarrays.benchmarks.harness;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ReportTest {
    private final Report report = new Report(new PrintWriter(new StringWriter()));

    @TempDir
    private Path directory;

    @Test
    void shouldWriteOneArrayOfRows() throws Exception {
        report.add(Row.of("arrays")
                .with("set", "tiny")
                .with("undo", true)
                .with("workers", 2)
                .with("opsPerSecond", new Summary(3, 1.5, 7)));
        report.add(Row.of("locks").with("ratio", Double.NaN));
        final JsonNode rows = written();
        assertThat(rows).hasSize(2);
        assertThat(rows.get(0).toString())
                .isEqualTo("{\"bench\":\"arrays\",\"set\":\"tiny\",\"undo\":true,\"workers\":2,\"opsPerSecond\":3.0,"
                        + "\"opsPerSecondMin\":1.5,\"opsPerSecondMax\":7.0}");
        assertThat(rows.get(1).get("ratio").isNull()).isTrue();
    }

    @Test
    void shouldWriteAnEmptyArrayWhereNothingWasMeasured() throws Exception {
        assertThat(written().isArray()).isTrue();
        assertThat(written()).isEmpty();
    }

    private JsonNode written() throws Exception {
        final Path file = directory.resolve("rows.json");
        report.writeJson(file);
        return new ObjectMapper().readTree(file.toFile());
    }
}
