package org.shmarrays.launch;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * How the workers of a run ended.
 *
 * @param exitCodes for each rank its exit code; 128 + n where signal n ended it; 143 where it was not started any more
 *     because the run was being stopped already; 1 where the launcher failed itself while it followed the process
 * @param firstFailedRank the worker that failed first, of its own accord: not one that was stopped, by {@link
 *                        WorkerGroup#stop()} or because another had failed
 * @param lastLines for each rank the last lines that it wrote, of both its streams; where it was started again, since
 *     then
 * @param restarts        for each rank how often it was started again
 * @param stopped         how many others went on when the first worker failed for good, and were stopped for that
 * @param failures        the last failure of each rank that failed of its own accord, in the order in which they
 *                        failed; also of those that were started again, and ended well then
 * @param loss why the run has failed whatever its workers say: the segment's files were taken away; else empty
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

    /** Whether no worker failed, and the segment was not lost. */
    public boolean isSuccess() {
        return firstFailedRank.isEmpty() && loss.isEmpty();
    }

    /**
     * The exit code of the run: 0 if it is a success, else that of the first worker that failed; 1 where none did, or
     * its process had ended well before the segment was lost.
     */
    public int exitCode() {
        final int ofWorker = firstFailedRank.isPresent() ? exitCodes.get(firstFailedRank.getAsInt()) : 0;
        return ofWorker == 0 && !isSuccess() ? LOST_EXIT_CODE : ofWorker;
    }

    /**
     * What failed, as a clause: {@code worker 1 of 4 failed with exit code 7}, or the loss; empty where nothing did.
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

    /** The last lines of the worker that failed first; none where none did, or the loss of the segment says it all. */
    public List<String> lastLinesOfFailed() {
        return firstFailedRank.isPresent() && loss.isEmpty() ? lastLines.get(firstFailedRank.getAsInt()) : List.of();
    }

    /**
     * The last failure of one rank: how its process ended, and what it printed about it.
     *
     * @param rank      the worker
     * @param pid       of the process that failed
     * @param exitCode  of that process; 128 + n where signal n ended it
     * @param error     the exception that most likely ended it, with its whole message, as it was printed; a message of
     *                  several lines has line feeds. Empty where it printed none
     * @param rootCause the last {@code Caused by: } of that exception, with its message; empty where it has no cause
     * @param lastLines the last lines that it wrote, of both its streams
     * @param logFile   where all of its output is; empty without {@link Launcher#logTo}
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

        /** What became of the process, as a clause: {@code worker 1 (pid 4711) failed with exit code 7}. */
        public String cause() {
            return "worker " + rank + " (pid " + pid + ") " + ExitCode.cause(exitCode);
        }
    }
}
