package org.shmarrays.cli;

import java.nio.file.Path;
import org.shmarrays.checkpoint.CheckpointPlan;
import org.shmarrays.launch.Leftover;
import picocli.CommandLine.Option;

/** The options of {@code run} that say how a training is saved while it goes on, and with what it begins. */
final class RunCheckpoints {
    @Option(
            names = "--checkpoint-every",
            paramLabel = "INTERVAL",
            description =
                    "Save the segment at this interval: a time such as 30s, 5m or 2h, or a number of steps such as"
                            + " \"1000 steps\". A checkpoint has each push completely or not at all."
                            + " The segment is also saved"
                            + " at the end, and when a worker fails for good or a signal ends the run.")
    private String interval;

    @Option(
            names = "--checkpoint-dir",
            paramLabel = "DIR",
            description = "Directory of the checkpoints, NAME-STEPS.npz. Without --checkpoint-every one is written at"
                    + " the end only. Default with --checkpoint-every or --resume latest: checkpoints.")
    private Path directory;

    @Option(
            names = "--keep",
            paramLabel = "N",
            description = "Number of the newest checkpoints that are kept; default: 3.")
    private int kept = 3;

    @Option(
            names = "--resume",
            paramLabel = "FILE|latest",
            description = "Restore the segment from this checkpoint, or from the newest intact one of --checkpoint-dir,"
                    + " before the workers start. Programs that create or attach then attach to it.")
    private String resumed;

    @Option(
            names = "--leftover",
            paramLabel = "CHOICE",
            description = "If there is a segment of this name that no process uses: refuse (the default), resume (the"
                    + " workers continue with its values) or replace (remove it first).")
    private Leftover leftover = Leftover.REFUSE;

    /**
     * What the options say of a run, checked.
     *
     * @param segmentName that the user has given, or null
     * @throws IllegalArgumentException if checkpoints can't be written, or there is none to resume from
     */
    RunBeginning of(final String segmentName) {
        final CheckpointPlan plan = CheckpointPlan.ofOptions(interval, directory, kept, resumed);
        if (segmentName == null && (plan.isSaved() || resumed != null || leftover != Leftover.REFUSE)) {
            throw new IllegalArgumentException("checkpoints, --resume and --leftover need --name: the segment has this"
                    + " name, and the files' names begin with it");
        }
        if (leftover == Leftover.RESUME && resumed != null) {
            throw new IllegalArgumentException("--leftover resume and --resume are two beginnings; to put the"
                    + " checkpoint in place of the segment, give --leftover replace");
        }
        final Path file = plan.resumedFile(segmentName).orElse(null);
        // A segment that is left over continues after the newest checkpoint; RunBeginning checks that it does.
        plan.check(
                segmentName,
                leftover == Leftover.RESUME ? plan.newest(segmentName).orElse(null) : file);
        return new RunBeginning(segmentName, plan, file, leftover);
    }
}
