package org.shmarrays;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What is written for users needs public packages alone. The modules for ND4J, DL4J and Spark are released with core;
 * they may use what is listed here, and this list may only shrink. ND4J's memory is computed on by the kernels of core.
 */
class BoundaryTest {
    private static final Path PROJECT = Path.of("..");
    private static final Pattern INTERNAL = Pattern.compile("org\\.shmarrays\\.internal[\\w.]*");
    private static final List<String> FOR_USERS = List.of(
            "shmarrays-spark-examples/src/main",
            "shmarrays-examples/src/main",
            "examples/template",
            "docs/guide",
            "README.md");

    @Test
    void shouldShowUsersNothingInternal() throws IOException {
        for (final String part : FOR_USERS) {
            assertThat(internals(part)).as(part).isEmpty();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "shmarrays-nd4j, kernel.KernelOperands kernel.OptimizerFormula kernel.ProductSums",
        "shmarrays-dl4j, Doors segment.PartitionAccess worker.LauncherPipe worker.WorkerEnvironment",
        "shmarrays-spark, worker.LauncherPipe"
    })
    void shouldUseOfTheMachineryWhatIsListed(final String module, final String listed) throws IOException {
        assertThat(internals(module + "/src/main"))
                .containsExactlyElementsOf(listed == null ? List.of() : List.of(listed.split(" ")));
    }

    private static SortedSet<String> internals(final String part) throws IOException {
        final SortedSet<String> types = new TreeSet<>();
        try (Stream<Path> files = Files.walk(PROJECT.resolve(part))) {
            for (final Path file : (Iterable<Path>) files.filter(BoundaryTest::isText)::iterator) {
                INTERNAL.matcher(Files.readString(file))
                        .results()
                        .map(match -> match.group().replace("org.shmarrays.internal.", ""))
                        .forEach(types::add);
            }
        }
        return types;
    }

    private static boolean isText(final Path file) {
        final String name = file.toString();
        return name.endsWith(".java") || name.endsWith(".md") || name.endsWith(".xml");
    }
}
