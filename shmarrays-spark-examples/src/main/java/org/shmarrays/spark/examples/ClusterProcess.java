package org.shmarrays.spark.examples;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** A Master or a Worker of a {@link LocalCluster}, the processes that it started, and its log. */
final class ClusterProcess {
    private static final Duration START_TIMEOUT = Duration.ofMinutes(1);
    private static final Duration PAUSE = Duration.ofMillis(20);
    private static final int TAIL_LINES = 10;

    private final Process process;
    private final Path log;
    private final Set<ProcessHandle> tree = new HashSet<>();

    private ClusterProcess(final Process process, final Path log) {
        this.process = process;
        this.log = log;
    }

    /** Starts it with its output in a file, and a pipe as its input, which {@link ClusterMember} watches. */
    static ClusterProcess start(final ProcessBuilder builder, final Path log) throws IOException {
        return new ClusterProcess(
                builder.redirectErrorStream(true).redirectOutput(log.toFile()).start(), log);
    }

    /**
     * Waits for a line in the log.
     *
     * @return what the first group of the pattern has found
     * @throws IllegalStateException if it ends before, or takes too long
     */
    String awaitInLog(final Pattern pattern) throws IOException {
        final long startNs = System.nanoTime();
        while (true) {
            final boolean hasEnded = !process.isAlive();
            final Matcher matcher = pattern.matcher(read(log));
            if (matcher.find()) {
                return matcher.group(1);
            }
            if (hasEnded || System.nanoTime() - startNs > START_TIMEOUT.toNanos()) {
                throw new IllegalStateException("the cluster does not start: "
                        + (hasEnded ? "a process has ended" : "no answer for " + START_TIMEOUT.toSeconds() + " s")
                        + "; its last lines are:\n" + tail(log));
            }
            LockSupport.parkNanos(PAUSE.toNanos());
        }
    }

    long pid() {
        return process.pid();
    }

    /** Sends SIGTERM: a Worker then ends its executors, and these remove their segments. */
    synchronized void terminate() {
        findDescendants();
        process.toHandle().destroy();
    }

    /** Sends SIGKILL to the process and to all that it started. */
    synchronized void kill() {
        tree.forEach(ProcessHandle::destroyForcibly);
    }

    /**
     * Whether the process runs, or one that it started. A zombie does not: in a container nothing may reap an orphan.
     */
    synchronized boolean isRunning() {
        findDescendants();
        return tree.stream().anyMatch(ClusterProcess::isRunning);
    }

    /** Those of a process that has ended can't be found any more. */
    private void findDescendants() {
        tree.add(process.toHandle());
        process.descendants().forEach(tree::add);
    }

    private static boolean isRunning(final ProcessHandle handle) {
        return handle.isAlive() && handle.info().command().isPresent(); // a zombie has no program any more
    }

    /** The last lines of a log. */
    static String tail(final Path log) throws IOException {
        final List<String> lines = read(log).lines().toList();
        return lines.stream().skip(Math.max(0, lines.size() - TAIL_LINES)).collect(Collectors.joining("\n"));
    }

    private static String read(final Path log) throws IOException {
        return new String(Files.readAllBytes(log), UTF_8);
    }
}
