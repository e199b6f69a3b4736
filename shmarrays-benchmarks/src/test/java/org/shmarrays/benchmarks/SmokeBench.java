package org.shmarrays.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine;

/** The command of the benchmarks in this JVM, with what it prints. */
final class SmokeBench {
    private final Path directory;
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    SmokeBench(final Path directory) {
        this.directory = directory;
    }

    /** What it measures in its shortest form. */
    List<JsonNode> rows(final String... arguments) throws Exception {
        final Path json = directory.resolve("rows.json");
        final List<String> all = new ArrayList<>(List.of(arguments));
        all.addAll(List.of("--smoke", "--json=" + json));
        assertThat(execute(all.toArray(new String[0]))).as(err()).isZero();
        final List<JsonNode> rows = new ArrayList<>();
        new ObjectMapper().readTree(json.toFile()).forEach(rows::add);
        assertThat(rows).isNotEmpty();
        return rows;
    }

    /** Its exit code. */
    int execute(final String... arguments) {
        final CommandLine commandLine = Bench.commandLine();
        commandLine.setOut(new PrintWriter(out, true));
        commandLine.setErr(new PrintWriter(err, true));
        return commandLine.execute(arguments);
    }

    String out() {
        return out.toString();
    }

    String err() {
        return err.toString();
    }

    static List<String> texts(final List<JsonNode> rows, final String field) {
        return rows.stream().map(row -> row.get(field).asText()).toList();
    }

    static double number(final JsonNode row, final String field) {
        assertThat(row.path(field).isNumber()).as(field + " of " + row).isTrue();
        return row.get(field).asDouble();
    }
}
