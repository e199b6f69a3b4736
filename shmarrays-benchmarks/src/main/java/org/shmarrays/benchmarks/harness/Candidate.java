package org.shmarrays.benchmarks.harness;

/** One of the things that are compared, in one worker process. For one thread. */
public interface Candidate {
    /** Works in the window, and says what came of it. */
    Outcome run(Window window);

    /**
     * Checks the results; called for rank 0 alone, while no worker runs.
     *
     * @param passes what all workers together have made since the beginning
     * @return how many values are wrong
     */
    default long check(final long passes) {
        return 0;
    }
}
