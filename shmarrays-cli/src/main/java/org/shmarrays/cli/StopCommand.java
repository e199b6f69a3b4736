package org.shmarrays.cli;

import java.util.concurrent.Callable;
import org.shmarrays.Settings;
import org.shmarrays.internal.Doors;
import org.shmarrays.internal.segment.Segment;
import org.shmarrays.internal.worker.Occupancy;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code shmarrays stop}: asks a run to end in order. */
@Command(
        name = "stop",
        description = {
            "Ask all workers of a segment to end after their current step. Does not wait for them.",
            "",
            "Only programs that check Worker.shouldStop() end. The request stays in the segment: workers that start"
                    + " later also end, until you use --undo."
        },
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {"0:the request was stored", "1:there is no such segment", "2:wrong usage"},
        footerHeading = "%nExamples:%n",
        footer = {"  shmarrays stop mnist", "  shmarrays stop --undo mnist"})
final class StopCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Parameters(index = "0", paramLabel = "NAME", description = "The segment; `shmarrays ls` lists them.")
    private String name;

    @Option(names = "--undo", description = "Withdraw the request. Workers that are started from now on train.")
    private boolean isUndone;

    StopCommand() {}

    @Override
    public Integer call() {
        final Segment segment = SegmentNames.open(Doors.ROOT.of(Settings.fromProperties()), name, false);
        if (isUndone) {
            Doors.RUN_CONTROL.of(segment).resume();
        } else {
            Doors.RUN_CONTROL.of(segment).stop();
        }
        spec.commandLine()
                .getOut()
                .println("segment=" + name + ", stop=" + !isUndone + ", live workers="
                        + Occupancy.of(segment).liveWorkers());
        spec.commandLine().getOut().flush();
        return 0;
    }
}
