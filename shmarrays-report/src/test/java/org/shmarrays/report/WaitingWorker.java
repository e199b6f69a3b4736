package org.shmarrays.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;
import org.shmarrays.internal.launch.JvmFlags;
import org.shmarrays.worker.Worker;

/** A process with rank 1 of 2 that joins a segment and does nothing. Closing kills it; it ends with the test, too. */
final class WaitingWorker implements AutoCloseable {
    private static final String JOINED = "joined";

    private final Process process;

    private WaitingWorker(final Process process) {
        this.process = process;
    }

    /** Starts a worker, and returns when it has joined. */
    static WaitingWorker start(final Path directory, final String segment) throws IOException {
        final Path output = Files.createTempFile(directory, "worker", ".txt");
        final List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(JvmFlags.ofThisJvm());
        command.addAll(List.of("-Xmx128m", "-XX:+UseSerialGC", "-Dshmarrays.directory=" + directory));
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), WaitingWorker.class.getName(), segment));
        final ProcessBuilder builder =
                new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile());
        builder.environment().put("SHMARRAYS_RANK", "1");
        builder.environment().put("SHMARRAYS_WORLD_SIZE", "2");
        final WaitingWorker worker = new WaitingWorker(builder.start());
        try {
            Await.until("the worker joins", () -> worker.hasJoined(output));
        } catch (final AssertionError e) {
            worker.close();
            throw e;
        }
        return worker;
    }

    private boolean hasJoined(final Path output) {
        final boolean isAlive = process.isAlive();
        try {
            final String text = Files.readString(output);
            if (!text.contains(JOINED) && !isAlive) {
                throw new AssertionError("the worker ended before it joined:\n" + text);
            }
            return text.contains(JOINED);
        } catch (final IOException e) {
            throw new AssertionError(e);
        }
    }

    long pid() {
        return process.pid();
    }

    /** Sends a signal, named as kill(1) has it. */
    void signal(final String name) throws IOException, InterruptedException {
        final int exitCode = new ProcessBuilder("kill", "-" + name, Long.toString(pid()))
                .start()
                .waitFor();
        if (exitCode != 0) {
            throw new AssertionError("kill -" + name + " " + pid() + " has failed: exitCode=" + exitCode);
        }
    }

    @Override
    public void close() {
        try {
            if (!process.destroyForcibly().waitFor(Await.DEADLINE.toSeconds(), TimeUnit.SECONDS)) {
                throw new AssertionError("a killed worker does not end: pid=" + pid());
            }
        } catch (final InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    public static void main(final String... arguments) throws IOException {
        try (ShmArrays arrays = ShmArrays.attach(Worker.join(), arguments[0], Settings.fromProperties())) {
            System.out.println(JOINED + " " + arrays.name());
            while (System.in.read() >= 0) {
                // Standard input ends when the test's process does.
            }
        }
    }
}
