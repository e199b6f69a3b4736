package org.shmarrays.benchmarks.harness;

/**
 * What the coordinator asks all workers of a group to do.
 *
 * @param candidate number of the candidate, as the workload counts them
 * @param startNs begin of the window, of {@link System#nanoTime()}, which all processes of a machine share
 * @param endNs end of the window
 * @param argument of a check: how many passes all workers together have made
 */
record Order(Kind kind, int candidate, long startNs, long endNs, long argument) {
    enum Kind {
        RUN,
        CHECK,
        END
    }
}
