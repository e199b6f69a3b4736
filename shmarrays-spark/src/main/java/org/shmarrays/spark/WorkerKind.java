package org.shmarrays.spark;

import java.io.Serializable;

/** What the workers of a host are. */
sealed interface WorkerKind extends Serializable {
    /** Threads of the executor. */
    record Threads() implements WorkerKind {}

    /**
     * Processes that the executor starts.
     *
     * @param heap the largest heap of each, as of {@code -Xmx}
     */
    record Processes(String heap) implements WorkerKind {}
}
