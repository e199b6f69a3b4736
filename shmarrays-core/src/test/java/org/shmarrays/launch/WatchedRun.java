package org.shmarrays.launch;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import org.shmarrays.Settings;
import org.shmarrays.testing.Await;
import org.shmarrays.testing.ClassArchive;
import org.shmarrays.testing.Signals;

/** A run on the segment {@code w}, whose output is kept, and of which no worker outlives its test. */
final class WatchedRun implements AutoCloseable {
    private final Path directory;
    private final ByteArrayOutputStream output = new ByteArrayOutputStream();
    private WorkerGroup group;

    WatchedRun(final Path directory) {
        this.directory = directory;
    }

    Settings settings() {
        return Settings.fromProperties().withDirectory(directory).withSlots(8);
    }

    /** A launcher of small JVMs, for the test to add to. They end by SIGTERM, however slow the machine is. */
    Launcher launcher(final Class<?> mainClass, final int workers, final String... arguments) {
        final PrintStream stream = new PrintStream(output, true, UTF_8);
        return ClassArchive.startingFast(Launcher.ofMainClass(mainClass.getName(), arguments))
                .workers(workers)
                .segmentName("w")
                .heap("64m")
                .grace(Await.DEADLINE)
                .jvmArgument("-XX:+UseSerialGC")
                .jvmArgument("-Dshmarrays.directory=" + directory)
                .jvmArgument("-Dshmarrays.lock.timeout=60s")
                .output(stream, stream);
    }

    void launch(final Launcher launcher) {
        group = launcher.launch();
    }

    WorkerGroup group() {
        return group;
    }

    String output() {
        return output.toString(UTF_8);
    }

    @Override
    public void close() {
        if (group != null) {
            group.pids().stream().filter(Await::isRunning).forEach(pid -> Signals.send(pid, "KILL"));
            group.stop();
        }
    }
}
