package org.shmarrays.cli;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;
import org.shmarrays.internal.Doors;
import org.shmarrays.internal.Printable;
import org.shmarrays.internal.json.JsonText;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code shmarrays inspect}: what a segment holds. */
@Command(
        name = "inspect",
        description = {
            "Show the arrays and aliases of a segment, and statistics of their values.",
            "",
            "MIN, MAX, MEAN and NORM (L2) cover the finite values. HISTOGRAM runs from MIN to MAX; a darker character"
                    + " means more values. If you name an ARRAY, its histogram is printed in full.",
            "",
            "inspect uses no slot and takes no lock. In the locked modes it reads each partition as it was at one"
                    + " instant."
        },
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:shown",
            "1:there is no such segment or array; or a partition could not be read, because it is damaged or has been"
                    + " half changed for more than a second",
            "2:wrong usage"
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  shmarrays inspect mnist",
            "  shmarrays inspect mnist dense1/W dense1/b",
            "  shmarrays inspect --no-values --json mnist"
        })
final class InspectCommand implements Callable<Integer> {
    private static final Duration TEAR_TIMEOUT = Duration.ofSeconds(1);

    @Spec
    private CommandSpec spec;

    @Parameters(index = "0", paramLabel = "NAME", description = "The segment; `shmarrays ls` lists them.")
    private String name;

    @Parameters(index = "1..*", paramLabel = "ARRAY", description = "Show only these arrays or aliases.")
    private List<String> wanted = new ArrayList<>();

    @Option(names = "--no-values", description = "Don't read values.")
    private boolean withoutValues;

    @Option(names = "--json", description = "Print a JSON object.")
    private boolean asJson;

    InspectCommand() {}

    @Override
    public Integer call() {
        final Settings settings =
                Settings.fromProperties().withAttachTimeout(Duration.ZERO).withLockTimeout(TEAR_TIMEOUT);
        SegmentNames.check(Doors.ROOT.of(settings), name);
        try (ShmArrays arrays = ShmArrays.attachReadOnly(name, settings)) {
            final Inspection inspection = Inspection.of(arrays, wanted, !withoutValues);
            final PrintWriter out = spec.commandLine().getOut();
            if (asJson) {
                out.println(JsonText.writeLines(InspectionJson.of(inspection)));
            } else {
                new InspectionText(inspection, out).print(!wanted.isEmpty());
            }
            out.flush();
            return complain(inspection);
        }
    }

    /** Says what could not be read, each sentence once; returns the exit code. */
    private int complain(final Inspection inspection) {
        final List<String> problems = inspection.problems();
        final PrintWriter err = spec.commandLine().getErr();
        problems.forEach(problem -> err.println("shmarrays: " + Printable.lines(problem)));
        err.flush();
        return problems.isEmpty() ? 0 : spec.exitCodeOnExecutionException();
    }
}
