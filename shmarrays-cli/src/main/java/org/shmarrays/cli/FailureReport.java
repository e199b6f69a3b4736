package org.shmarrays.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.shmarrays.Settings;
import org.shmarrays.internal.Doors;
import org.shmarrays.internal.Printable;
import org.shmarrays.launch.GroupResult;

/** What {@code run} prints about a run that has failed. */
final class FailureReport {
    private final String segmentName;
    private final boolean hasLogs;
    private final Settings settings;
    private final PrintWriter err;

    /**
     * A report.
     *
     * @param segmentName that the user has given; null if there is none
     * @param hasLogs whether the output of the workers went to log files, perhaps only there
     */
    FailureReport(final String segmentName, final boolean hasLogs, final Settings settings, final PrintWriter err) {
        this.segmentName = segmentName;
        this.hasLogs = hasLogs;
        this.settings = settings;
        this.err = err;
    }

    void print(final GroupResult result) {
        final boolean hadOthers = result.exitCodes().size() > 1;
        final boolean isUnseen = hadOthers || hasLogs;
        final List<String> lastLines = result.lastLinesOfFailed();
        err.println("shmarrays: " + Printable.lines(result.failure())
                + (result.stopped() > 0 && result.loss().isEmpty() ? "; the others were stopped" : ""));
        if (isUnseen) {
            result.failures().forEach(this::printFailure);
        }
        if (isUnseen && !lastLines.isEmpty()) {
            err.println("Last lines of worker " + result.firstFailedRank().getAsInt() + ":");
            lastLines.forEach(line -> err.println("    " + line));
        }
        printValues(result);
        err.flush();
    }

    /** The error that ended a worker, whole, and where the rest of its output is. */
    private void printFailure(final GroupResult.Failure failure) {
        err.println(failure.cause() + (failure.error().isEmpty() ? ", and printed no exception" : ":"));
        Stream.of(failure.error(), failure.rootCause())
                .flatMap(String::lines)
                .forEach(line -> err.println("    " + Printable.text(line)));
        failure.logFile().ifPresent(file -> err.println("    log file: " + file));
    }

    /** A segment that the user has named stays when its run fails. */
    private void printValues(final GroupResult result) {
        if (segmentName != null
                && result.loss().isEmpty()
                && Doors.ROOT.of(settings).holds(segmentName)) {
            final Path directory = Doors.ROOT.of(settings).directory();
            final String elsewhere = directory.equals(
                            Doors.ROOT.of(Settings.fromProperties()).directory())
                    ? ""
                    : "; give both SHMARRAYS_OPTS=-Dshmarrays.directory=" + Printable.text(directory.toString());
            err.println("shmarrays: segment " + segmentName + " keeps its values: `shmarrays checkpoint " + segmentName
                    + " FILE` saves them, and `shmarrays run --leftover resume --name "
                    + segmentName
                    + " …` continues with them"
                    + elsewhere);
        }
    }
}
