package org.shmarrays.cli;

import java.util.List;
import java.util.concurrent.Callable;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;
import org.shmarrays.internal.Doors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code shmarrays rm}: removes segments. */
@Command(
        name = "rm",
        description = {
            "Remove segments, even if they are in use. Attached processes get an exception at their next call.",
            "",
            "Only files of segments are deleted. A directory that contains anything else is not changed."
        },
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:removed",
            "1:a segment does not exist or could not be removed; the others were removed",
            "2:wrong usage"
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  shmarrays rm mnist",
            "  shmarrays rm mnist mnist-2",
            "",
            "To remove only dead segments, use `shmarrays clean`."
        })
final class RemoveCommand implements Callable<Integer> {
    @Parameters(paramLabel = "NAME", arity = "1..*", description = "The segments; `shmarrays ls` lists them.")
    private List<String> names;

    RemoveCommand() {}

    @Override
    public Integer call() {
        final Settings settings = Settings.fromProperties();
        RuntimeException first = null;
        for (final String name : names) {
            try {
                if (!Doors.ROOT.of(settings).hasUnfinished(name)) {
                    SegmentNames.check(Doors.ROOT.of(settings), name);
                }
                ShmArrays.remove(name, settings);
            } catch (final RuntimeException e) {
                if (first == null) {
                    first = e;
                } else {
                    first.addSuppressed(e);
                }
            }
        }
        if (first != null) {
            throw first;
        }
        return 0;
    }
}
