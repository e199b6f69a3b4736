package org.shmarrays.testing;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import org.shmarrays.launch.GroupResult;
import org.shmarrays.launch.Launcher;
import org.shmarrays.launch.WorkerGroup;

/** Worker JVMs of a test: the main class is mostly nested in the test's class. */
public final class Workers implements AutoCloseable {
    private final ByteArrayOutputStream output = new ByteArrayOutputStream();
    private final WorkerGroup group;

    private Workers(
            final Class<?> mainClass,
            final int count,
            final Path directory,
            final List<String> jvmArguments,
            final String... arguments) {
        final PrintStream stream = new PrintStream(output, true, UTF_8);
        final Launcher launcher = ClassArchive.startingFast(Launcher.ofMainClass(mainClass.getName(), arguments))
                .workers(count)
                .heap("128m")
                .jvmArgument("-XX:+UseSerialGC")
                .jvmArgument("-Dshmarrays.directory=" + directory)
                .jvmArgument("-Dshmarrays.lock.timeout=60s")
                .jvmArgument("-Dshmarrays.attach.timeout=60s")
                .output(stream, stream);
        jvmArguments.forEach(launcher::jvmArgument);
        this.group = launcher.launch();
    }

    /** Starts workers whose segments stand in a directory. */
    public static Workers start(
            final Class<?> mainClass, final int count, final Path directory, final String... arguments) {
        return new Workers(mainClass, count, directory, List.of(), arguments);
    }

    /** Starts workers with further arguments of the JVM, which win over those that all workers get. */
    public static Workers startWith(
            final List<String> jvmArguments,
            final Class<?> mainClass,
            final int count,
            final Path directory,
            final String... arguments) {
        return new Workers(mainClass, count, directory, jvmArguments, arguments);
    }

    /** Runs workers to their end, and returns what they wrote, each line behind its rank. */
    public static String run(
            final Class<?> mainClass, final int count, final Path directory, final String... arguments) {
        try (Workers workers = start(mainClass, count, directory, arguments)) {
            return workers.awaitSuccess();
        }
    }

    /** Waits for the end of all; fails with their output if one failed. */
    public String awaitSuccess() {
        final GroupResult result = awaitEnd();
        if (!result.isSuccess()) {
            throw new AssertionError(result.failure() + ":\n" + output());
        }
        return output();
    }

    /** Waits for the end of all. */
    public GroupResult awaitEnd() {
        try {
            return group.await(Await.DEADLINE)
                    .orElseThrow(() -> new AssertionError("workers do not end:\n" + output()));
        } catch (final InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** Waits until some worker has written a line that contains this. */
    public void awaitLine(final String text) {
        Await.until("line with " + text, () -> {
            if (!output().contains(text) && group.pids().stream().noneMatch(Await::isRunning)) {
                throw new AssertionError("workers ended without a line with " + text + ":\n" + output());
            }
            return output().contains(text);
        });
    }

    public String output() {
        return output.toString(UTF_8);
    }

    public long pid(final int rank) {
        return group.pids().get(rank);
    }

    /** Sends a signal, named as kill(1) has it. */
    public void signal(final int rank, final String name) {
        Signals.send(pid(rank), name);
    }

    /** Ends those that still run. */
    @Override
    public void close() {
        group.pids().stream().filter(Await::isRunning).forEach(pid -> Signals.send(pid, "KILL"));
        group.stop();
    }
}
