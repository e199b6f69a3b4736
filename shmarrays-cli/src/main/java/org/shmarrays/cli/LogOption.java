package org.shmarrays.cli;

import java.io.PrintWriter;
import java.time.Duration;
import org.shmarrays.Settings;
import org.shmarrays.tensorboard.LogTarget;
import org.shmarrays.tensorboard.SegmentLog;
import picocli.CommandLine.Option;

/** Where the segment of a run is logged, if at all. */
final class LogOption {
    @Option(
            names = "--log-to",
            paramLabel = "TARGET",
            converter = LogTargetConverter.class,
            description = "Log loss, throughput, contention and staleness for TensorBoard. TARGET is tensorboard:DIR,"
                    + " where DIR is the directory of this run.")
    private LogTarget target;

    @Option(
            names = "--log-interval",
            paramLabel = "S",
            defaultValue = "1",
            converter = LogIntervalConverter.class,
            description = "With --log-to: seconds between two records; default: ${DEFAULT-VALUE}.")
    private Duration interval;

    LogOption() {}

    /** Begins to log the segment of this name, which may not be there yet; null where no log is wanted. */
    SegmentLog start(final String segmentName, final Settings settings, final PrintWriter err) {
        return target == null
                ? null
                : target.follow(settings, segmentName, interval, message -> {
                    err.println("shmarrays: " + message);
                    err.flush();
                });
    }
}
