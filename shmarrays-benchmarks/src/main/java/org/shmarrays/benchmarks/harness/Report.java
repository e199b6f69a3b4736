package org.shmarrays.benchmarks.harness;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.shmarrays.internal.output.IoFailure;
import org.shmarrays.output.DurableFile;

/** What a run of benchmarks has found: rows for programs, tables for people. */
public final class Report {
    private final PrintWriter out;
    private final List<Row> rows = new ArrayList<>();

    /** Prints for people to {@code out}. */
    public Report(final PrintWriter out) {
        this.out = out;
    }

    public PrintWriter out() {
        return out;
    }

    /** Prints a headline. */
    public void section(final String title) {
        out.println();
        out.println(title);
        out.flush();
    }

    /** Prints a line. */
    public void say(final String line) {
        out.println(line);
        out.flush();
    }

    public void add(final Row row) {
        rows.add(row);
    }

    public List<Row> rows() {
        return Collections.unmodifiableList(rows);
    }

    /**
     * Writes one array of rows.
     *
     * @throws UncheckedIOException if the file can't be written
     */
    public void writeJson(final Path file) {
        try {
            final ObjectMapper mapper = new ObjectMapper();
            final StringBuilder text = new StringBuilder("[\n");
            for (int i = 0; i < rows.size(); i++) {
                final Map<String, Object> fields = rows.get(i).fields();
                text.append(mapper.writeValueAsString(fields)).append(i + 1 < rows.size() ? ",\n" : "\n");
            }
            DurableFile.replace(file, text.append("]\n").toString());
        } catch (final IOException e) {
            throw new UncheckedIOException("cannot write the results: file=" + file + ", " + IoFailure.describe(e), e);
        }
    }
}
