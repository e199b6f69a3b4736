package org.shmarrays.launch;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/**
 * Where the output of all workers comes together: two streams and one lock over both, because both may be one terminal,
 * and the log. What is written in one call stands together. Any thread may use it.
 */
final class WorkerOutput {
    /** The charset in which a JVM in our locale writes to a pipe. */
    static final Charset CHARSET = charset();

    private final PrintStream out;
    private final PrintStream err;
    private final boolean isQuiet;
    private final RunLog log;
    private final boolean isRedirected;

    /** Output to two streams alone. */
    WorkerOutput(final PrintStream out, final PrintStream err) {
        this(out, err, false, null, false);
    }

    /**
     * Output to two streams and a log.
     *
     * @param isQuiet whether the launcher's own sentences go only to the log
     * @param log null where there is none
     * @param isRedirected whether what the workers print goes only to the log
     */
    WorkerOutput(
            final PrintStream out,
            final PrintStream err,
            final boolean isQuiet,
            final RunLog log,
            final boolean isRedirected) {
        this.out = out;
        this.err = err;
        this.isQuiet = isQuiet;
        this.log = log;
        this.isRedirected = isRedirected;
    }

    PrintStream out() {
        return out;
    }

    PrintStream err() {
        return err;
    }

    /** The log, or null. */
    RunLog log() {
        return log;
    }

    /** Writes whole lines to one of the two streams, unless they are in the log, and only there. */
    synchronized void write(final PrintStream stream, final ByteArrayOutputStream lines) {
        if (isRedirected && !log.hasFailed()) {
            return;
        }
        stream.write(lines.toByteArray(), 0, lines.size());
        stream.flush();
    }

    /** Tells the user what the launcher itself has to say. */
    synchronized void say(final String sentence) {
        event(LogEvent.of("message").with("text", sentence));
        if (!isQuiet) {
            err.println("[launcher] " + sentence);
            err.flush();
        }
    }

    /** Says that a worker was killed because it did not end within the grace. */
    void sayKilled(final int rank, final long pid, final Duration grace) {
        say("worker " + rank + " (pid " + pid + ") did not end within " + grace.toMillis()
                + " ms of SIGTERM and was killed");
    }

    /** Appends an event to the log, if there is one. */
    void event(final LogEvent event) {
        if (log != null) {
            log.event(event);
        }
    }

    private static Charset charset() {
        final String name = System.getProperty("native.encoding");
        return name != null && Charset.isSupported(name) ? Charset.forName(name) : StandardCharsets.UTF_8;
    }
}
