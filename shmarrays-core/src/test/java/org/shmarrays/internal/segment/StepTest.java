package org.shmarrays.internal.segment;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The steps have one name in the documentation, in the code and in the tests that kill there. */
class StepTest {
    private static final Path FORMAT = Path.of("..", "docs", "format");
    private static final Path SOURCES = Path.of("src", "main", "java");
    private static final Pattern NUMBERED = Pattern.compile("(?m)^(?:\\| |- )([A-Z]{1,2}\\d+)(?:[ ,.|])");
    private static final Pattern REACHED = Pattern.compile("Step\\.([A-Z]{1,2}\\d+)\\b");

    /** What readers do, who write nothing; a writer's steps under the names of undo.md; and rules (D, N). */
    private static final Pattern NO_STEPS_OF_A_WRITER = Pattern.compile("[QVWDN]\\d+");

    @Test
    void shouldBeThoseOfTheDocumentation() {
        final Set<String> documented = find(FORMAT, ".md", NUMBERED);
        documented.removeIf(NO_STEPS_OF_A_WRITER.asMatchPredicate());

        assertThat(names()).isEqualTo(documented);
    }

    @Test
    void shouldAllBeReachedInTheCode() {
        assertThat(find(SOURCES, ".java", REACHED)).isEqualTo(names());
    }

    private static Set<String> names() {
        return Arrays.stream(Step.values()).map(Step::name).collect(Collectors.toCollection(TreeSet::new));
    }

    private static Set<String> find(final Path directory, final String suffix, final Pattern pattern) {
        try (Stream<Path> files = Files.walk(directory)) {
            return files.filter(file -> file.toString().endsWith(suffix))
                    .flatMap(file -> pattern.matcher(read(file)).results().map(found -> found.group(1)))
                    .collect(Collectors.toCollection(TreeSet::new));
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String read(final Path file) {
        try {
            return Files.readString(file);
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
