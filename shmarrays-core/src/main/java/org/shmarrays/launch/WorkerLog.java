package org.shmarrays.launch;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.function.BiConsumer;

/**
 * The log file of one process: the lines of both its streams in the order in which they were read, each after its time
 * and the name of its stream. A {@code +} after the name marks the rest of a line that was too long. Any thread may use
 * it.
 */
final class WorkerLog {
    private static final int STREAMS = 2;

    private final Path file;
    private final BiConsumer<Path, IOException> failed;
    private OutputStream out;
    private int openStreams = STREAMS;

    private WorkerLog(final Path file, final BiConsumer<Path, IOException> failed) {
        this.file = file;
        this.failed = failed;
    }

    /**
     * Creates the file.
     *
     * @param failed is told, once, that the file can't be written
     */
    static WorkerLog create(final Path file, final BiConsumer<Path, IOException> failed) {
        final WorkerLog worker = new WorkerLog(file, failed);
        try {
            worker.out = new BufferedOutputStream(Files.newOutputStream(file, StandardOpenOption.CREATE_NEW));
        } catch (final IOException e) {
            failed.accept(file, e);
        }
        return worker;
    }

    Path file() {
        return file;
    }

    /** Appends a line of one of the two streams. */
    synchronized void line(final String stream, final byte[] text, final int length, final boolean isContinuation) {
        write(() -> {
            out.write((LogEvent.TIME.format(Instant.now()) + " " + stream + (isContinuation ? "+" : " "))
                    .getBytes(StandardCharsets.US_ASCII));
            out.write(text, 0, length);
            out.write('\n');
        });
    }

    synchronized void flush() {
        write(() -> out.flush());
    }

    /** One of the two streams has ended. */
    synchronized void endOfStream() {
        if (--openStreams == 0) {
            write(() -> out.close());
            out = null;
        }
    }

    private interface Writing {
        void run() throws IOException;
    }

    private void write(final Writing writing) {
        if (out == null) {
            return;
        }
        try {
            writing.run();
        } catch (final IOException e) {
            abandon(e);
            failed.accept(file, e);
        }
    }

    private void abandon(final IOException cause) {
        try {
            out.close();
        } catch (final IOException e) {
            cause.addSuppressed(e); // it tries to write the same once more
        }
        out = null;
    }
}
