package org.shmarrays.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A process of a test, whose output goes to a file. Closing kills it. */
abstract class Child implements AutoCloseable {
    private final Process process;
    private final Path output;

    /**
     * Starts a command.
     *
     * @param directory where it starts, or null for this process's own
     * @param variables that its environment has besides this process's
     */
    Child(final List<String> command, final Path directory, final Map<String, String> variables) {
        try {
            output = Files.createTempFile("shmarrays-child-", ".txt");
            final ProcessBuilder builder = new ProcessBuilder(command)
                    .directory(directory == null ? null : directory.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile());
            builder.environment().putAll(variables);
            process = builder.start();
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    final Process process() {
        return process;
    }

    public final long pid() {
        return process.pid();
    }

    public final String output() {
        try {
            return Files.readString(output);
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Waits until it has written a line that contains this. */
    public final void awaitLine(final String text) {
        Await.until("line with " + text, () -> {
            if (!process.isAlive() && !output().contains(text)) {
                throw new AssertionError("ended without a line with " + text + ":\n" + output());
            }
            return output().contains(text);
        });
    }

    /** Waits for its end. */
    public final int awaitExit() {
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
    public final String awaitSuccess() {
        if (awaitExit() != 0) {
            throw new AssertionError("exit code " + process.exitValue() + ":\n" + output());
        }
        return output();
    }

    /** Kills it, and waits for its end. */
    public final void kill() {
        process.destroyForcibly();
        awaitExit();
    }

    @Override
    public final void close() {
        kill();
        try {
            Files.deleteIfExists(output);
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
