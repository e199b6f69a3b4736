package org.shmarrays.launch;

import java.io.Serializable;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Consumer;
import org.shmarrays.Settings;
import org.shmarrays.checkpoint.Checkpoint;
import org.shmarrays.checkpoint.CheckpointDirectory;
import org.shmarrays.checkpoint.CheckpointInterval;

/**
 * How a training is saved while it goes on, and with which checkpoint it goes on. Immutable; it can travel to another
 * process.
 *
 * @param directory of the checkpoints, or null if none are written
 * @param interval between two of them, or null for one at the end only
 * @param keptCount how many of the newest ones stay
 * @param resumed the file to go on with, {@link CheckpointDirectory#LATEST}, or null for a training that begins
 */
public record CheckpointPlan(String directory, CheckpointInterval interval, int keptCount, String resumed)
        implements Serializable {
    /** Nothing is saved, and the training begins. */
    public static final CheckpointPlan NONE = new CheckpointPlan(null, null, 1, null);

    /** The directory where options need one and name none. */
    public static final Path DEFAULT_DIRECTORY = Path.of("checkpoints");

    private static final long serialVersionUID = 1;

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
     * A plan as a command's options say it. The directory is {@link #DEFAULT_DIRECTORY} if an interval or
     * {@link CheckpointDirectory#LATEST} needs one and none is given.
     *
     * @param interval as {@link CheckpointInterval#parse} takes it, or null
     * @param directory or null
     * @param resumed as in the plan
     * @throws IllegalArgumentException if the interval is none, or not even one checkpoint is kept
     */
    public static CheckpointPlan ofOptions(
            final String interval, final Path directory, final int keptCount, final String resumed) {
        final CheckpointInterval parsed = interval == null ? null : CheckpointInterval.parse(interval);
        final boolean isNeeded = parsed != null || CheckpointDirectory.LATEST.equals(resumed);
        final Path chosen = directory == null && isNeeded ? DEFAULT_DIRECTORY : directory;
        final CheckpointPlan plan = NONE.withResumed(resumed);
        return chosen == null ? plan : plan.withDirectory(chosen, parsed, keptCount);
    }

    /** The same, with checkpoints. */
    public CheckpointPlan withDirectory(
            final Path newDirectory, final CheckpointInterval newInterval, final int newKeptCount) {
        return new CheckpointPlan(newDirectory.toAbsolutePath().toString(), newInterval, newKeptCount, resumed);
    }

    /** The same, of a training that goes on with this file, or with {@link CheckpointDirectory#LATEST}. */
    public CheckpointPlan withResumed(final String newResumed) {
        return new CheckpointPlan(directory, interval, keptCount, newResumed);
    }

    /** Whether checkpoints are written. */
    public boolean isSaved() {
        return directory != null;
    }

    /**
     * The checkpoint to go on with; empty for a training that begins.
     *
     * @param name of the training, or null if it is not known
     * @throws IllegalArgumentException if there is none, or if it can't be told which one is meant
     */
    public Optional<Path> resumedFile(final String name) {
        return resumed == null
                ? Optional.empty()
                : Optional.of(
                        CheckpointDirectory.resolve(resumed, directory == null ? null : Path.of(directory), name));
    }

    /**
     * Throws if checkpoints are to be written, and can't be.
     *
     * @param name of the training
     * @param from the checkpoint that it goes on with, or null
     * @throws IllegalArgumentException if so, or if the directory has checkpoints of another training of this name
     */
    public void check(final String name, final Path from) {
        if (isSaved()) {
            files(name).checkContinues(from);
        }
    }

    /**
     * The checkpoints of the training, which are saved.
     *
     * @param name of the training
     */
    public CheckpointDirectory files(final String name) {
        return CheckpointDirectory.of(Path.of(directory), name, keptCount);
    }

    /**
     * Begins to write checkpoints.
     *
     * @param name of the training, with which the files' names begin
     * @param from the checkpoint that it goes on with, or null
     * @param messages takes a sentence when a checkpoint can't be written
     * @return null if none are written
     */
    public CheckpointKeeper start(
            final String name,
            final String segmentName,
            final Settings settings,
            final Path from,
            final Consumer<String> messages) {
        return isSaved() ? CheckpointKeeper.start(segmentName, settings, interval, files(name), from, messages) : null;
    }

    /**
     * Throws if a segment that a training goes on with lacks steps that its directory has.
     *
     * @param name of the training
     * @param steps of the segment
     * @throws IllegalStateException if so
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
