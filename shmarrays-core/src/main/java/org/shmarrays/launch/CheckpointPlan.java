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
 * When a training writes checkpoints, and from which checkpoint it continues. Immutable; it can be sent to another
 * process.
 *
 * @param directory directory of the checkpoints, or null if none are written
 * @param interval time or steps between two checkpoints, or null for one at the end only
 * @param keptCount how many of the newest checkpoints are kept
 * @param resumed the file to continue from, {@link CheckpointDirectory#LATEST}, or null for a new training
 */
public record CheckpointPlan(String directory, CheckpointInterval interval, int keptCount, String resumed)
        implements Serializable {
    /** A new training without checkpoints. */
    public static final CheckpointPlan NONE = new CheckpointPlan(null, null, 1, null);

    /** The directory if the options need one and name none. */
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
     * A plan from the options of a command. If an interval or {@link CheckpointDirectory#LATEST} needs a directory and
     * none is given, it is {@link #DEFAULT_DIRECTORY}.
     *
     * @param interval as {@link CheckpointInterval#parse} takes it, or null
     * @param directory the directory, or null
     * @param resumed as in the plan
     * @throws IllegalArgumentException if the interval is invalid, or not even one checkpoint is kept
     */
    public static CheckpointPlan ofOptions(
            final String interval, final Path directory, final int keptCount, final String resumed) {
        final CheckpointInterval parsed = interval == null ? null : CheckpointInterval.parse(interval);
        final boolean isNeeded = parsed != null || CheckpointDirectory.LATEST.equals(resumed);
        final Path chosen = directory == null && isNeeded ? DEFAULT_DIRECTORY : directory;
        final CheckpointPlan plan = NONE.withResumed(resumed);
        return chosen == null ? plan : plan.withDirectory(chosen, parsed, keptCount);
    }

    /** The same plan with checkpoints. */
    public CheckpointPlan withDirectory(
            final Path newDirectory, final CheckpointInterval newInterval, final int newKeptCount) {
        return new CheckpointPlan(newDirectory.toAbsolutePath().toString(), newInterval, newKeptCount, resumed);
    }

    /** The same plan for a training that continues from this file, or from {@link CheckpointDirectory#LATEST}. */
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

    /**
     * The checkpoints of a training.
     *
     * @param name name of the training
     */
    public CheckpointDirectory files(final String name) {
        return CheckpointDirectory.of(Path.of(directory), name, keptCount);
    }

    /**
     * Begins to write checkpoints.
     *
     * @param name name of the training; the names of the files begin with it
     * @param from the checkpoint from which it continues, or null
     * @param messages gets a sentence when a checkpoint can't be written
     * @return null if no checkpoints are written
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
