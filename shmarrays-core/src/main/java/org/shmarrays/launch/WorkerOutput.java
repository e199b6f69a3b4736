package org.shmarrays.launch;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;

/**
 * Where the output of all workers comes together: two streams and one lock over both, because both may be one terminal. What
 * is written in one call stands together. Any thread may use it.
 */
final class WorkerOutput {
    private final PrintStream out;
    private final PrintStream err;

    WorkerOutput(final PrintStream out, final PrintStream err) {
        this.out = out;
        this.err = err;
    }

    PrintStream out() {
        return out;
    }

    PrintStream err() {
        return err;
    }

    /** Writes whole lines to one of the two streams. */
    synchronized void write(final PrintStream stream, final ByteArrayOutputStream lines) {
        stream.write(lines.toByteArray(), 0, lines.size());
        stream.flush();
    }

    /** Tells the user what the launcher itself has to say. */
    synchronized void say(final String sentence) {
        err.println("[launcher] " + sentence);
        err.flush();
    }

    /** The charset in which a JVM in our locale writes to a pipe. */
    static Charset charset() {
        final String name = System.getProperty("native.encoding");
        return name != null && Charset.isSupported(name) ? Charset.forName(name) : StandardCharsets.UTF_8;
    }
}
