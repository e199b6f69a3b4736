package org.shmarrays.examples;

import java.nio.file.Path;
import org.shmarrays.checkpoint.CheckpointDirectory;
import org.shmarrays.checkpoint.CheckpointInterval;
import org.shmarrays.launch.CheckpointPlan;
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

    /** What the options say. */
    public CheckpointPlan plan() {
        final CheckpointPlan plan = CheckpointPlan.NONE.withResumed(resumed);
        final Path chosen = directory != null || interval == null && !CheckpointDirectory.LATEST.equals(resumed)
                ? directory
                : DEFAULT_DIRECTORY;
        return chosen == null ? plan : plan.withDirectory(chosen, interval, kept);
    }
}
