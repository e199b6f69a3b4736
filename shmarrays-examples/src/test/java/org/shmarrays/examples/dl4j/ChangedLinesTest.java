package org.shmarrays.examples.dl4j;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * How many lines of a DL4J program change so that it trains in several workers: those of {@code plain} that have become
 * others in {@code shared}, and those that were added. The line of the package and comments don't count, imports are
 * counted by themselves, and the JVM's flags are the launcher's. {@link SharedProgramsIT} runs the programs.
 */
class ChangedLinesTest {
    private static final Path SOURCES = Path.of("src", "test", "java", "org", "shmarrays", "examples", "dl4j");
    private static final Predicate<String> IS_IMPORT = line -> line.startsWith("import ");

    /** To join, to fit and to save. Imports: SharedTraining and Path come, File goes. */
    @ParameterizedTest
    @CsvSource({"MnistNetwork, 3, 3", "MnistGraph, 3, 3", "MnistSameDiff, 3, 3"})
    void shouldChangeThreeLines(final String program, final int lines, final int imports) throws IOException {
        final List<String> plain = lines("plain", program);
        final List<String> shared = lines("shared", program);

        assertThat(changes(select(plain, IS_IMPORT.negate()), select(shared, IS_IMPORT.negate())))
                .as("lines")
                .isEqualTo(lines);
        assertThat(changes(select(plain, IS_IMPORT), select(shared, IS_IMPORT)))
                .as("imports")
                .isEqualTo(imports);
    }

    @Test
    void shouldCountChangedAddedAndRemovedLines() {
        assertThat(changes(List.of("a", "b", "c"), List.of("a", "b", "c"))).isZero();
        assertThat(changes(List.of("a", "b", "c"), List.of("a", "x", "c"))).isEqualTo(1);
        assertThat(changes(List.of("a", "b", "c"), List.of("a", "x", "y", "c"))).isEqualTo(2);
        assertThat(changes(List.of("a", "b", "c"), List.of("b"))).isEqualTo(2);
        assertThat(changes(List.of("a", "b"), List.of("b", "a"))).isEqualTo(2);
    }

    private static List<String> lines(final String folder, final String program) throws IOException {
        return select(
                Files.readAllLines(SOURCES.resolve(folder).resolve(program + ".java")),
                line -> !line.isBlank() && !line.startsWith("package ") && !line.startsWith("/**"));
    }

    private static List<String> select(final List<String> lines, final Predicate<String> predicate) {
        return lines.stream().filter(predicate).toList();
    }

    /** The least number of lines to replace, insert or delete: Levenshtein's distance, by lines. */
    private static int changes(final List<String> from, final List<String> to) {
        int[] before = new int[to.size() + 1];
        for (int j = 0; j < before.length; j++) {
            before[j] = j;
        }
        for (int i = 1; i <= from.size(); i++) {
            final int[] now = new int[before.length];
            now[0] = i;
            for (int j = 1; j < now.length; j++) {
                final int replaced = before[j - 1] + (from.get(i - 1).equals(to.get(j - 1)) ? 0 : 1);
                now[j] = Math.min(replaced, 1 + Math.min(before[j], now[j - 1]));
            }
            before = now;
        }
        return before[to.size()];
    }
}
