package org.shmarrays.tensorboard;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.Consumer;
import org.shmarrays.Settings;
import org.shmarrays.internal.Doors;
import org.shmarrays.internal.Printable;

/**
 * Where a training is logged, as a user names it: {@code tensorboard:DIR}.
 *
 * @param directory the run's directory of event files
 */
public record LogTarget(Path directory) {
    private static final String TENSORBOARD = "tensorboard:";
    private static final double SHORTEST_INTERVAL = 0.1;
    private static final double LONGEST_INTERVAL = 3_600;

    /**
     * Reads a target.
     *
     * @throws IllegalArgumentException if it is none
     */
    public static LogTarget parse(final String text) {
        final String directory = text.startsWith(TENSORBOARD) ? text.substring(TENSORBOARD.length()) : "";
        if (directory.isEmpty()) {
            throw new IllegalArgumentException("not a target for a log: " + Printable.text(text)
                    + "; write tensorboard:DIR, the directory for the event files of this run");
        }
        if (directory.startsWith("~")) {
            throw new IllegalArgumentException("no shell expands the ~ in " + Printable.text(text)
                    + "; write tensorboard:$HOME/DIR, or begin the directory with ./ if it really has that name");
        }
        try {
            return new LogTarget(Path.of(directory));
        } catch (final InvalidPathException e) {
            throw new IllegalArgumentException("not a directory: " + Printable.text(directory), e);
        }
    }

    /**
     * A new file at the target.
     *
     * @throws java.io.UncheckedIOException if it can't be made
     */
    public ScalarLog open() {
        return new ScalarLog(EventFile.create(directory));
    }

    /**
     * The time between two records, as a user gives it.
     *
     * @throws IllegalArgumentException unless it is 0.1 to 3,600 seconds
     */
    public static Duration interval(final double seconds) {
        if (!(seconds >= SHORTEST_INTERVAL && seconds <= LONGEST_INTERVAL)) {
            throw new IllegalArgumentException(
                    "the interval must be " + SHORTEST_INTERVAL + " to " + LONGEST_INTERVAL + " seconds: " + seconds);
        }
        return Duration.ofNanos((long) (seconds * 1e9));
    }

    /**
     * Logs the segment of a name, also one that is not there yet.
     *
     * @param interval between two records
     * @param messages takes the sentence that the log is incomplete
     * @throws java.io.UncheckedIOException if no file can be made at the target
     */
    public SegmentLog follow(
            final Settings settings, final String name, final Duration interval, final Consumer<String> messages) {
        return SegmentLog.start(Doors.ROOT.of(settings), name, open(), interval, messages);
    }
}
