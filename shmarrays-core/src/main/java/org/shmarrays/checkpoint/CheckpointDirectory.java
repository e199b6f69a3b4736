package org.shmarrays.checkpoint;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.shmarrays.ShmArrays;
import org.shmarrays.internal.layout.EventKind;
import org.shmarrays.internal.output.IoFailure;
import org.shmarrays.layout.Names;
import org.shmarrays.output.DurableFile;

/**
 * The checkpoints of one training: files {@code NAME-STEPS.npz} of a directory, of which the newest are kept. The
 * number of steps, in twelve digits or more, is that of all workers when the file was written. For one thread.
 */
final class CheckpointDirectory {
    /** In place of a file: the newest one of the directory. */
    static final String LATEST = "latest";

    private static final System.Logger LOG = System.getLogger(CheckpointDirectory.class.getName());
    private static final Pattern FILE = Pattern.compile("(.+)-([0-9]{12,18})\\.npz");

    private final Path directory;
    private final String name;
    private final int keptCount;

    private CheckpointDirectory(final Path directory, final String name, final int keptCount) {
        this.directory = directory;
        this.name = name;
        this.keptCount = keptCount;
    }

    /**
     * The checkpoints of a training in a directory, which is made if it is not there.
     *
     * @param name of the training, with which the files' names begin
     * @param keptCount how many of the newest ones stay, at least 1
     * @throws IllegalArgumentException if the name is not that of a segment, the number is less than 1, or there can't
     *     be such a directory
     */
    static CheckpointDirectory of(final Path directory, final String name, final int keptCount) {
        Names.checkSegmentName(name);
        if (keptCount < 1) {
            throw new IllegalArgumentException("at least one checkpoint must be kept: keep=" + keptCount);
        }
        try {
            Files.createDirectories(directory);
        } catch (final IOException e) {
            throw new IllegalArgumentException(
                    "checkpoints can't be written to this directory: directory=" + directory + ", "
                            + IoFailure.describe(e),
                    e);
        }
        if (!Files.isWritable(directory)) {
            throw new IllegalArgumentException(
                    "checkpoints can't be written to this directory: directory=" + directory + ", it is not writable");
        }
        return new CheckpointDirectory(directory, name, keptCount);
    }

    /** A checkpoint's file, the training's name in it, and its number of steps. */
    private record Saved(Path file, String name, long steps) {
        static Stream<Saved> of(final Path file) {
            final Matcher matcher = FILE.matcher(file.getFileName().toString());
            return matcher.matches()
                    ? Stream.of(new Saved(file, matcher.group(1), Long.parseLong(matcher.group(2))))
                    : Stream.empty();
        }
    }

    private static List<Saved> saved(final Path directory) {
        if (!Files.isDirectory(directory)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(directory)) {
            return files.flatMap(Saved::of)
                    .sorted(Comparator.comparingLong(Saved::steps))
                    .toList();
        } catch (final IOException e) {
            throw new UncheckedIOException(
                    "the directory of checkpoints can't be read: directory=" + directory + ", " + IoFailure.describe(e),
                    e);
        }
    }

    private List<Saved> own() {
        return saved(directory).stream()
                .filter(each -> each.name().equals(name))
                .toList();
    }

    /** The directory. */
    Path directory() {
        return directory;
    }

    /**
     * Throws if the checkpoints of a new training would mix with those of an earlier one of this name. Damaged ones
     * that are newer than the one to resume from are no obstacle.
     *
     * @param resumed the checkpoint with which the training goes on, or null if it begins
     * @throws IllegalArgumentException if there is an intact one that is newer, or any if it begins
     */
    void checkContinues(final Path resumed) {
        final List<Saved> own = own();
        for (int i = own.size() - 1; i >= 0; i--) {
            final Path file = own.get(i).file();
            if (resumed != null && isSameFile(file, resumed)) {
                return;
            }
            if (isIntact(file)) {
                throw new IllegalArgumentException("the directory has a checkpoint of this name that the training does"
                        + " not go on with: newest=" + file + (resumed == null ? "" : ", resumed=" + resumed)
                        + "; resume from the newest one, give another directory or name, or delete what is there");
            }
        }
    }

    /** The newest intact checkpoint of this training, if there is one. */
    Optional<Path> newest() {
        return newest(own());
    }

    private static Optional<Path> newest(final List<Saved> saved) {
        for (int i = saved.size() - 1; i >= 0; i--) {
            if (isIntact(saved.get(i).file())) {
                return Optional.of(saved.get(i).file());
            }
        }
        return Optional.empty();
    }

    /** Reads it; warns of a damaged one. */
    private static boolean isIntact(final Path file) {
        try {
            Checkpoint.verify(file);
            return true;
        } catch (final InvalidCheckpointException e) {
            LOG.log(System.Logger.Level.WARNING, e.getMessage() + "; the checkpoint before it counts as the newest");
            return false;
        }
    }

    private static boolean isSameFile(final Path one, final Path other) {
        try {
            return Files.isSameFile(one, other);
        } catch (final IOException e) {
            return false;
        }
    }

    /**
     * Writes a checkpoint of the whole segment: each push is in it completely or not at all. Then deletes the oldest
     * ones of this training, so that as many stay as are kept.
     *
     * @param arrays a handle with a slot
     * @return the file
     * @throws org.shmarrays.errors.InsufficientSpaceException as of {@link Checkpoint#write}
     * @throws org.shmarrays.errors.WaitTimeoutException if a push under way does not end in time
     * @throws org.shmarrays.errors.DamagedPartitionException if a partition is damaged
     * @throws UncheckedIOException if the file can't be written
     */
    Path write(final ShmArrays arrays) {
        final long startNs = System.nanoTime();
        final Path unnamed = directory.resolve("." + name + "-new.npz");
        final long steps = Checkpoint.writeUntold(arrays, unnamed, Checkpoint.Consistency.WHOLE_SEGMENT)
                .steps();
        final String named = String.format(Locale.ROOT, "%s-%012d.npz", name, steps);
        try {
            DurableFile.rename(unnamed, named);
        } catch (final IOException e) {
            throw new UncheckedIOException(
                    "the checkpoint can't be given its name: file=" + unnamed + ", name=" + named + ", "
                            + IoFailure.describe(e),
                    e);
        }
        final Path file = directory.resolve(named);
        FileEvent.tell(arrays, EventKind.CHECKPOINT_WRITTEN, file, steps, startNs);
        deleteOldest(steps);
        return file;
    }

    /** Those with more steps than the present one are damaged: a training does not go on with an older one else. */
    private void deleteOldest(final long presentSteps) {
        final List<Saved> own =
                own().stream().filter(each -> each.steps() <= presentSteps).toList();
        for (final Saved old : own.subList(0, Math.max(0, own.size() - keptCount))) {
            try {
                Files.deleteIfExists(old.file());
            } catch (final IOException e) {
                LOG.log(
                        System.Logger.Level.WARNING,
                        "an old checkpoint can't be deleted: file=" + old.file() + ", " + IoFailure.describe(e));
            }
        }
    }

    /**
     * The checkpoint to go on from, as users name it.
     *
     * @param resumed a file, or {@value #LATEST} for the newest one of the directory that is intact
     * @param directory where checkpoints are
     * @param name of the training, or null if the directory has checkpoints of one training only
     * @throws IllegalArgumentException if there is none, or if it can't be told which one is meant
     */
    static Path resolve(final String resumed, final Path directory, final String name) {
        if (!resumed.equals(LATEST)) {
            return Path.of(resumed);
        }
        if (directory == null) {
            throw new IllegalArgumentException("the latest checkpoint is that of a directory; give one");
        }
        final List<Saved> saved = saved(directory).stream()
                .filter(each -> name == null || each.name().equals(name))
                .toList();
        final List<String> names = saved.stream().map(Saved::name).distinct().toList();
        if (names.size() > 1) {
            throw new IllegalArgumentException("the directory has checkpoints of several trainings: directory="
                    + directory + ", names=" + names + "; give the name, or the file");
        }
        return newest(saved)
                .orElseThrow(() -> new IllegalArgumentException("there is no checkpoint to resume from: directory="
                        + directory + (name == null ? "" : ", name=" + name) + ", files tried=" + saved.size()));
    }
}
