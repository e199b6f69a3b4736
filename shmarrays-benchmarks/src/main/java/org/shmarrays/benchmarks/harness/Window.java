package org.shmarrays.benchmarks.harness;

import java.util.concurrent.locks.LockSupport;

/** A stretch of time in which all workers of a group work; in {@link System#nanoTime()}. */
public record Window(long startNs, long endNs) {
    private static final long SPIN_NS = 100_000;

    /** Returns at its begin. */
    public void awaitStart() {
        long left = startNs - System.nanoTime();
        while (left > SPIN_NS) {
            LockSupport.parkNanos(left - SPIN_NS);
            left = startNs - System.nanoTime();
        }
        while (System.nanoTime() < startNs) {
            Thread.yield();
        }
    }
}
