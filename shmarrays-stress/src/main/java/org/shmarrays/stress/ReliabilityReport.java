package org.shmarrays.stress;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * What a build has measured of the reliability, put together from the figures that its tests left as
 * {@code MODULE/target/reliability/TEST.properties}. Equal names are added up; of a name that begins with {@code longest} the
 * greatest counts. A figure that no test of this build has left is not in it.
 */
public final class ReliabilityReport {
    /** The figures that a whole build has, in the report's order; others follow them by name. */
    private static final List<String> NAMES = List.of(
            "kills",
            "killsMidUpdate",
            "killsMidRepair",
            "killPoints",
            "modelStates",
            "recoveries",
            "longestStallMs",
            "mutants",
            "jvmCrashes",
            "lostUpdates",
            "tornReads",
            "jcstressTests",
            "jcstressSamples");

    private static final String GREATEST = "longest";

    private final Map<String, Long> figures = new TreeMap<>();

    private ReliabilityReport() {}

    /**
     * Collects the figures of a project's modules.
     *
     * @param began when the build began: older files are those of an earlier one, and do not count
     * @throws IllegalArgumentException if a figure is no number
     */
    static ReliabilityReport of(final Path project, final Instant began) throws IOException {
        final ReliabilityReport report = new ReliabilityReport();
        for (final Path module : list(project)) {
            for (final Path file : list(module.resolve("target").resolve("reliability"))) {
                if (file.toString().endsWith(".properties")
                        && !Files.getLastModifiedTime(file).toInstant().isBefore(began)) {
                    report.add(file);
                }
            }
        }
        return report;
    }

    private static List<Path> list(final Path directory) throws IOException {
        if (!Files.isDirectory(directory)) {
            return List.of();
        }
        try (Stream<Path> entries = Files.list(directory)) {
            return entries.sorted().toList();
        }
    }

    private void add(final Path file) throws IOException {
        final Properties properties = new Properties();
        try (Reader reader = Files.newBufferedReader(file)) {
            properties.load(reader);
        }
        for (final String name : properties.stringPropertyNames()) {
            try {
                final long value = Long.parseLong(properties.getProperty(name).strip());
                figures.merge(name, value, name.startsWith(GREATEST) ? Math::max : Math::addExact);
            } catch (final NumberFormatException e) {
                throw new IllegalArgumentException(
                        "a figure is no number: file=" + file + ", " + name + "=" + properties.getProperty(name), e);
            }
        }
    }

    /** One line of JSON. */
    String json() {
        final List<String> names = new ArrayList<>(NAMES);
        figures.keySet().stream().filter(name -> !NAMES.contains(name)).forEach(names::add);
        names.removeIf(name -> !figures.containsKey(name));
        return names.stream()
                .map(name -> "\"" + name + "\":" + figures.get(name))
                .reduce((left, right) -> left + "," + right)
                .map(fields -> "{" + fields + "}")
                .orElse("{}");
    }

    /** The names of a whole build's figures that this one has not. */
    List<String> missing() {
        return NAMES.stream().filter(name -> !figures.containsKey(name)).toList();
    }

    /** Writes it to {@code target/reliability.json} of a project. */
    void write(final Path project) throws IOException {
        final Path target = Files.createDirectories(project.resolve("target"));
        Files.writeString(target.resolve("reliability.json"), json() + "\n");
    }

    /**
     * Writes the report, and prints it.
     *
     * @param arguments the project's directory, and when the build began, in ms since 1970
     */
    public static void main(final String... arguments) throws IOException {
        final Path project = Path.of(arguments[0]);
        final ReliabilityReport report = of(project, Instant.ofEpochMilli(Long.parseLong(arguments[1])));
        report.write(project);
        System.out.println(report.json());
        if (!report.missing().isEmpty()) {
            System.out.println("not measured in this build: " + String.join(", ", report.missing()));
        }
    }
}
