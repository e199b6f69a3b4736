package org.shmarrays.launch;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

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
public record WorkerFailure(
        int rank,
        long pid,
        int exitCode,
        String error,
        String rootCause,
        List<String> lastLines,
        Optional<Path> logFile) {
    public WorkerFailure {
        lastLines = List.copyOf(lastLines);
    }

    /** What became of the process, as a clause: {@code worker 1 (pid 4711) failed with exit code 7}. */
    public String cause() {
        return "worker " + rank + " (pid " + pid + ") " + ExitCode.cause(exitCode);
    }
}
