package org.shmarrays;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * A source file holds one idea, in at most {@value #MOST_LINES} lines. The files that have more are listed with the
 * lines that they may have: a list that may only get shorter. In its head each of them says why it is not split.
 */
class SourceSizeTest {
    private static final int MOST_LINES = 300;
    private static final String REASON = "// Over " + MOST_LINES + " lines: ";
    private static final Path PROJECT = Path.of("..");
    private static final Path KNOWN = Path.of("src/test/resources/org/shmarrays/large-files.txt");

    @Test
    void shouldHaveNoOtherLargeFiles() throws IOException {
        final Map<String, Long> known = new TreeMap<>();
        for (final String line : Files.readAllLines(KNOWN)) {
            final String[] words = line.split(" ");
            known.put(words[1], Long.valueOf(words[0]));
        }
        final Map<String, Long> large = new TreeMap<>();
        largeFiles().forEach(file -> large.put(file.getFileName().toString(), lines(file)));

        assertThat(large)
                .allSatisfy((file, lines) -> assertThat(lines)
                        .as("%s: split it rather than raise its limit in %s", file, KNOWN)
                        .isLessThanOrEqualTo(known.getOrDefault(file, (long) MOST_LINES)));
        assertThat(large.keySet())
                .as("files in %s that are small now: delete their lines", KNOWN)
                .containsAll(known.keySet());
    }

    @Test
    void shouldSayInItsHeadWhyALargeFileIsNotSplit() throws IOException {
        assertThat(largeFiles())
                .allSatisfy(file -> assertThat(linesOf(file))
                        .as("%s: split it, or say why not above its class: %s…", file, REASON)
                        .anyMatch(line -> line.startsWith(REASON) && line.length() > REASON.length()));
    }

    @Test
    void shouldGiveNoReasonInASmallFile() throws IOException {
        assertThat(sources(file -> lines(file) <= MOST_LINES))
                .allSatisfy(file -> assertThat(linesOf(file))
                        .as("%s: delete the line %s…", file, REASON)
                        .noneMatch(line -> line.startsWith(REASON)));
    }

    private static List<Path> largeFiles() throws IOException {
        return sources(file -> lines(file) > MOST_LINES);
    }

    private static List<Path> sources(final Predicate<Path> which) throws IOException {
        final List<Path> found = new ArrayList<>();
        try (Stream<Path> modules = Files.list(PROJECT)) {
            for (final Path module : (Iterable<Path>) modules.map(path -> path.resolve("src/main"))::iterator) {
                if (!Files.isDirectory(module)) {
                    continue;
                }
                try (Stream<Path> files = Files.walk(module)) {
                    files.filter(file -> file.toString().endsWith(".java"))
                            .filter(which)
                            .forEach(found::add);
                }
            }
        }
        return found;
    }

    /** The reason is not counted. */
    private static long lines(final Path file) {
        return linesOf(file).stream().filter(line -> !line.startsWith(REASON)).count();
    }

    private static List<String> linesOf(final Path file) {
        try {
            return Files.readAllLines(file);
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
