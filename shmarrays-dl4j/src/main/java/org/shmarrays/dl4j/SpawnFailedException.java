package org.shmarrays.dl4j;

import java.util.List;

/** A spawned worker has failed for good, and the others were stopped. The caller's model is as it was before. */
public final class SpawnFailedException extends RuntimeException {
    /** The rank where no single worker failed. */
    public static final int NO_RANK = -1;

    private static final long serialVersionUID = 1;

    private final int rank;
    private final int exitCode;
    private final transient List<String> lastLines;

    SpawnFailedException(final String failure, final int rank, final int exitCode, final List<String> lastLines) {
        super(failure + (lastLines.isEmpty() ? "" : "; its last lines:\n    " + String.join("\n    ", lastLines)));
        this.rank = rank;
        this.exitCode = exitCode;
        this.lastLines = List.copyOf(lastLines);
    }

    /**
     * The worker that failed first, or {@link #NO_RANK} where the segment's files were taken away from outside, or
     * the workers could not be started.
     */
    public int rank() {
        return rank;
    }

    /** The exit code of that worker; 128 + n where signal n ended it. */
    public int exitCode() {
        return exitCode;
    }

    /** The last lines that the worker wrote; empty after deserialization. */
    public List<String> lastLines() {
        return lastLines == null ? List.of() : lastLines;
    }
}
