package org.shmarrays.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;
import org.shmarrays.internal.launch.JvmFlags;
import org.shmarrays.status.SegmentStatus;

/** A command of the examples in a process of its own, with a directory of its own for segments. */
public final class ExampleProcess implements AutoCloseable {
    private final Path root;
    private final Path output;
    private final Process process;

    private ExampleProcess(final Path root, final Path output, final Process process) {
        this.root = root;
        this.output = output;
        this.process = process;
    }

    /** The command line of a process whose segments are below {@code root}. */
    public static List<String> commandLine(final Path root, final List<String> arguments) {
        final List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(JvmFlags.ofThisJvm());
        command.addAll(List.of(
                "-Dshmarrays.directory=" + root,
                "-cp",
                System.getProperty("java.class.path"),
                Examples.class.getName()));
        command.addAll(arguments);
        return command;
    }

    /** Starts a command. */
    public static ExampleProcess start(final Path root, final String... arguments) throws IOException {
        final Path output = Files.createTempFile(root, "output", ".txt");
        final Process process = new ProcessBuilder(commandLine(root, List.of(arguments)))
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        return new ExampleProcess(root, output, process);
    }

    /** Waits until the workers of a segment have taken so many steps. */
    public void awaitSteps(final String segment, final long steps) {
        awaitStatus(
                segment,
                status -> status.workers().stream()
                                .filter(worker -> worker.hasRank())
                                .mapToLong(worker -> worker.steps())
                                .sum()
                        >= steps);
    }

    /** Waits for a condition of a segment's status. */
    public void awaitStatus(final String segment, final Predicate<SegmentStatus> condition) {
        final Settings settings =
                Settings.fromProperties().withDirectory(root).withAttachTimeout(Duration.ofMinutes(1));
        try (ShmArrays arrays = ShmArrays.attachReadOnly(segment, settings)) {
            final SegmentStatus status = arrays.status();
            while (!condition.test(status)) {
                assertThat(process.isAlive()).as(output()).isTrue();
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
            }
        }
    }

    /** Sends SIGTERM to the command alone. */
    public void terminate() {
        process.toHandle().destroy();
    }

    /** The exit code, when the command has ended. */
    public int exitCode() throws InterruptedException {
        assertThat(process.waitFor(2, TimeUnit.MINUTES)).as(output()).isTrue();
        return process.exitValue();
    }

    /** What the command, and its workers, have printed. */
    public String output() {
        try {
            return Files.readString(output, StandardCharsets.UTF_8);
        } catch (final IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The process. */
    public ProcessHandle handle() {
        return process.toHandle();
    }

    @Override
    public void close() {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly().onExit().join();
    }
}
