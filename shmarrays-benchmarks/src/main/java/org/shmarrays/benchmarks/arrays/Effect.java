package org.shmarrays.benchmarks.arrays;

/** What passes make of a value, for checks. */
interface Effect {
    /** As rows and tables call it. */
    String label();

    /** What an element should be after so many passes. */
    double expected(double initial, double gradient, double passes);

    /** How many times as far as without a race an element may go with one. */
    default double mostOfARace() {
        return 1;
    }
}
