package org.shmarrays.tensorboard;

import java.io.File;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.shmarrays.internal.output.IoFailure;

/**
 * A new event file in the directory of a run. TensorBoard reads all event files of a directory, in the order of their
 * names, as one run. Each record is one write to the file, so that a reader sees it at once. One thread at a time.
 */
public final class EventFile implements AutoCloseable {
    private final Path path;

    /** Not a channel: an interrupt of the thread that writes would close it. */
    private final OutputStream out;

    private EventFile(final Path path, final OutputStream out) {
        this.path = path;
        this.out = out;
    }

    /**
     * Makes the directory, where there is none, and a file in it.
     *
     * @throws UncheckedIOException if one of them can't be made
     */
    public static EventFile create(final Path directory) {
        final long timeMs = System.currentTimeMillis();
        try {
            Files.createDirectories(directory);
            final Path path = createFile(directory, timeMs);
            final EventFile file = new EventFile(path, new FileOutputStream(path.toFile()));
            file.append(EventRecord.version(timeMs));
            return file;
        } catch (final IOException e) {
            throw new UncheckedIOException(
                    "the event file can't be created: directory=" + directory + ", " + IoFailure.describe(e)
                            + "; choose another directory, or free disk space",
                    e);
        }
    }

    private static Path createFile(final Path directory, final long timeMs) throws IOException {
        final String start = String.format(
                Locale.ROOT,
                "events.out.tfevents.%010d.shmarrays.%d.",
                TimeUnit.MILLISECONDS.toSeconds(timeMs),
                ProcessHandle.current().pid());
        int number = 0;
        File file = directory.resolve(start + number).toFile();
        while (!file.createNewFile()) { // this process makes several, or another host has the directory, too
            file = directory.resolve(start + ++number).toFile();
        }
        return file.toPath();
    }

    /** Where it is. */
    public Path path() {
        return path;
    }

    /**
     * Begins a training, or continues one at a step. TensorBoard drops what the run has of this step and of later ones.
     *
     * @throws UncheckedIOException if it can't be written
     */
    void start(final long step, final long timeMs) {
        append(EventRecord.start(step, timeMs));
    }

    /**
     * Appends values of one step, by their tags.
     *
     * @throws UncheckedIOException if they can't be written
     */
    void scalars(final long step, final long timeMs, final Map<String, Double> values) {
        append(EventRecord.scalars(step, timeMs, values));
    }

    private void append(final byte[] record) {
        try {
            out.write(record);
        } catch (final IOException e) {
            throw new UncheckedIOException(
                    "the event file can't be written: file=" + path + ", " + IoFailure.describe(e), e);
        }
    }

    /** Twice is harmless. */
    @Override
    public void close() {
        try {
            out.close();
        } catch (final IOException e) {
            throw new UncheckedIOException(
                    "the event file can't be closed: file=" + path + ", " + IoFailure.describe(e), e);
        }
    }
}
