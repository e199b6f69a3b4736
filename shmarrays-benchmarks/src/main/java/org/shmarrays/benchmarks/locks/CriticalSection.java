package org.shmarrays.benchmarks.locks;

/** Work for a given time of a core: counted, so that a holder who loses its core has it before him still. */
final class CriticalSection {
    private static final int TRIALS = 50;
    private static final int TRIAL_STEPS = 20_000;

    private final int steps;
    private long state = 1;

    /** Finds out how much work that is. */
    CriticalSection(final long ns) {
        long best = Long.MAX_VALUE;
        for (int trial = 0; trial < TRIALS; trial++) {
            final long began = System.nanoTime();
            work(TRIAL_STEPS);
            best = Math.min(best, System.nanoTime() - began);
        }
        steps = (int) Math.max(1, ns * TRIAL_STEPS / Math.max(1, best));
    }

    void run() {
        work(steps);
    }

    /** Xorshift (Marsaglia 2003): each step needs the one before. */
    private void work(final int count) {
        long x = state;
        for (int i = 0; i < count; i++) {
            x ^= x << 13;
            x ^= x >>> 7;
            x ^= x << 17;
        }
        state = x;
    }
}
