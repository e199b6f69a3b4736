package org.shmarrays.testing;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedWriter;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/**
 * A Python process of a test, with numpy and {@code python/shmarrays.py}. Where no Python has numpy, the test is skipped;
 * with {@code CI=true} in the environment it fails instead.
 */
public final class Python implements AutoCloseable {
    private static final String PROBE = "import sys, numpy; sys.exit(sys.version_info < (3, 9))";
    private static final Path MODULES = Path.of("..", "python").toAbsolutePath().normalize();

    private static Path interpreter;

    private final Process process;
    private final BufferedWriter input;
    private final Path output;

    private Python(final Process process, final Path output) {
        this.process = process;
        this.input = process.outputWriter(UTF_8);
        this.output = output;
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
        try {
            final Path output = Files.createTempFile("shmarrays-python-", ".txt");
            final ProcessBuilder builder = new ProcessBuilder(command)
                    .directory(MODULES.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile());
            builder.environment().put("PYTHONPATH", MODULES.toString());
            builder.environment().put("PYTHONDONTWRITEBYTECODE", "1");
            builder.environment().put("PYTHONUNBUFFERED", "1");
            builder.environment().put("PYTHONIOENCODING", "utf-8");
            return new Python(builder.start(), output);
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
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
                Assumptions.abort(message);
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

    public long pid() {
        return process.pid();
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

    public String output() {
        try {
            return Files.readString(output);
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Waits until it has written a line that contains this. */
    public void awaitLine(final String text) {
        Await.until("line with " + text, () -> {
            if (!process.isAlive() && !output().contains(text)) {
                throw new AssertionError("ended without a line with " + text + ":\n" + output());
            }
            return output().contains(text);
        });
    }

    private int awaitExit() {
        try {
            if (!process.waitFor(Await.DEADLINE.toSeconds(), TimeUnit.SECONDS)) {
                throw new AssertionError("does not end: " + output());
            }
            return process.exitValue();
        } catch (final InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** Waits for its end, and returns what it wrote; fails with that unless it ended well. */
    public String awaitSuccess() {
        if (awaitExit() != 0) {
            throw new AssertionError("exit code " + process.exitValue() + ":\n" + output());
        }
        return output();
    }

    /** Kills it, and waits for its end. */
    @Override
    public void close() {
        process.destroyForcibly();
        awaitExit();
        try {
            Files.deleteIfExists(output);
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
