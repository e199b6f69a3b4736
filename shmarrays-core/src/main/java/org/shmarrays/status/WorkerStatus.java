package org.shmarrays.status;

/**
 * The counters of a slot. What is counted goes on over the slot's owners; the identity is that of the last one.
 *
 * @param slotId ordinal of the slot
 * @param active false when the owner has departed
 * @param pid process id of the owner, in its own namespace
 * @param rank of the worker, -1 for none
 * @param worldSize number of workers of its run
 * @param runId which run it belongs to
 * @param clock steps of the present owner, counted from the slowest clock that it found
 * @param barriers that the present owner has come to
 * @param heartbeatMs time of its last step, ms since 1970
 * @param samples that its gradients came from
 * @param lossSum sum of the losses that it has reported, one for each step
 * @param steps number of those losses
 * @param pullNs time spent pulling, ns
 * @param gradientNs time spent on gradients, ns
 * @param pushNs time spent pushing, ns
 * @param stepNs time spent on steps, all told, ns
 * @param updates pushes
 * @param reads reads
 * @param readRetries copies that had to be made again
 * @param lockWaitNs time spent waiting for locks, ns
 * @param turnWaitNs time spent waiting for turns, ns
 */
public record WorkerStatus(
        int slotId,
        boolean active,
        long pid,
        int rank,
        int worldSize,
        long runId,
        long clock,
        long barriers,
        long heartbeatMs,
        long samples,
        double lossSum,
        long steps,
        long pullNs,
        long gradientNs,
        long pushNs,
        long stepNs,
        long updates,
        long reads,
        long readRetries,
        long lockWaitNs,
        long turnWaitNs) {}
