package org.shmarrays.launch;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * How the workers of a run ended.
 *
 * @param exitCodes exit code of each rank: 128 + n if signal n ended it; 143 if it was not started because the run was
 *     already being stopped; 1 if the launcher itself failed while it followed the process
 * @param firstFailedRank the worker that failed first by itself, not because {@link WorkerGroup#stop()} or the failure
 *     of another worker stopped it
 * @param lastLines for each rank its last lines of both streams, since its last restart
 * @param restarts for each rank the number of restarts
 * @param stopped how many other workers were stopped because the first worker had failed for good
 * @param failures the last failure of each rank that failed by itself, in the order of the failures; also if the rank
 *     was restarted and then ended well
 * @param loss why the run has failed whatever its workers report: the segment's files are gone; else empty
 */
public record GroupResult(
        List<Integer> exitCodes,
        OptionalInt firstFailedRank,
        List<List<String>> lastLines,
        List<Integer> restarts,
        int stopped,
        List<Failure> failures,
        Optional<String> loss) {
    private static final int LOST_EXIT_CODE = 1;

    public GroupResult {
        exitCodes = List.copyOf(exitCodes);
        lastLines = List.copyOf(lastLines);
        restarts = List.copyOf(restarts);
        failures = List.copyOf(failures);
    }

    /** True if no worker failed and the segment was not lost. */
    public boolean isSuccess() {
        return firstFailedRank.isEmpty() && loss.isEmpty();
    }

    /**
     * The exit code of the run: 0 if it succeeded, else that of the first worker that failed. It is 1 if none failed,
     * or if that process had ended well before the segment was lost.
     */
    public int exitCode() {
        final int ofWorker = firstFailedRank.isPresent() ? exitCodes.get(firstFailedRank.getAsInt()) : 0;
        return ofWorker == 0 && !isSuccess() ? LOST_EXIT_CODE : ofWorker;
    }

    /**
     * What failed, as a clause: {@code worker 1 of 4 failed with exit code 7}, or the loss; empty if nothing failed.
     */
    public String failure() {
        if (loss.isPresent() || firstFailedRank.isEmpty()) {
            return loss.orElse("");
        }
        final int rank = firstFailedRank.getAsInt();
        final int restarted = restarts.get(rank);
        return "worker " + rank + " of " + exitCodes.size() + " " + ExitCode.cause(exitCode())
                + (restarted == 0 ? "" : ", after " + restarted + (restarted == 1 ? " restart" : " restarts"));
    }

    /** The last lines of the worker that failed first. Empty if none failed, or if the segment was lost. */
    public List<String> lastLinesOfFailed() {
        return firstFailedRank.isPresent() && loss.isEmpty() ? lastLines.get(firstFailedRank.getAsInt()) : List.of();
    }

    /**
     * The last failure of one rank: how its process ended, and what it printed about it.
     *
     * @param rank      the worker
     * @param pid       process id of the process that failed
     * @param exitCode  exit code of that process; 128 + n if signal n ended it
     * @param error     the exception that most likely ended it, with its whole message, as it was printed. A message of
     *                  several lines has line feeds. Empty if it printed none
     * @param rootCause the last {@code Caused by: } of that exception, with its message; empty if it has no cause
     * @param lastLines its last lines of both streams
     * @param logFile   the file with all of its output; empty without {@link Launcher#logTo}
     */
    public record Failure(
            int rank,
            long pid,
            int exitCode,
            String error,
            String rootCause,
            List<String> lastLines,
            Optional<Path> logFile) {
        public Failure {
            lastLines = List.copyOf(lastLines);
        }

        /** What happened to the process, as a clause: {@code worker 1 (pid 4711) failed with exit code 7}. */
        public String cause() {
            return "worker " + rank + " (pid " + pid + ") " + ExitCode.cause(exitCode);
        }
    }
}
