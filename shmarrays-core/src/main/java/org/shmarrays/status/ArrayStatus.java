package org.shmarrays.status;

import org.shmarrays.layout.ArraySpec;

/**
 * The counters of an array since the segment's creation. Arrays that share a partition share its lock: what is counted for
 * the lock then stands for all of them.
 *
 * @param spec the array
 * @param partitionCount number of partitions over which it spans
 * @param acquisitions of the partitions' locks
 * @param contended acquisitions that had to wait
 * @param waitNs total of the waits, ns
 * @param maxWaitNs longest wait, ns
 * @param recoveries of partitions whose holder had died
 * @param updates pushes to this array
 * @param reads of this array
 */
public record ArrayStatus(
        ArraySpec spec,
        int partitionCount,
        long acquisitions,
        long contended,
        long waitNs,
        long maxWaitNs,
        long recoveries,
        long updates,
        long reads) {}
