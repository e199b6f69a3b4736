package org.shmarrays.benchmarks.harness;

/** One of the things that are compared, in one worker process. For one thread. */
public interface Candidate {
    /** Works in the window, and says what came of it. */
    Outcome run(Window window);

    /**
     * Looks whether what should have been done is done; called for rank 0 alone, when nobody works.
     *
     * @param passes what all workers together have made since the beginning
     * @return how many values are wrong
     */
    default long check(final long passes) {
        return 0;
    }
}
