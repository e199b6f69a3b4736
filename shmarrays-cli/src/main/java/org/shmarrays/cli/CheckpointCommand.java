package org.shmarrays.cli;

import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;
import org.shmarrays.checkpoint.Checkpoint;
import org.shmarrays.checkpoint.Checkpoint.Consistency;
import org.shmarrays.internal.Doors;
import org.shmarrays.output.DurableFile;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code shmarrays checkpoint}: writes a segment to a file. */
@Command(
        name = "checkpoint",
        description =
                "Save a segment to an .npz file, which numpy and ND4J can read: values, optimizer state, step counts,"
                        + " run control. Workers keep training in the meantime.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:written",
            "1:not written; standard error says why. An existing file is unchanged",
            "2:wrong usage"
        },
        footerHeading = "%nExamples:%n",
        footer = {"  shmarrays checkpoint mnist mnist.npz", "  shmarrays checkpoint --whole mnist mnist.npz"})
final class CheckpointCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Parameters(index = "0", paramLabel = "NAME", description = "The segment; `shmarrays ls` lists them.")
    private String name;

    @Parameters(
            index = "1",
            paramLabel = "FILE",
            description =
                    "The file to write. An existing file is replaced once the new one is complete. A device or a pipe,"
                            + " such as /dev/stdout, is written to directly.")
    private Path file;

    @Option(
            names = "--whole",
            description =
                    "Make the whole checkpoint consistent: it contains each push completely or not at all. Pushes wait"
                            + " while the values are copied in memory, which needs free memory of the size of the"
                            + " segment. Without --whole, each partition is consistent by itself.")
    private boolean isWhole;

    CheckpointCommand() {}

    @Override
    public Integer call() throws Exception {
        final Settings settings = Settings.fromProperties().withAttachTimeout(Duration.ZERO);
        SegmentNames.check(Doors.ROOT.of(settings), name);
        try (ShmArrays arrays = ShmArrays.attach(name, settings)) {
            final long bytes =
                    Checkpoint.write(arrays, file, isWhole ? Consistency.WHOLE_SEGMENT : Consistency.PER_PARTITION);
            // A stream can't be read again.
            final boolean isFile = DurableFile.target(file) != null;
            Written.print(
                    spec.commandLine(),
                    file,
                    isFile ? Contents.describe(Checkpoint.describe(file)) : "checkpoint of " + name,
                    bytes);
        }
        return 0;
    }
}
