package org.shmarrays;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What is written for users needs public packages alone: the modules for ND4J, DL4J and Spark, and the examples. */
class BoundaryTest {
    private static final Path PROJECT = Path.of("..");
    private static final List<String> FOR_USERS = List.of(
            "shmarrays-nd4j/src/main",
            "shmarrays-dl4j/src/main",
            "shmarrays-spark/src/main",
            "shmarrays-spark-examples/src/main",
            "shmarrays-examples/src/main",
            "examples/template",
            "docs/guide",
            "README.md");

    @Test
    void shouldUseNothingInternal() throws IOException {
        final List<String> findings = new ArrayList<>();
        for (final String part : FOR_USERS) {
            try (Stream<Path> files = Files.walk(PROJECT.resolve(part))) {
                for (final Path file : (Iterable<Path>) files.filter(BoundaryTest::isText)::iterator) {
                    Files.readString(file)
                            .lines()
                            .filter(line -> line.contains("org.shmarrays.internal"))
                            .forEach(line -> findings.add(file + ": " + line.strip()));
                }
            }
        }

        assertThat(findings).isEmpty();
    }

    private static boolean isText(final Path file) {
        final String name = file.toString();
        return name.endsWith(".java") || name.endsWith(".md") || name.endsWith(".xml");
    }
}
