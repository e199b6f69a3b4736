package org.shmarrays.benchmarks.locks;

import org.shmarrays.benchmarks.harness.Candidate;
import org.shmarrays.benchmarks.harness.Outcome;
import org.shmarrays.benchmarks.harness.TimedLoop;
import org.shmarrays.benchmarks.harness.Window;

/** Takes and frees an uncontended lock; a pass is {@link #PAIRS} pairs. */
final class UncontendedPairs implements Candidate {
    static final int PAIRS = 64;

    private final TimedLoop loop;

    UncontendedPairs(final Exclusion exclusion) {
        loop = new TimedLoop(() -> {
            for (int i = 0; i < PAIRS; i++) {
                exclusion.acquire();
                exclusion.release();
            }
        });
    }

    @Override
    public Outcome run(final Window window) {
        return loop.run(window);
    }
}
