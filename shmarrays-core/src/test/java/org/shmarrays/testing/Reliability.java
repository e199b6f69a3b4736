package org.shmarrays.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.stream.Collectors;

/**
 * The figures of the tests that kill. Each test writes its part to {@code shmarrays-core/target/reliability}, and then puts
 * all parts that are there together, into {@code target/reliability.json} of the project: so the last one leaves the whole.
 */
public final class Reliability {
    public static final String KILLS = "kills";
    public static final String KILLS_MID_UPDATE = "killsMidUpdate";
    public static final String KILLS_MID_REPAIR = "killsMidRepair";
    public static final String KILL_POINTS = "killPoints";
    public static final String MODEL_STATES = "modelStates";
    public static final String RECOVERIES = "recoveries";
    public static final String LONGEST_STALL_MS = "longestStallMs";
    public static final String MUTANTS = "mutants";
    public static final String JVM_CRASHES = "jvmCrashes";
    public static final String LOST_UPDATES = "lostUpdates";
    public static final String TORN_READS = "tornReads";

    private static final List<String> NAMES = List.of(
            KILLS,
            KILLS_MID_UPDATE,
            KILLS_MID_REPAIR,
            KILL_POINTS,
            MODEL_STATES,
            RECOVERIES,
            LONGEST_STALL_MS,
            MUTANTS,
            JVM_CRASHES,
            LOST_UPDATES,
            TORN_READS);

    private Reliability() {}

    /** Reports a test's figures: the last call of a test that has passed. */
    public static void report(final String test, final Map<String, Long> figures) {
        try {
            final Path module = Path.of(System.getProperty("basedir", "")).toAbsolutePath();
            final Path parts = Files.createDirectories(module.resolve("target").resolve("reliability"));
            final Properties part = new Properties();
            figures.forEach((name, value) -> part.setProperty(name, Long.toString(value)));
            try (var out = Files.newBufferedWriter(parts.resolve(test + ".properties"))) {
                part.store(out, null);
            }
            final String all = merged(parts);
            final Path target = Files.createDirectories(module.getParent().resolve("target"));
            Files.writeString(target.resolve("reliability.json"), all + "\n");
            System.out.println("reliability: " + all);
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Figures add up, but the longest stall is the longest of all. */
    private static String merged(final Path parts) throws IOException {
        final Map<String, Long> sums = new LinkedHashMap<>();
        NAMES.forEach(name -> sums.put(name, 0L));
        try (DirectoryStream<Path> files = Files.newDirectoryStream(parts, "*.properties")) {
            for (final Path file : files) {
                final Properties part = new Properties();
                try (var in = Files.newBufferedReader(file)) {
                    part.load(in);
                }
                for (final String name : part.stringPropertyNames()) {
                    final long value = Long.parseLong(part.getProperty(name));
                    sums.merge(name, value, name.equals(LONGEST_STALL_MS) ? Math::max : Long::sum);
                }
            }
        }
        return sums.entrySet().stream()
                .map(figure -> "\"" + figure.getKey() + "\": " + figure.getValue())
                .collect(Collectors.joining(", ", "{", "}"));
    }
}
