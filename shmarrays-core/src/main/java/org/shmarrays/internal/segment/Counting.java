package org.shmarrays.internal.segment;

/**
 * Whether the counters that only watchers read are written: always, except in benchmarks that measure what they cost. The
 * system property is {@code shmarrays.counters}, and {@code false} turns them off for this JVM.
 */
public final class Counting {
    /** A constant, so that the compilers leave out what is not counted. */
    public static final boolean ON = !"false".equals(System.getProperty("shmarrays.counters"));

    private Counting() {}
}
