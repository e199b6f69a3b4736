package org.shmarrays.cli;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.shmarrays.Settings;
import org.shmarrays.console.StandardOutput;
import org.shmarrays.errors.SegmentRemovedException;
import org.shmarrays.internal.Doors;
import org.shmarrays.internal.layout.Event;
import org.shmarrays.internal.layout.EventKind;
import org.shmarrays.internal.segment.EventReader;
import org.shmarrays.internal.segment.Segment;
import org.shmarrays.report.Watch;
import org.shmarrays.status.SegmentStatus;
import org.shmarrays.status.StatusSnapshot;
import org.shmarrays.tensorboard.LogTarget;
import org.shmarrays.tensorboard.ScalarLog;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code shmarrays log}: writes what the workers of a segment do as scalars for TensorBoard. */
@Command(
        name = "log",
        description = {
            "Log what the workers of a segment do, for TensorBoard, until the segment is removed or you end the"
                    + " command.",
            "",
            "The log has these values by the number of steps: loss, learning rate, samples, steps and updates per"
                    + " second, contention of each array, staleness, and number of workers. It also has the values that"
                    + " the program measures from now on, such as its accuracy. Any process of the segment's user can"
                    + " run log. It uses no slot and takes no lock."
        },
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        sortOptions = false,
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:the run has ended, and its segment was removed",
            "1:there is no such segment, it was removed while workers used it, or the log can't be written; standard"
                    + " error says why",
            "2:wrong usage",
            "128 + n:signal n ended it; the log is complete up to then"
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  shmarrays log mnist --to tensorboard:logs/first",
            "  shmarrays log mnist --to tensorboard:logs/first --interval 10",
            "  tensorboard --logdir logs"
        })
final class LogCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Parameters(index = "0", paramLabel = "NAME", description = "The segment; `shmarrays ls` lists them.")
    private String name;

    @Option(
            names = "--to",
            paramLabel = "TARGET",
            required = true,
            converter = LogTargetConverter.class,
            description = "tensorboard:DIR, where DIR is the directory of this run. Each log makes a new file in it.")
    private LogTarget target;

    @Option(
            names = "--interval",
            paramLabel = "S",
            defaultValue = "1",
            converter = LogIntervalConverter.class,
            description = "Seconds between two records; default: ${DEFAULT-VALUE}.")
    private Duration interval;

    LogCommand() {}

    @Override
    public Integer call() throws InterruptedException {
        final Segment segment = SegmentNames.open(Doors.ROOT.of(Settings.fromProperties()), name, true);
        final PrintWriter out = spec.commandLine().getOut();
        final StatusSnapshot last;
        try (ScalarLog log = target.open()) {
            out.println("segment=" + name + ", file=" + log.file());
            out.flush();
            if (StandardOutput.hasFailed()) {
                return spec.exitCodeOnExecutionException();
            }
            last = follow(segment, log);
        }
        if (!last.hasEnded()) {
            throw new SegmentRemovedException(TopServer.removed(last));
        }
        out.println(TopServer.removed(last));
        out.flush();
        return 0;
    }

    /** Returns how the segment was when it was removed. */
    private StatusSnapshot follow(final Segment segment, final ScalarLog log) throws InterruptedException {
        final Watch watch = new Watch(segment);
        final SegmentStatus status = Doors.STATUS.of(segment);
        final EventReader events = new EventReader(segment);
        Event earlier = events.awaitNext();
        while (earlier != null) {
            earlier = events.awaitNext(); // of steps that an earlier log in this directory may have
        }
        while (!watch.isRemoved()) {
            log.record(status.snapshot());
            logMeasured(events, log);
            TimeUnit.NANOSECONDS.sleep(interval.toNanos());
        }
        // The memory of a removed segment stays mapped, and has its last counts.
        final StatusSnapshot last = status.snapshot();
        log.record(last);
        logMeasured(events, log);
        return last;
    }

    /** What the program has measured since the last time, by {@code RunControl.measured}. */
    private static void logMeasured(final EventReader events, final ScalarLog log) {
        for (Event event = events.poll(); event != null; event = events.poll()) {
            if (event.kind() == EventKind.MEASURED) {
                log.measured(event.text(), event.secondValue(), event.timeMs(), event.doubleValue());
            }
        }
    }
}
