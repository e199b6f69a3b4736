package org.shmarrays;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * A source file holds one idea, in at most {@value #MOST_LINES} lines. The files that have more are listed with the
 * lines that they may have: a list that may only get shorter.
 */
class SourceSizeTest {
    private static final int MOST_LINES = 300;
    private static final Path PROJECT = Path.of("..");
    private static final Path KNOWN = Path.of("src/test/resources/org/shmarrays/large-files.txt");

    @Test
    void shouldHaveNoOtherLargeFiles() throws IOException {
        final Map<String, Long> known = new TreeMap<>();
        for (final String line : Files.readAllLines(KNOWN)) {
            final String[] words = line.split(" ");
            known.put(words[1], Long.valueOf(words[0]));
        }
        final Map<String, Long> large = largeFiles();

        assertThat(large)
                .allSatisfy((file, lines) -> assertThat(lines)
                        .as("%s: split it rather than raise its limit in %s", file, KNOWN)
                        .isLessThanOrEqualTo(known.getOrDefault(file, (long) MOST_LINES)));
        assertThat(large.keySet())
                .as("files in %s that are small now: delete their lines", KNOWN)
                .containsAll(known.keySet());
    }

    private static Map<String, Long> largeFiles() throws IOException {
        final Map<String, Long> large = new TreeMap<>();
        try (Stream<Path> modules = Files.list(PROJECT)) {
            for (final Path module : (Iterable<Path>) modules.map(path -> path.resolve("src/main"))::iterator) {
                if (!Files.isDirectory(module)) {
                    continue;
                }
                try (Stream<Path> files = Files.walk(module)) {
                    files.filter(file -> file.toString().endsWith(".java"))
                            .filter(file -> lines(file) > MOST_LINES)
                            .forEach(file -> large.put(file.getFileName().toString(), lines(file)));
                }
            }
        }
        return large;
    }

    private static long lines(final Path file) {
        try (Stream<String> lines = Files.lines(file)) {
            return lines.count();
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
