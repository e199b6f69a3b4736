package org.shmarrays.status;

import org.shmarrays.layout.WorkerState;

/**
 * A slot: who owns it, and what was counted. What is counted goes on over the slot's owners; the identity is that of
 * the last one.
 *
 * @param slotId ordinal of the slot
 * @param state how the owner is
 * @param pid process id of the owner, in its own namespace
 * @param rank of the worker, -1 for none
 * @param worldSize number of workers of its run
 * @param runId which run it belongs to
 * @param claimedMs time of the claim, ms since 1970
 * @param clock steps of the present owner, counted from the slowest clock that it found
 * @param barriers that the present owner has come to
 * @param heartbeatMs time of the claim or of its last step, ms since 1970
 * @param waitsFor partition whose lock it waits for at this moment, or -1
 * @param learningRate of the present owner's steps, NaN while it has not reported one
 * @param counters what was counted
 */
public record WorkerStatus(
        int slotId,
        WorkerState state,
        long pid,
        int rank,
        int worldSize,
        long runId,
        long claimedMs,
        long clock,
        long barriers,
        long heartbeatMs,
        int waitsFor,
        double learningRate,
        WorkerCounters counters) {

    /** False when the owner has departed; it may be dead. */
    public boolean active() {
        return state != WorkerState.DEPARTED && state != WorkerState.NONE;
    }

    /** True if the slot had the same owner then. */
    public boolean isSameOwner(final WorkerStatus then) {
        return pid == then.pid && claimedMs == then.claimedMs && rank == then.rank && runId == then.runId;
    }

    /** True of a worker; one who coordinates workers may have none. */
    public boolean hasRank() {
        return rank >= 0;
    }

    public long samples() {
        return counters.samples();
    }

    public double lossSum() {
        return counters.lossSum();
    }

    public long steps() {
        return counters.steps();
    }

    public long pullNs() {
        return counters.pullNs();
    }

    public long gradientNs() {
        return counters.gradientNs();
    }

    public long pushNs() {
        return counters.pushNs();
    }

    public long stepNs() {
        return counters.stepNs();
    }

    /** Time since the claim or the last step, ms. */
    public long heartbeatAgeMs(final long nowMs) {
        return Math.max(0, nowMs - heartbeatMs);
    }
}
