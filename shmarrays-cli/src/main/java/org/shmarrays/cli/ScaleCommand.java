package org.shmarrays.cli;

import java.time.Duration;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import org.shmarrays.Settings;
import org.shmarrays.internal.Doors;
import org.shmarrays.launch.WorkerGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code shmarrays scale}: another number of workers while a run trains. */
@Command(
        name = "scale",
        description = {
            "Change the number of workers of a run while it trains.",
            "",
            "The `shmarrays run` of the segment starts additional workers. To reduce the number, it asks the workers"
                    + " with the highest ranks to stop after their current step, and sends SIGTERM after 30 s."
        },
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:the run has accepted the number",
            "1:there is no such segment, no run trains it, or it has ORDERED arrays",
            "2:wrong usage, or more workers than the segment has slots"
        },
        footerHeading = "%nExamples:%n",
        footer = {"  shmarrays run --workers 2 --name mnist --jar app.jar &", "  shmarrays scale mnist 4"})
final class ScaleCommand implements Callable<Integer> {
    private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(10);

    @Spec
    private CommandSpec spec;

    @Parameters(index = "0", paramLabel = "NAME", description = "The segment that the run trains.")
    private String name;

    @Parameters(index = "1", paramLabel = "N", description = "The new number of workers, at least 1.")
    private int workers;

    ScaleCommand() {}

    @Override
    public Integer call() {
        if (workers < 1) {
            throw new ParameterException(spec.commandLine(), "number of workers must be at least 1: " + workers);
        }
        final Settings settings = Settings.fromProperties();
        SegmentNames.check(Doors.ROOT.of(settings), name);
        final OptionalInt before;
        try {
            before = WorkerGroup.requestWorkers(name, workers, settings, ANSWER_TIMEOUT);
        } catch (final IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage(), e);
        }
        spec.commandLine()
                .getOut()
                .println("segment=" + name + ", workers=" + workers
                        + (before.isPresent() ? ", before=" + before.getAsInt() : ""));
        spec.commandLine().getOut().flush();
        return 0;
    }
}
