package org.shmarrays.benchmarks.arrays;

import org.shmarrays.benchmarks.harness.Candidate;
import org.shmarrays.benchmarks.harness.Outcome;
import org.shmarrays.benchmarks.harness.Rendezvous;
import org.shmarrays.benchmarks.harness.Window;

/**
 * Passes that the workers make in turn. All must make as many, or those with more wait for ever: rank 0, whose turn comes
 * first in each step, says before its last pass which it is.
 */
final class OrderedPasses implements Candidate {
    private final Runnable pass;
    private final Rendezvous rendezvous;
    private long step;

    OrderedPasses(final Runnable pass, final Rendezvous rendezvous) {
        this.pass = pass;
        this.rendezvous = rendezvous;
    }

    @Override
    public Outcome run(final Window window) {
        final com.sun.management.ThreadMXBean threads =
                (com.sun.management.ThreadMXBean) java.lang.management.ManagementFactory.getThreadMXBean();
        final long allocatedBefore = threads.getCurrentThreadAllocatedBytes();
        final boolean leads = rendezvous.rank() == 0;
        window.awaitStart();
        final long began = System.nanoTime();
        final long firstStep = step;
        do {
            step++;
            if (leads && System.nanoTime() >= window.endNs()) {
                rendezvous.stopStepRelease(step);
            }
            pass.run();
        } while (rendezvous.stopStepAcquire() != step);
        final long elapsed = System.nanoTime() - began;
        return new Outcome(step - firstStep, elapsed, threads.getCurrentThreadAllocatedBytes() - allocatedBefore, 0);
    }
}
