package org.shmarrays.console;

import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.shmarrays.internal.output.Destination;
import org.shmarrays.internal.output.IoFailure;

/**
 * Standard output of a program that ends as GNU's tools do when it can't be written to: with exit code 1 and one
 * sentence on a full disk, and silently, with the code of a process that SIGPIPE ended, as soon as a pipe's reader has
 * gone. {@link System#out} alone drops both. For any thread.
 */
public final class StandardOutput {
    /** 128 + SIGPIPE. */
    public static final int BROKEN_PIPE = 141;

    private static final int FAILED = 1;
    private static final Path DESCRIPTOR = Path.of("/proc/self/fd/1");

    private static volatile StandardOutput installed;

    private final Recorder recorder;
    private final PrintStream stream;

    private StandardOutput(final OutputStream target) {
        recorder = new Recorder(target);
        stream = new PrintStream(new BufferedOutputStream(recorder), true, charset());
    }

    /** Puts it in the place of {@link System#out}; for the first line of a program's {@code main}. */
    public static StandardOutput install() {
        final StandardOutput output = new StandardOutput(new FileOutputStream(FileDescriptor.out));
        System.setOut(output.stream);
        installed = output;
        return output;
    }

    /**
     * True if standard output is installed and something could not be written: {@link #exitCode} then says all that
     * there is to say.
     */
    public static boolean hasFailed() {
        final StandardOutput output = installed;
        return output != null && output.recorder.failure != null;
    }

    /** True if the file is another name of standard output, to which nothing else should be printed then. */
    public static boolean isNamedBy(final Path file) {
        try {
            return Destination.of(file).isStandardOutput();
        } catch (final IOException e) {
            return false;
        }
    }

    /** That of System.out, which doesn't tell its charset before Java 18. */
    private static Charset charset() {
        for (final String property : List.of("stdout.encoding", "sun.stdout.encoding", "native.encoding")) {
            final String name = System.getProperty(property);
            if (name != null && Charset.isSupported(name)) {
                return Charset.forName(name);
            }
        }
        return Charset.defaultCharset();
    }

    /**
     * The exit code of a program that would end with {@code exitCode} if everything had been written. Says so on
     * {@code err} if not.
     */
    public int exitCode(final int exitCode, final PrintWriter err) {
        stream.flush();
        final IOException failure = recorder.failure;
        if (failure == null) {
            return exitCode;
        }
        if (isBrokenPipe(failure)) {
            return BROKEN_PIPE;
        }
        err.println("shmarrays: write error: " + IoFailure.describe(failure));
        err.flush();
        return exitCode == 0 ? FAILED : exitCode;
    }

    /**
     * The message is in the user's language, so what the descriptor is counts too: nothing else goes wrong with a pipe.
     */
    private static boolean isBrokenPipe(final IOException failure) {
        if ("Broken pipe".equals(failure.getMessage())) {
            return true;
        }
        try {
            final String what = Files.readSymbolicLink(DESCRIPTOR).toString();
            return what.startsWith("pipe:") || what.startsWith("socket:");
        } catch (final IOException e) {
            return false;
        }
    }

    /** Keeps the first failure, which a PrintStream forgets. */
    private static final class Recorder extends OutputStream {
        private final OutputStream target;
        private volatile IOException failure;

        Recorder(final OutputStream target) {
            this.target = target;
        }

        @Override
        public void write(final int b) throws IOException {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(final byte[] bytes, final int offset, final int length) throws IOException {
            if (failure != null) {
                throw failure; // what would come now had a hole before it
            }
            try {
                target.write(bytes, offset, length);
            } catch (final IOException e) {
                failure = e;
                if (isBrokenPipe(e)) {
                    // Not by this thread, which holds locks that hooks may want.
                    new Thread(() -> System.exit(BROKEN_PIPE), "shmarrays-broken-pipe").start();
                }
                throw e;
            }
        }
    }
}
