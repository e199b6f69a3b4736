package org.shmarrays.examples;

import java.nio.file.Path;
import org.shmarrays.Settings;
import org.shmarrays.checkpoint.Checkpoint;
import org.shmarrays.checkpoint.CheckpointPlan;
import org.shmarrays.launch.Leftover;
import picocli.CommandLine.Help.Visibility;
import picocli.CommandLine.Option;

/** The options of a training that is saved while it goes on, and resumed. */
public final class CheckpointOptions {
    @Option(
            names = "--checkpoint-every",
            paramLabel = "INTERVAL",
            description = "Save the training at this interval: a time such as 30s, 5m or 2h, or a number of steps such"
                    + " as \"1000 steps\". It is also saved at the end, however it ends.")
    private String interval;

    @Option(
            names = "--checkpoint-dir",
            paramLabel = "DIR",
            description =
                    "Directory of the checkpoints; without --checkpoint-every one is written at the end only (default"
                            + " with --checkpoint-every, --resume latest or --leftover resume: checkpoints).")
    private Path directory;

    @Option(names = "--keep", paramLabel = "N", description = "Number of the newest checkpoints that are kept.")
    private int kept = 3;

    @Option(
            names = "--resume",
            paramLabel = "FILE|latest",
            description = "Continue the training of this checkpoint, or of the newest intact one of --checkpoint-dir."
                    + " You can choose another number of workers.")
    private String resumed;

    @Option(
            names = "--leftover",
            paramLabel = "CHOICE",
            description = "If a training of this --name was killed, and its segment is left: refuse (the default),"
                    + " resume (save it in --checkpoint-dir, and continue from there) or replace (remove it first).",
            showDefaultValue = Visibility.NEVER)
    private Leftover leftover = Leftover.REFUSE;

    /**
     * What the options say of a training. With {@code --leftover resume}, the segment that is left over is saved.
     *
     * @param segmentName that the user has given, or null
     * @param prefix of the name that a training gets without one
     * @throws IllegalArgumentException if checkpoints can't be written, or there is none to resume from
     * @throws IllegalStateException if the segment can't be resumed
     */
    public TrainingBeginning beginning(final String segmentName, final String prefix) {
        final boolean isContinued = leftover == Leftover.RESUME;
        if (leftover != Leftover.REFUSE && segmentName == null && (isContinued || resumed == null)) {
            throw new IllegalArgumentException("--leftover needs --name: the segment has this name");
        }
        if (isContinued && resumed != null) {
            throw new IllegalArgumentException("--leftover resume and --resume are two beginnings; to put the"
                    + " checkpoint in place of the segment, give --leftover replace");
        }
        final Path chosen = isContinued && directory == null ? CheckpointPlan.DEFAULT_DIRECTORY : directory;
        final CheckpointPlan plan = CheckpointPlan.ofOptions(interval, chosen, kept, resumed);
        if (isContinued) {
            return TrainingBeginning.ofSegment(segmentName, plan, Settings.fromProperties());
        }
        final Path file = plan.resumedFile(segmentName).orElse(null);
        final String name = segmentName == null ? name(prefix, file) : segmentName;
        return new TrainingBeginning(name, plan, file, leftover);
    }

    private static String name(final String prefix, final Path file) {
        return file == null
                ? prefix + "-" + ProcessHandle.current().pid()
                : Checkpoint.describe(file).segment();
    }
}
