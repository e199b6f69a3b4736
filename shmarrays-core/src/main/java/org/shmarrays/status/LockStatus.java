package org.shmarrays.status;

/**
 * The counters of some partitions' locks.
 *
 * @param acquisitions of the locks
 * @param contended acquisitions that had to wait
 * @param recoveries of partitions whose holder had died
 * @param changes that were published
 * @param waits of the contended acquisitions, ns
 * @param holds how long the locks were held, ns, in one hold of about 64
 */
public record LockStatus(
        long acquisitions, long contended, long recoveries, long changes, Log2Histogram waits, Log2Histogram holds) {
    /** Of no lock. */
    static final LockStatus NONE = new LockStatus(0, 0, 0, 0, Log2Histogram.ofTimes(), Log2Histogram.ofTimes());

    /** Share of the acquisitions that had to wait, 0 to 1; NaN of no acquisitions. */
    public double contentionRatio() {
        return acquisitions == 0 ? Double.NaN : Math.min(1, (double) contended / acquisitions);
    }

    /** What was counted since an earlier state. */
    public LockStatus since(final LockStatus earlier) {
        return new LockStatus(
                acquisitions - earlier.acquisitions,
                contended - earlier.contended,
                recoveries - earlier.recoveries,
                changes - earlier.changes,
                waits.since(earlier.waits),
                holds.since(earlier.holds));
    }
}
