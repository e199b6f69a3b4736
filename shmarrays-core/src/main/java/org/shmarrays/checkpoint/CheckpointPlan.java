package org.shmarrays.checkpoint;

import java.io.Serializable;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.shmarrays.ShmArrays;

/**
 * When a training writes checkpoints, and from which checkpoint it continues. Immutable; it can be sent to another
 * process.
 *
 * @param directory directory of the checkpoints, or null if none are written
 * @param interval time or steps between two checkpoints, or null for one at the end only
 * @param keptCount how many of the newest checkpoints are kept
 * @param resumed the file to continue from, {@link #LATEST}, or null for a new training
 */
public record CheckpointPlan(String directory, Interval interval, int keptCount, String resumed)
        implements Serializable {
    /** In place of a file to continue from: the newest intact one of the directory. */
    public static final String LATEST = CheckpointDirectory.LATEST;

    /** A new training without checkpoints. */
    public static final CheckpointPlan NONE = new CheckpointPlan(null, null, 1, null);

    /** The directory if the options need one and name none. */
    public static final Path DEFAULT_DIRECTORY = Path.of("checkpoints");

    private static final long serialVersionUID = 1;

    /**
     * How often a training is saved: after a time, or after a number of steps of all workers together.
     *
     * @param time between two checkpoints, or null if steps count
     * @param steps between two checkpoints, or 0 if time counts
     */
    public record Interval(Duration time, long steps) implements Serializable {
        private static final long serialVersionUID = 1;

        private static final Pattern STEPS = Pattern.compile("([0-9]{1,18}) *steps?");
        private static final Pattern TIME = Pattern.compile("([0-9]{1,9}) *(ms|s|m|h|d)");

        /** Checks the two. */
        public Interval {
            if ((time == null) != (steps > 0) || steps < 0 || time != null && (time.isNegative() || time.isZero())) {
                throw new IllegalArgumentException(
                        "a checkpoint is written after a time or a number of steps, one of the two: time=" + time
                                + ", steps=" + steps);
            }
        }

        /** After each time. */
        public static Interval every(final Duration time) {
            return new Interval(time, 0);
        }

        /** After each so many steps of all workers together. */
        public static Interval everySteps(final long steps) {
            return new Interval(null, steps);
        }

        /**
         * Reads an interval as users write it: {@code 30s}, {@code 5m}, {@code 2h} or {@code 1000 steps}.
         *
         * @throws IllegalArgumentException if it is none
         */
        public static Interval parse(final String text) {
            final String lower = text.trim().toLowerCase(Locale.ROOT);
            final Matcher steps = STEPS.matcher(lower);
            final Matcher time = TIME.matcher(lower);
            if (steps.matches() && Long.parseLong(steps.group(1)) > 0) {
                return everySteps(Long.parseLong(steps.group(1)));
            }
            if (time.matches() && Long.parseLong(time.group(1)) > 0) {
                return every(duration(Long.parseLong(time.group(1)), time.group(2)));
            }
            throw new IllegalArgumentException(
                    "not an interval of checkpoints: " + text + "; write it like 30s, 5m, 2h or \"1000 steps\"");
        }

        private static Duration duration(final long count, final String unit) {
            return switch (unit) {
                case "ms" -> Duration.ofMillis(count);
                case "s" -> Duration.ofSeconds(count);
                case "m" -> Duration.ofMinutes(count);
                case "h" -> Duration.ofHours(count);
                default -> Duration.ofDays(count);
            };
        }

        /** Whether a checkpoint is due when so much time has passed, and so many steps were made, since the last one. */
        public boolean isDue(final Duration passed, final long made) {
            return time == null ? made >= steps : made > 0 && passed.compareTo(time) >= 0;
        }
    }

    /**
     * A plan.
     *
     * @throws IllegalArgumentException if not even one checkpoint is kept
     */
    public CheckpointPlan {
        if (keptCount < 1) {
            throw new IllegalArgumentException("at least one checkpoint must be kept: keep=" + keptCount);
        }
    }

    /**
     * A plan from the options of a command. If an interval or {@link #LATEST} needs a directory and
     * none is given, it is {@link #DEFAULT_DIRECTORY}.
     *
     * @param interval as {@link Interval#parse} takes it, or null
     * @param directory the directory, or null
     * @param resumed as in the plan
     * @throws IllegalArgumentException if the interval is invalid, or not even one checkpoint is kept
     */
    public static CheckpointPlan ofOptions(
            final String interval, final Path directory, final int keptCount, final String resumed) {
        final Interval parsed = interval == null ? null : Interval.parse(interval);
        final boolean isNeeded = parsed != null || CheckpointDirectory.LATEST.equals(resumed);
        final Path chosen = directory == null && isNeeded ? DEFAULT_DIRECTORY : directory;
        final CheckpointPlan plan = NONE.withResumed(resumed);
        return chosen == null ? plan : plan.withDirectory(chosen, parsed, keptCount);
    }

    /** The same plan with checkpoints. */
    public CheckpointPlan withDirectory(final Path newDirectory, final Interval newInterval, final int newKeptCount) {
        return new CheckpointPlan(newDirectory.toAbsolutePath().toString(), newInterval, newKeptCount, resumed);
    }

    /** The same plan for a training that continues from this file, or from {@link #LATEST}. */
    public CheckpointPlan withResumed(final String newResumed) {
        return new CheckpointPlan(directory, interval, keptCount, newResumed);
    }

    /** True if checkpoints are written. */
    public boolean isSaved() {
        return directory != null;
    }

    /**
     * The checkpoint to continue from; empty for a new training.
     *
     * @param name name of the training, or null if it is not known
     * @throws IllegalArgumentException if there is no such checkpoint, or if it is not clear which one is meant
     */
    public Optional<Path> resumedFile(final String name) {
        return resumed == null
                ? Optional.empty()
                : Optional.of(
                        CheckpointDirectory.resolve(resumed, directory == null ? null : Path.of(directory), name));
    }

    /**
     * Throws if checkpoints are wanted and can't be written.
     *
     * @param name name of the training
     * @param from the checkpoint from which it continues, or null
     * @throws IllegalArgumentException if they can't be written, or if the directory has checkpoints of another
     *     training of this name
     */
    public void check(final String name, final Path from) {
        if (isSaved()) {
            files(name).checkContinues(from);
        }
    }

    CheckpointDirectory files(final String name) {
        return CheckpointDirectory.of(Path.of(directory), name, keptCount);
    }

    /**
     * Writes a checkpoint of the whole segment: each push is in it completely or not at all. Then deletes the oldest
     * checkpoints of this training, so that as many stay as are kept.
     *
     * @param name name of the training
     * @param arrays a handle with a slot
     * @return the file
     * @throws org.shmarrays.errors.InsufficientSpaceException as of {@link Checkpoint#write}
     * @throws org.shmarrays.errors.WaitTimeoutException if a push under way does not end in time
     * @throws org.shmarrays.errors.DamagedPartitionException if a partition is damaged
     * @throws java.io.UncheckedIOException if the file can't be written
     */
    public Path write(final String name, final ShmArrays arrays) {
        return files(name).write(arrays);
    }

    /**
     * Throws if a checkpoint in the directory has more steps than the segment with which a training continues.
     *
     * @param name name of the training
     * @param steps steps of the segment
     * @throws IllegalStateException if a checkpoint has more steps
     */
    public void checkNotSavedLater(final String name, final long steps) {
        newest(name).filter(file -> Checkpoint.describe(file).steps() > steps).ifPresent(later -> {
            throw new IllegalStateException("the directory has a checkpoint with more steps than the segment: name="
                    + name + ", steps=" + steps + ", newest=" + later
                    + "; resume it by --resume latest --leftover replace, or give another --checkpoint-dir");
        });
    }

    /** The newest intact checkpoint of the training in the directory, if there is one. */
    public Optional<Path> newest(final String name) {
        return isSaved() ? files(name).newest() : Optional.empty();
    }
}
