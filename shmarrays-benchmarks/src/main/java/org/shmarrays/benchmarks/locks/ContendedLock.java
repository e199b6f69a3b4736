package org.shmarrays.benchmarks.locks;

import org.agrona.concurrent.AtomicBuffer;
import org.shmarrays.benchmarks.harness.Candidate;
import org.shmarrays.benchmarks.harness.Outcome;
import org.shmarrays.benchmarks.harness.Window;

/**
 * Takes a lock, works for a while, frees it, and takes it again at once. What it guards is a number, counted up without any
 * other care: it tells whether two were ever inside.
 */
final class ContendedLock implements Candidate {
    private final Exclusion exclusion;
    private final CriticalSection section;
    private final AtomicBuffer shared;
    private final int counterOffset;

    ContendedLock(
            final Exclusion exclusion,
            final CriticalSection section,
            final AtomicBuffer shared,
            final int counterOffset) {
        this.exclusion = exclusion;
        this.section = section;
        this.shared = shared;
        this.counterOffset = counterOffset;
    }

    @Override
    public Outcome run(final Window window) {
        window.awaitStart();
        final long began = System.nanoTime();
        long acquisitions = 0;
        long worst = 0;
        long asked = began;
        while (asked < window.endNs()) {
            exclusion.acquire();
            worst = Math.max(worst, System.nanoTime() - asked);
            final long count = shared.getLong(counterOffset);
            section.run();
            shared.putLong(counterOffset, count + 1);
            exclusion.release();
            acquisitions++;
            asked = System.nanoTime();
        }
        return new Outcome(acquisitions, asked - began, 0, worst);
    }

    @Override
    public long check(final long passes) {
        return Math.abs(shared.getLong(counterOffset) - passes);
    }
}
