package org.shmarrays.benchmarks.locks;

/** A lock that is compared. For one thread. */
interface Exclusion {
    void acquire();

    void release();
}
