package org.shmarrays.cli;

import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;
import org.shmarrays.checkpoint.Checkpoint;
import org.shmarrays.internal.Doors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code shmarrays export}: writes values for others. */
@Command(
        name = "export",
        description = {
            "Write the values of a segment's arrays to an .npz file for numpy and ND4J, or to a .safetensors file for"
                    + " PyTorch. Workers keep training in the meantime. export uses no slot and takes no lock.",
            "",
            "The file contains only the values. To continue a training from a file, use `shmarrays checkpoint`."
                    + " bfloat16, which numpy does not have, is written to .npz as its raw bits (uint16)."
        },
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:written",
            "1:not written; standard error says why. An existing file is unchanged",
            "2:wrong usage"
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  shmarrays export mnist values.npz",
            "  python3 -c \"import numpy; print(numpy.load('values.npz')['dense1/W'].mean())\"",
            "  shmarrays export mnist model.safetensors"
        })
final class ExportCommand implements Callable<Integer> {
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
            names = "--format",
            paramLabel = "FORMAT",
            description = "npz or safetensors; default: safetensors if FILE ends in .safetensors, else npz.")
    private Checkpoint.ExportFormat format;

    ExportCommand() {}

    @Override
    public Integer call() throws Exception {
        final Settings settings = Settings.fromProperties().withAttachTimeout(Duration.ZERO);
        SegmentNames.check(Doors.ROOT.of(settings), name);
        final int count;
        final long bytes;
        try (ShmArrays arrays = ShmArrays.attachReadOnly(name, settings)) {
            bytes = Checkpoint.export(file, arrays, format == null ? Checkpoint.ExportFormat.of(file) : format);
            count = arrays.specs().size();
        }
        Written.print(
                spec.commandLine(),
                file,
                "values of " + count + (count == 1 ? " array of " : " arrays of ") + name,
                bytes);
        return 0;
    }
}
