package org.shmarrays.benchmarks.locks;

import org.shmarrays.benchmarks.harness.Candidate;
import org.shmarrays.benchmarks.harness.Outcome;
import org.shmarrays.benchmarks.harness.Window;

/** The control: yields, and notes for how long it did not run. No lock can promise less than that to its waiters. */
final class YieldingOnly implements Candidate {
    @Override
    public Outcome run(final Window window) {
        window.awaitStart();
        final long began = System.nanoTime();
        long yields = 0;
        long worst = 0;
        long last = began;
        while (last < window.endNs()) {
            Thread.yield();
            final long now = System.nanoTime();
            worst = Math.max(worst, now - last);
            last = now;
            yields++;
        }
        return new Outcome(yields, last - began, 0, worst);
    }
}
