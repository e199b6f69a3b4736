package org.shmarrays.launch;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.shmarrays.internal.worker.WorkerEnvironment;

/** One started process of a rank, with the threads that copy its output. */
final class WorkerProcess {
    private final int rank;
    private final Process process;
    private final LastLines lastLines = new LastLines();
    private final LastError lastError = new LastError();
    private final WorkerLog log;
    private final long startNs = System.nanoTime();

    /** Held and never written: its end tells the worker that the launcher is gone, see LauncherPipe. */
    private final OutputStream launcherPipe;

    private final Thread outCopier;
    private final Thread errCopier;

    private WorkerProcess(final int rank, final Process process, final WorkerOutput output, final WorkerLog log) {
        this.rank = rank;
        this.process = process;
        this.launcherPipe = process.getOutputStream();
        this.log = log;
        this.outCopier = copier(
                process.getInputStream(),
                new LinePrefixer(rank, output, output.out(), new StreamRecord("out", lastLines, lastError, log)));
        this.errCopier = copier(
                process.getErrorStream(),
                new LinePrefixer(rank, output, output.err(), new StreamRecord("err", lastLines, lastError, log)));
    }

    /**
     * Starts it.
     *
     * @param attempt how many processes this rank had before
     */
    static WorkerProcess start(
            final WorkerPlan plan,
            final WorkerEnvironment environment,
            final Path mayCreate,
            final WorkerOutput output,
            final int attempt)
            throws IOException {
        final Process process = plan.processBuilder(environment, mayCreate).start();
        try {
            final WorkerProcess worker = new WorkerProcess(
                    environment.rank(),
                    process,
                    output,
                    output.log() == null ? null : output.log().worker(environment.rank(), attempt));
            worker.outCopier.start();
            worker.errCopier.start();
            return worker;
        } catch (final Throwable e) {
            process.destroyForcibly(); // no thread would read what it writes, or end it
            throw e;
        }
    }

    int rank() {
        return rank;
    }

    long pid() {
        return process.pid();
    }

    /** The last lines that it wrote, of both its streams. */
    List<String> lastLines() {
        return lastLines.lines();
    }

    /** The error that most likely ended it. */
    LastError lastError() {
        return lastError;
    }

    /** The file of its output; null where there is no log. */
    Path logFile() {
        return log == null ? null : log.file();
    }

    /** Time since its start. */
    Duration age() {
        return Duration.ofNanos(System.nanoTime() - startNs);
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /**
     * Sends SIGTERM. Not by Process.destroy(), which closes our ends of the pipes: the worker's last words would be
     * lost.
     */
    void terminate() {
        process.toHandle().destroy();
    }

    /** Sends SIGKILL. */
    void kill() {
        process.toHandle().destroyForcibly();
    }

    int awaitExit() {
        while (true) {
            try {
                return process.waitFor();
            } catch (final InterruptedException e) {
                // Only the group's own threads call this, and these are never interrupted.
            }
        }
    }

    /**
     * Waits until the output is copied, which a process that the worker left behind with its pipes may prevent for
     * ever.
     */
    void awaitOutput(final Duration timeout) {
        try {
            outCopier.join(timeout.toMillis());
            errCopier.join(timeout.toMillis());
            launcherPipe.close();
        } catch (final InterruptedException | IOException e) {
            // The group's own threads are never interrupted, and the pipe's other end has gone with the process.
        }
    }

    private static Thread copier(final InputStream stream, final LinePrefixer prefixer) {
        final Runnable copy = () -> {
            try {
                try {
                    prefixer.copy(stream);
                } finally {
                    stream.transferTo(OutputStream.nullOutputStream()); // the worker must never wait for a reader
                }
            } catch (final IOException e) {
                // The process has ended and its pipe was closed: the end of the stream in other words.
            }
        };
        return daemon("shmarrays-output", copy);
    }

    static Thread daemon(final String name, final Runnable task) {
        final Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        return thread;
    }
}
