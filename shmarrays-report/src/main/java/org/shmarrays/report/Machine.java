package org.shmarrays.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** What is worth telling of the machine that a run was made on. */
public final class Machine {
    private static final long KIBIBYTES_PER_MEBIBYTE = 1024;

    private Machine() {}

    /** Names and values for people. */
    public static Map<String, String> describe() {
        final Map<String, String> machine = new LinkedHashMap<>();
        machine.put("cores", Integer.toString(Runtime.getRuntime().availableProcessors()));
        find(Path.of("/proc/cpuinfo"), "model name").ifPresent(model -> machine.put("processor", model));
        find(Path.of("/proc/meminfo"), "MemTotal")
                .ifPresent(total -> machine.put(
                        "memory", Long.parseLong(total.replaceAll("\\D", "")) / KIBIBYTES_PER_MEBIBYTE + " MiB"));
        machine.put("system", property("os.name") + " " + property("os.version") + ", " + property("os.arch"));
        machine.put("JDK", property("java.runtime.version") + ", " + property("java.vendor"));
        return machine;
    }

    private static String property(final String name) {
        return System.getProperty(name, "?");
    }

    private static Optional<String> find(final Path file, final String key) {
        if (!Files.isReadable(file)) {
            return Optional.empty();
        }
        try (Stream<String> lines = Files.lines(file)) {
            return lines.filter(line -> line.startsWith(key))
                    .map(line -> line.substring(line.indexOf(':') + 1).strip())
                    .findFirst();
        } catch (final IOException e) {
            return Optional.empty(); // a nicety only
        }
    }
}
