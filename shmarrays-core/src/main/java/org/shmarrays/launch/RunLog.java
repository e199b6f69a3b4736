package org.shmarrays.launch;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/**
 * The log of one run: a directory of its own, with a file for each process of a rank, and one for the launcher's events
 * as lines of JSON. A log that can't be written any more says so once, and the run goes on without it. Any thread may
 * use it.
 */
final class RunLog {
    static final String EVENTS = "events.jsonl";

    private static final int MOST_TRIES = 1_000;
    private static final DateTimeFormatter TIME_IN_NAME =
            DateTimeFormatter.ofPattern("uuuuMMdd'T'HHmmssX", Locale.ROOT).withZone(ZoneOffset.UTC);

    private final Path directory;
    private final PrintStream err;

    /** Each event is one call, so that a program that follows the file rarely sees a part of a line. */
    private final OutputStream events;

    private boolean hasFailed;
    private boolean isClosed;

    private RunLog(final Path directory, final PrintStream err) throws IOException {
        this.directory = directory;
        this.err = err;
        this.events = Files.newOutputStream(directory.resolve(EVENTS), StandardOpenOption.CREATE_NEW);
    }

    /**
     * Makes the directory of a run, {@code SEGMENT-TIME}, below that of all runs.
     *
     * @param err where it is said that the log can't be written any more
     * @throws UncheckedIOException if it can't be made
     */
    static RunLog create(final Path parent, final String segmentName, final PrintStream err) {
        try {
            return new RunLog(createDirectory(parent, segmentName + "-" + TIME_IN_NAME.format(Instant.now())), err);
        } catch (final IOException e) {
            throw new UncheckedIOException(
                    "the log of the run can't be created: directory=" + parent + ", cause=" + e
                            + "; choose another log directory, or free disk space",
                    e);
        }
    }

    private static Path createDirectory(final Path parent, final String name) throws IOException {
        Files.createDirectories(parent);
        for (int i = 1; i < MOST_TRIES; i++) {
            try {
                return Files.createDirectory(parent.resolve(i == 1 ? name : name + "-" + i));
            } catch (final FileAlreadyExistsException e) {
                // Another run of the same name began in the same second.
            }
        }
        throw new FileAlreadyExistsException(parent.resolve(name).toString());
    }

    /**
     * Throws unless a log can be made below this directory, as far as can be seen without making it.
     *
     * @throws IllegalArgumentException if it is no directory, or this user can't write to it
     */
    static void check(final Path parent) {
        Path existing = parent.toAbsolutePath();
        while (existing.getParent() != null && !Files.exists(existing)) {
            existing = existing.getParent();
        }
        if (!Files.isDirectory(existing)) {
            throw new IllegalArgumentException("the log directory is not a directory: path=" + existing);
        }
        if (!Files.isWritable(existing)) {
            throw new IllegalArgumentException(
                    "this user can't write to the log directory: directory=" + existing + "; choose another one");
        }
    }

    /** The directory of this run. */
    Path directory() {
        return directory;
    }

    /** Whether something could not be written. */
    synchronized boolean hasFailed() {
        return hasFailed;
    }

    /** The file of a process. */
    WorkerLog worker(final int rank, final int attempt) {
        return WorkerLog.create(directory.resolve("rank-" + rank + ".attempt-" + attempt + ".log"), this::failed);
    }

    /** Appends an event; none after one that could not be written, which may have left a part of its line. */
    synchronized void event(final LogEvent event) {
        if (isClosed) {
            return;
        }
        try {
            events.write(event.line().getBytes(StandardCharsets.UTF_8));
        } catch (final IOException e) {
            failed(directory.resolve(EVENTS), e);
            close();
        }
    }

    /** Says that a file can't be written; the first time only. */
    synchronized void failed(final Path file, final IOException cause) {
        if (!hasFailed) {
            hasFailed = true;
            err.println("[launcher] the log can't be written, and is incomplete from here on: file=" + file + ", cause="
                    + cause);
            err.flush();
        }
    }

    /** Ends the events. The files of processes end with their output. */
    synchronized void close() {
        isClosed = true;
        try {
            events.close();
        } catch (final IOException e) {
            failed(directory.resolve(EVENTS), e);
        }
    }
}
