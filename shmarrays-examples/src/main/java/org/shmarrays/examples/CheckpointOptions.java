package org.shmarrays.examples;

import java.nio.file.Path;
import java.util.function.Consumer;
import org.shmarrays.Settings;
import org.shmarrays.checkpoint.CheckpointDirectory;
import org.shmarrays.checkpoint.CheckpointInterval;
import org.shmarrays.launch.CheckpointKeeper;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** The options of a training that is saved while it goes on, and resumed. */
public final class CheckpointOptions {
    private static final Path DEFAULT_DIRECTORY = Path.of("checkpoints");

    @Option(
            names = "--checkpoint-every",
            paramLabel = "INTERVAL",
            converter = IntervalConverter.class,
            description = "Save the training at this interval: a time such as 30s, 5m or 2h, or a number of steps such"
                    + " as \"1000 steps\". It is also saved at the end, however it ends.")
    private CheckpointInterval interval;

    @Option(
            names = "--checkpoint-dir",
            paramLabel = "DIR",
            description =
                    "Directory of the checkpoints; without --checkpoint-every one is written at the end only (default"
                            + " with --checkpoint-every or --resume latest: checkpoints).")
    private Path directory;

    @Option(names = "--keep", paramLabel = "N", description = "Number of the newest checkpoints that are kept.")
    private int kept = 3;

    @Option(
            names = "--resume",
            paramLabel = "FILE|latest",
            description = "Continue the training of this checkpoint, or of the newest intact one of --checkpoint-dir."
                    + " You can choose another number of workers.")
    private String resumed;

    /** Reads an interval; picocli makes an instance. */
    static final class IntervalConverter implements ITypeConverter<CheckpointInterval> {
        @Override
        public CheckpointInterval convert(final String value) {
            try {
                return CheckpointInterval.parse(value);
            } catch (final IllegalArgumentException e) {
                throw new TypeConversionException(e.getMessage());
            }
        }
    }

    private Path directory() {
        return directory != null || interval == null && !CheckpointDirectory.LATEST.equals(resumed)
                ? directory
                : DEFAULT_DIRECTORY;
    }

    /** Whether checkpoints are written, or one is resumed from. */
    public boolean areUsed() {
        return directory() != null || resumed != null;
    }

    /**
     * The checkpoint to continue from, or null.
     *
     * @param name of the training, or null if it is not given
     * @throws IllegalArgumentException if there is none
     */
    public Path resumed(final String name) {
        return resumed == null ? null : CheckpointDirectory.resolve(resumed, directory(), name);
    }

    /**
     * Checks that checkpoints can be written.
     *
     * @param name of the training
     * @param from the checkpoint that it continues from, or null
     * @throws IllegalArgumentException if they can't, or if the directory has checkpoints of another training
     */
    public void check(final String name, final Path from) {
        if (directory() != null) {
            CheckpointDirectory.of(directory(), name, kept).checkContinues(from);
        }
    }

    /**
     * Begins to write checkpoints.
     *
     * @param name of the training and its segment
     * @param from the checkpoint that it continues from, or null
     * @param messages takes a sentence when a checkpoint can't be written
     * @return null if none are written
     */
    public CheckpointKeeper start(
            final String name, final Settings settings, final Path from, final Consumer<String> messages) {
        return directory() == null
                ? null
                : CheckpointKeeper.start(
                        name, settings, interval, CheckpointDirectory.of(directory(), name, kept), from, messages);
    }
}
