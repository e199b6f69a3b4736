package org.shmarrays.dl4j;

import java.io.Serializable;
import java.nio.file.Path;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;
import org.shmarrays.checkpoint.Checkpoint;
import org.shmarrays.checkpoint.CheckpointDirectory;
import org.shmarrays.checkpoint.CheckpointInterval;
import org.shmarrays.launch.CheckpointKeeper;

/**
 * How a spawned training is saved while it goes on, and from what it goes on. Travels to the process that launches.
 *
 * @param directory of the checkpoints, or null if none are written
 * @param interval between two of them
 * @param keptCount how many of the newest ones stay
 * @param resumed the file to go on from, {@link CheckpointDirectory#LATEST}, or null for a training that begins
 */
record SpawnCheckpoints(String directory, CheckpointInterval interval, int keptCount, String resumed)
        implements Serializable {
    static final SpawnCheckpoints NONE = new SpawnCheckpoints(null, null, 1, null);

    /** Of a training in a segment whose name is drawn. */
    static final String DEFAULT_NAME = "training";

    private static final long serialVersionUID = 1;

    SpawnCheckpoints withDirectory(
            final Path newDirectory, final CheckpointInterval newInterval, final int newKeptCount) {
        if (newKeptCount < 1) {
            throw new IllegalArgumentException("at least one checkpoint must be kept: keep=" + newKeptCount);
        }
        return new SpawnCheckpoints(newDirectory.toAbsolutePath().toString(), newInterval, newKeptCount, resumed);
    }

    SpawnCheckpoints withResumed(final String newResumed) {
        return new SpawnCheckpoints(directory, interval, keptCount, newResumed);
    }

    /**
     * The file to go on from, or null for a training that begins.
     *
     * @param name of the training
     * @throws IllegalArgumentException if there is none, or if the directory has checkpoints of another training
     */
    Path resumed(final String name) {
        final Path file = resumed == null
                ? null
                : CheckpointDirectory.resolve(resumed, directory == null ? null : Path.of(directory), name);
        if (directory != null) {
            files(name).checkContinues(file);
        }
        return file;
    }

    private CheckpointDirectory files(final String name) {
        return CheckpointDirectory.of(Path.of(directory), name, keptCount);
    }

    /** Creates the segment of the training that goes on; null for one that begins. */
    static ShmArrays restore(
            final Path file, final String segmentName, final SpawnDirectory noting, final Settings settings) {
        return file == null
                ? null
                : Checkpoint.restore(
                        file,
                        segmentName,
                        arrays -> noting.noteSegment(arrays.segment().uid()),
                        settings);
    }

    /** Begins to write checkpoints; null where none are written. */
    CheckpointKeeper start(final String name, final String segmentName, final Settings settings, final Path file) {
        return directory == null
                ? null
                : CheckpointKeeper.start(segmentName, settings, interval, files(name), file, System.err::println);
    }
}
