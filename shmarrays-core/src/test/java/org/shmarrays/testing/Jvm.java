package org.shmarrays.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.shmarrays.launch.JvmFlags;

/** One JVM of a test, without a launcher: it may be stopped and killed, and others are not ended with it. */
public final class Jvm implements AutoCloseable {
    private final Process process;
    private final Path output;

    private Jvm(final Process process, final Path output) {
        this.process = process;
        this.output = output;
    }

    /** Starts a main class as rank 0 of 1, with the flags that this project needs. */
    public static Jvm start(final Class<?> mainClass, final Path directory, final String... arguments) {
        return start(JvmFlags.ofThisJvm(), 0, 1, mainClass, directory, arguments);
    }

    /** Starts a main class as a worker. */
    public static Jvm startWorker(
            final int rank,
            final int worldSize,
            final Class<?> mainClass,
            final Path directory,
            final String... arguments) {
        return start(JvmFlags.ofThisJvm(), rank, worldSize, mainClass, directory, arguments);
    }

    /** Starts a main class by a command that starts other commands, such as {@code unshare}. */
    public static Jvm startUnder(
            final List<String> wrapper, final Class<?> mainClass, final Path directory, final String... arguments) {
        return start(wrapper, JvmFlags.ofThisJvm(), 0, 1, mainClass, directory, arguments);
    }

    /** Starts a main class with other flags. */
    public static Jvm start(
            final List<String> flags,
            final int rank,
            final int worldSize,
            final Class<?> mainClass,
            final Path directory,
            final String... arguments) {
        return start(List.of(), flags, rank, worldSize, mainClass, directory, arguments);
    }

    private static Jvm start(
            final List<String> wrapper,
            final List<String> flags,
            final int rank,
            final int worldSize,
            final Class<?> mainClass,
            final Path directory,
            final String... arguments) {
        final List<String> command = new ArrayList<>(wrapper);
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(
                List.of("-Xmx128m", "-XX:+UseSerialGC", "-XX:-UsePerfData", "-Dshmarrays.directory=" + directory));
        command.addAll(List.of("-Dshmarrays.lock.timeout=60s", "-Dshmarrays.attach.timeout=60s"));
        command.addAll(flags);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), mainClass.getName()));
        command.addAll(List.of(arguments));
        try {
            final Path output = Files.createTempFile("shmarrays-jvm-", ".txt");
            final ProcessBuilder builder =
                    new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile());
            builder.environment().put("SHMARRAYS_RANK", Integer.toString(rank));
            builder.environment().put("SHMARRAYS_WORLD_SIZE", Integer.toString(worldSize));
            return new Jvm(builder.start(), output);
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public long pid() {
        return process.pid();
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

    /** Waits for its end. */
    public int awaitExit() {
        try {
            if (!process.waitFor(Await.DEADLINE.toSeconds(), TimeUnit.SECONDS)) {
                throw new AssertionError("does not end: " + output());
            }
            return process.exitValue();
        } catch (final InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** Waits for its end, and fails with its output unless that is a good one. */
    public void awaitSuccess() {
        if (awaitExit() != 0) {
            throw new AssertionError("exit code " + process.exitValue() + ":\n" + output());
        }
    }

    /** Sends a signal, named as kill(1) has it. */
    public void signal(final String name) {
        Signals.send(pid(), name);
    }

    /** Kills it, and waits for its end. */
    public void kill() {
        process.destroyForcibly();
        awaitExit();
    }

    @Override
    public void close() {
        kill();
        try {
            Files.deleteIfExists(output);
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
