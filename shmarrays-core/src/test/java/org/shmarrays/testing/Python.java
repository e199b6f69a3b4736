package org.shmarrays.testing;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedWriter;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/**
 * A Python process of a test, with numpy and {@code python/shmarrays.py}. Where no Python has numpy, the test is skipped;
 * with {@code CI=true} in the environment it fails instead.
 */
public final class Python extends Child {
    private static final String PROBE = "import sys, numpy; sys.exit(sys.version_info < (3, 9))";
    private static final Path MODULES = Path.of("..", "python").toAbsolutePath().normalize();

    private static Path interpreter;

    private final BufferedWriter input;

    private Python(final List<String> command) {
        super(
                command,
                MODULES,
                Map.of(
                        "PYTHONPATH", MODULES.toString(),
                        "PYTHONDONTWRITEBYTECODE", "1",
                        "PYTHONUNBUFFERED", "1",
                        "PYTHONIOENCODING", "utf-8"));
        this.input = process().outputWriter(UTF_8);
    }

    /** Starts it with these arguments: a script's path, or {@code -c} and a program, and what that gets. */
    public static Python start(final String... arguments) {
        return start(interpreter(), arguments);
    }

    /** Runs it to its end, and returns what it wrote; fails with that unless it ended well. */
    public static String run(final String... arguments) {
        try (Python python = start(arguments)) {
            return python.awaitSuccess();
        }
    }

    private static Python start(final Path interpreter, final String... arguments) {
        final List<String> command = new ArrayList<>(List.of(interpreter.toString()));
        command.addAll(List.of(arguments));
        return new Python(command);
    }

    /** The first of the usual Pythons that has numpy. */
    private static synchronized Path interpreter() {
        if (interpreter == null) {
            final List<Path> tried = candidates();
            interpreter = tried.stream().filter(Python::hasNumpy).findFirst().orElse(null);
            if (interpreter == null) {
                final String message =
                        "no Python 3.9 or newer with numpy: tried=" + tried + "; Debian's package python3-numpy has it";
                if ("true".equals(System.getenv("CI"))) {
                    throw new AssertionError(message);
                }
                Assumptions.abort("a machine without numpy can't compare with it (CI fails): " + message);
            }
        }
        return interpreter;
    }

    private static List<Path> candidates() {
        final String path = System.getenv().getOrDefault("PATH", "");
        final Stream<Path> ofPath = Stream.of(path.split(File.pathSeparator))
                .flatMap(directory -> Stream.of("python3", "python").map(name -> Path.of(directory, name)));
        return Stream.concat(ofPath, Stream.of(Path.of("/usr/bin/python3")))
                .filter(Files::isExecutable)
                .distinct()
                .toList();
    }

    private static boolean hasNumpy(final Path candidate) {
        try (Python python = start(candidate, "-c", PROBE)) {
            return python.awaitExit() == 0;
        }
    }

    /** Writes a line to its standard input. */
    public void say(final String line) {
        try {
            input.write(line + "\n");
            input.flush();
        } catch (final IOException e) {
            throw new AssertionError("does not listen: " + output(), e);
        }
    }
}
