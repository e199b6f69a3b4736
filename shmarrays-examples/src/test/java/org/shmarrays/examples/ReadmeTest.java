package org.shmarrays.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.segment.SegmentRoot;

/** The README's programs are those that are tested. */
class ReadmeTest {
    private static final Path ROOT = Path.of("").toAbsolutePath().getParent();
    private static final Path SOURCES = Path.of("src/main/java/org/shmarrays/examples");

    @TempDir
    private Path directory;

    @Test
    void shouldShowTheQuickstartThatRuns() throws IOException {
        assertThat(readme()).contains(code(SOURCES.resolve("Quickstart.java")));
    }

    @Test
    void shouldShowTheWorkerThatRuns() throws IOException {
        assertThat(readme()).contains(code(SOURCES.resolve("LineWorker.java")));
    }

    @Test
    void shouldPrintTheLineInTheQuickstart() throws IOException {
        final PrintStream before = System.out;
        final java.io.ByteArrayOutputStream printed = new java.io.ByteArrayOutputStream();
        System.setProperty("shmarrays.directory", directory.toString());
        System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
        try {
            Quickstart.main();
        } finally {
            System.setOut(before);
            System.clearProperty("shmarrays.directory");
        }

        final String line = printed.toString(StandardCharsets.UTF_8).strip();
        assertThat(line).isEqualTo("y = 3.00 x + 2.00");
        assertThat(readme()).contains("`" + line + "`");
        assertThat(new SegmentRoot(directory).names()).isEmpty();
    }

    private static String readme() throws IOException {
        return Files.readString(ROOT.resolve("README.md"));
    }

    /** The program from its first import to its end, without the package and comments on the class. */
    private static String code(final Path source) throws IOException {
        final List<String> lines = Files.readAllLines(source);
        return lines.stream()
                .filter(line -> !line.startsWith("package ") && !line.startsWith("/**"))
                .collect(Collectors.joining("\n"))
                .strip();
    }
}
