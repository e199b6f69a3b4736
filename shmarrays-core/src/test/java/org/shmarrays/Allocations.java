package org.shmarrays;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.management.ManagementFactory;

/** Counts the bytes that the present thread allocates. */
final class Allocations {
    private static final com.sun.management.ThreadMXBean THREADS =
            (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();

    /** The compilers must have seen it, before they leave out what the Vector API allocates. */
    private static final int MOST_ROUNDS = 200;

    private static final int CALLS = 500;

    private Allocations() {}

    /** Returns when a round of calls has allocated nothing, once all that is made anew only at first is there. */
    static void assertNone(final Runnable call) {
        long least = Long.MAX_VALUE;
        for (int round = 0; round < MOST_ROUNDS && least > 0; round++) {
            final long before = THREADS.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < CALLS; i++) {
                call.run();
            }
            least = Math.min(least, THREADS.getCurrentThreadAllocatedBytes() - before);
        }
        assertThat(least).as("bytes allocated in %d calls", CALLS).isZero();
    }
}
