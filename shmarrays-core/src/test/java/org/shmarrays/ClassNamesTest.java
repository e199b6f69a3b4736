package org.shmarrays;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** No two classes of the modules have one name: a reader who sees a name knows which class it is. */
class ClassNamesTest {
    private static final Path PROJECT = Path.of("..");

    @Test
    void shouldStandOnce() throws IOException {
        final Map<String, List<String>> modulesByName = new TreeMap<>();
        for (final Path module : modules()) {
            try (Stream<Path> files = Files.walk(module.resolve("src/main"))) {
                files.map(file -> file.getFileName().toString())
                        .filter(name -> name.endsWith(".java") && !name.equals("package-info.java"))
                        .forEach(name -> modulesByName
                                .computeIfAbsent(name, key -> new ArrayList<>())
                                .add(module.getFileName().toString()));
            }
        }

        assertThat(modulesByName).hasSizeGreaterThan(500);
        assertThat(modulesByName.entrySet())
                .allSatisfy(
                        entry -> assertThat(entry.getValue()).as(entry.getKey()).hasSize(1));
    }

    private static List<Path> modules() throws IOException {
        try (Stream<Path> directories = Files.list(PROJECT)) {
            return directories
                    .filter(directory -> directory.getFileName().toString().startsWith("shmarrays-"))
                    .filter(directory -> Files.isDirectory(directory.resolve("src/main")))
                    .toList();
        }
    }
}
