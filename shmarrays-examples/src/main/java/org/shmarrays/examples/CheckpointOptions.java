package org.shmarrays.examples;

import java.nio.file.Path;
import org.shmarrays.launch.CheckpointPlan;
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

    /** What the options say. */
    public CheckpointPlan plan() {
        return CheckpointPlan.ofOptions(interval, directory, kept, resumed);
    }
}
