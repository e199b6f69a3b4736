package org.shmarrays.spark;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A Master or a Worker: its process, the processes that it has started, and its log. */
final class SparkProcess {
    private static final int TAIL_LINES = 40;

    private final Process process;
    private final Path log;

    private SparkProcess(final Process process, final Path log) {
        this.process = process;
        this.log = log;
    }

    /** Starts it with its output in a new file. */
    static SparkProcess start(final ProcessBuilder builder, final Path log) throws IOException {
        return new SparkProcess(
                builder.redirectErrorStream(true)
                        .redirectOutput(log.toFile())
                        .redirectInput(ProcessBuilder.Redirect.from(
                                Path.of("/dev/null").toFile()))
                        .start(),
                log);
    }

    /** Waits until its log has a line that contains this pattern, and returns the pattern's first group. */
    String awaitInLog(final Pattern pattern) {
        final Matcher[] found = new Matcher[1];
        Await.until(
                "line with " + pattern,
                () -> {
                    final boolean ended = !process.isAlive();
                    found[0] = pattern.matcher(read(log));
                    if (found[0].find()) {
                        return true;
                    }
                    if (ended) {
                        throw new AssertionError("ended without a line with " + pattern + "\n" + tail());
                    }
                    return false;
                },
                this::tail);
        return found[0].groupCount() == 0 ? found[0].group() : found[0].group(1);
    }

    ProcessHandle handle() {
        return process.toHandle();
    }

    /** The processes that it has started and that run: of a Worker, its executors. */
    List<ProcessHandle> children() {
        return process.children().filter(Await::isRunning).toList();
    }

    /**
     * Kills it and its descendants, if it runs. It is stopped first, so that it neither starts others nor reports their
     * end.
     */
    void killTree() {
        if (!process.isAlive()) {
            return;
        }
        signal("STOP");
        final List<ProcessHandle> tree = Stream.concat(process.descendants(), Stream.of(process.toHandle()))
                .toList();
        tree.forEach(SparkProcess::kill);
        Await.until(
                "end of the processes of " + log.getFileName(),
                () -> tree.stream().noneMatch(Await::isRunning),
                this::tail);
    }

    /** Kills a process by SIGKILL. */
    static void kill(final ProcessHandle process) {
        process.destroyForcibly();
    }

    private void signal(final String name) {
        try {
            new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start()
                    .waitFor();
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        } catch (final InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    String tail() {
        return tail(log);
    }

    /** The last lines of a log, below its name. */
    static String tail(final Path log) {
        final List<String> lines = read(log).lines().toList();
        return lines.stream()
                .skip(Math.max(0, lines.size() - TAIL_LINES))
                .collect(Collectors.joining("\n", "--- the end of " + log + "\n", "\n"));
    }

    private static String read(final Path log) {
        try {
            return new String(Files.readAllBytes(log), UTF_8);
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
