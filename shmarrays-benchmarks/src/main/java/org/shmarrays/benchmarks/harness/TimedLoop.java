package org.shmarrays.benchmarks.harness;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;

/** Repeats a pass until a window ends; looks at the clock seldom enough that short passes don't feel it. For one thread. */
public final class TimedLoop {
    private static final long CLOCK_EVERY_NS = 20_000;
    private static final long MOST_BATCH = 1 << 16;
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private final Runnable pass;
    private long batch = 1;

    /** Repeats this pass. */
    public TimedLoop(final Runnable pass) {
        this.pass = pass;
    }

    /**
     * Works in the window, at least one pass; the first windows also find out how long a pass takes. The first {@code extra}
     * is the CPU time of the thread, ns.
     */
    public Outcome run(final Window window) {
        final long allocatedBefore = THREADS.getCurrentThreadAllocatedBytes();
        window.awaitStart();
        final long cpuBefore = THREADS.getCurrentThreadCpuTime();
        final long began = System.nanoTime();
        long passes = 0;
        long now;
        do {
            for (long i = 0; i < batch; i++) {
                pass.run();
            }
            passes += batch;
            now = System.nanoTime();
        } while (now < window.endNs());
        final long elapsed = now - began;
        final long cpu = THREADS.getCurrentThreadCpuTime() - cpuBefore;
        final long allocated = THREADS.getCurrentThreadAllocatedBytes() - allocatedBefore;
        batch = Math.max(1, Math.min(MOST_BATCH, CLOCK_EVERY_NS * passes / Math.max(1, elapsed)));
        return new Outcome(passes, elapsed, allocated, 0, cpu);
    }
}
