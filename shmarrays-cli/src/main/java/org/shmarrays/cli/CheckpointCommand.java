package org.shmarrays.cli;

import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;
import org.shmarrays.checkpoint.Checkpoint;
import org.shmarrays.checkpoint.Checkpoint.Consistency;
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
                "Write a segment to an .npz file, which numpy and ND4J read: values, optimizer state, step counts, run"
                        + " control. Workers go on training meanwhile.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:written",
            "1:not written; one sentence on standard error says why, and a file that was there is as it was",
            "2:wrong usage"
        },
        footerHeading = "%nExamples:%n",
        footer = {"  shmarrays checkpoint mnist mnist.npz", "  shmarrays checkpoint --whole mnist mnist.npz"})
final class CheckpointCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Parameters(index = "0", paramLabel = "NAME", description = "Which segment; `shmarrays ls` lists them.")
    private String name;

    @Parameters(
            index = "1",
            paramLabel = "FILE",
            description =
                    "It is replaced when the new one is whole; a device or a pipe, such as /dev/stdout, is written to.")
    private Path file;

    @Option(
            names = "--whole",
            description =
                    "Each push is in it wholly or not at all: pushes wait while the values are copied to memory, of"
                            + " which"
                            + " as much must be free. Otherwise each partition is consistent by itself.")
    private boolean isWhole;

    CheckpointCommand() {}

    @Override
    public Integer call() throws Exception {
        final Settings settings = Settings.fromProperties().withAttachTimeout(Duration.ZERO);
        Named.check(settings.root(), name);
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
