package org.shmarrays.testing;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.shmarrays.internal.launch.JvmFlags;

/** One JVM of a test, without a launcher: it may be stopped and killed, and others are not ended with it. */
public final class Jvm extends Child {
    private Jvm(final List<String> command, final int rank, final int worldSize) {
        super(
                command,
                null,
                Map.of(
                        "SHMARRAYS_RANK", Integer.toString(rank),
                        "SHMARRAYS_WORLD_SIZE", Integer.toString(worldSize)));
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
        command.addAll(ClassArchive.ofThisJvm().flags());
        command.addAll(List.of("-cp", ClassArchive.ofThisJvm().classPath()));
        command.add(mainClass.getName());
        command.addAll(List.of(arguments));
        return new Jvm(command, rank, worldSize);
    }

    /** Sends a signal, named as kill(1) has it. */
    public void signal(final String name) {
        Signals.send(pid(), name);
    }
}
