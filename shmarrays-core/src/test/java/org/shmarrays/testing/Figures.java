package org.shmarrays.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * What a test of reliability has counted, left behind for the report at the end of the build: one file of {@code
 * name=value} lines for each test. Counts of the same name in several tests are added up there; a name that begins with
 * {@code longest} gives the greatest.
 */
public final class Figures {
    private final Path file;
    private final Map<String, Long> values = new TreeMap<>();

    private Figures(final Path file) {
        this.file = file;
    }

    /** The figures of a test; those of its last run are gone. */
    public static Figures of(final Class<?> test) {
        return new Figures(Path.of("target", "reliability", test.getSimpleName() + ".properties"));
    }

    /** The figures of one of several methods of a test. */
    public static Figures of(final Class<?> test, final String method) {
        return new Figures(Path.of("target", "reliability", test.getSimpleName() + "-" + method + ".properties"));
    }

    /** Sets a figure, and writes all of them. Call it before anything is asserted, so that a bad figure is seen too. */
    public synchronized void put(final String name, final long value) {
        values.put(name, value);
        try {
            Files.createDirectories(file.getParent());
            Files.writeString(
                    file,
                    values.entrySet().stream()
                            .map(entry -> entry.getKey() + "=" + entry.getValue() + "\n")
                            .collect(Collectors.joining()));
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
