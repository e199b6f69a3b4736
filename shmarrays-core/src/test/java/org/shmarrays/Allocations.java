package org.shmarrays;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.management.ManagementFactory;
import java.util.concurrent.TimeUnit;

/** Counts the bytes that the present thread allocates. */
final class Allocations {
    private static final com.sun.management.ThreadMXBean THREADS =
            (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();

    /** The compilers must have seen it, before they leave out what the Vector API allocates. */
    private static final long MOST_NS = TimeUnit.SECONDS.toNanos(30);

    /** Short rounds: five times a second a call looks whether the segment's files are still there, which allocates. */
    private static final int CALLS = 50;

    private static final int ROUNDS_WITHOUT = 4;

    private Allocations() {}

    /** Returns after consecutive rounds of calls that allocated nothing; what is made once may be made before them. */
    static void assertNone(final Runnable call) {
        final long began = System.nanoTime();
        int without = 0;
        long allocated = 0;
        // Not a number of rounds: on a busy machine the compilers come late, however often it was called before.
        while (without < ROUNDS_WITHOUT && System.nanoTime() - began < MOST_NS) {
            final long before = THREADS.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < CALLS; i++) {
                call.run();
            }
            allocated = THREADS.getCurrentThreadAllocatedBytes() - before;
            without = allocated == 0 ? without + 1 : 0;
        }
        assertThat(without)
                .as("rounds without allocation; bytes allocated in the last %d calls: %d", CALLS, allocated)
                .isEqualTo(ROUNDS_WITHOUT);
    }
}
