package org.shmarrays.cli;

import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;
import org.shmarrays.checkpoint.Checkpoint;
import org.shmarrays.internal.Doors;
import org.shmarrays.layout.Names;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code shmarrays restore}: makes a segment from a checkpoint. */
@Command(
        name = "restore",
        description =
                "Create a segment from a checkpoint. You can choose another number of slots and another partition size"
                        + " than in the saved segment: set -Dshmarrays.slots and -Dshmarrays.partition.size in"
                        + " SHMARRAYS_OPTS.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {"0:restored", "1:not restored; standard error says why", "2:wrong usage"},
        footerHeading = "%nExamples:%n",
        footer = {
            "  shmarrays restore mnist.npz",
            "  shmarrays restore mnist.npz mnist-2",
            "  shmarrays restore --replace mnist.npz mnist",
            "",
            "To continue training, start workers that call createOrAttach, with",
            "-Dshmarrays.leftovers=attach."
        })
final class RestoreCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Parameters(index = "0", paramLabel = "FILE", description = "The checkpoint file.")
    private Path file;

    @Parameters(
            index = "1",
            arity = "0..1",
            paramLabel = "NAME",
            description = "Name of the segment; default: the name of the saved segment.")
    private String name;

    @Option(
            names = "--replace",
            description = "If the segment exists, overwrite its values in place; it must have the same arrays. Attached"
                    + " workers continue with the restored values. Damaged partitions are repaired.")
    private boolean mayReplace;

    RestoreCommand() {}

    @Override
    public Integer call() {
        checkName();
        final Settings settings = Settings.fromProperties();
        final Checkpoint.Contents contents = Checkpoint.describe(file);
        final String target = name == null ? contents.segment() : name;
        try (ShmArrays arrays = mayReplace && Doors.ROOT.of(settings).holds(target)
                ? replaced(target, settings)
                : Checkpoint.restore(file, target, settings)) {
            spec.commandLine().getOut().println(arrays.name() + ": " + Contents.describe(contents));
            spec.commandLine().getOut().flush();
        }
        return 0;
    }

    private void checkName() {
        try {
            if (name != null) {
                Names.checkSegmentName(name);
            }
        } catch (final IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage(), e);
        }
    }

    private ShmArrays replaced(final String target, final Settings settings) {
        final ShmArrays arrays = ShmArrays.attach(target, settings.withAttachTimeout(Duration.ZERO));
        boolean done = false;
        try {
            Checkpoint.restoreInto(arrays, file);
            done = true;
            return arrays;
        } finally {
            if (!done) {
                arrays.close();
            }
        }
    }
}
