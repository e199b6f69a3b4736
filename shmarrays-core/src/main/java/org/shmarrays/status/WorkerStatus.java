package org.shmarrays.status;

import org.shmarrays.internal.layout.SlotAccessTable;
import org.shmarrays.internal.layout.SlotTable;
import org.shmarrays.internal.segment.Segment;
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
        Counters counters) {

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

    /**
     * What the owners of a slot have counted, one after the other.
     *
     * @param samples that the gradients came from
     * @param lossSum sum of the finite losses reported
     * @param steps number of the losses reported, finite or not: one for each step
     * @param nonFiniteLosses how many of them were NaN or infinite
     * @param pullNs time spent pulling, ns
     * @param gradientNs time spent on gradients, ns
     * @param pushNs time spent pushing, ns
     * @param stepNs time spent on steps, all told, ns
     * @param turnWaitNs time spent waiting for turns, ns
     * @param updates pushes
     * @param updateBytes bytes of values updated
     * @param reads reads
     * @param readBytes bytes of values read
     * @param readRetries copies that had to be made again
     * @param lockWaits waits for locks, ns
     * @param holds how long locks were held, ns, in one hold of about 64
     * @param staleness of the pushes: how many updates of others they did not know of
     */
    public record Counters(
            long samples,
            double lossSum,
            long steps,
            long nonFiniteLosses,
            long pullNs,
            long gradientNs,
            long pushNs,
            long stepNs,
            long turnWaitNs,
            long updates,
            long updateBytes,
            long reads,
            long readBytes,
            long readRetries,
            Log2Histogram lockWaits,
            Log2Histogram holds,
            Log2Histogram staleness) {
        /** All zero. */
        static final Counters NONE = new Counters(
                0,
                0,
                0,
                0,
                0,
                0,
                0,
                0,
                0,
                0,
                0,
                0,
                0,
                0,
                Log2Histogram.ofTimes(),
                Log2Histogram.ofTimes(),
                Log2Histogram.ofNumbers());

        /**
         * Reads the counters of a slot.
         *
         * @param valueBytes of all arrays
         */
        static Counters read(final Segment segment, final int slotId, final long valueBytes) {
            final SlotTable slots = segment.slots();
            final SlotAccessTable accesses = segment.slotAccesses();
            final long wholeUpdates = accesses.wholeUpdates(slotId);
            final long wholeReads = accesses.wholeReads(slotId);
            return new Counters(
                    slots.samples(slotId),
                    slots.lossSum(slotId),
                    slots.lossCount(slotId),
                    slots.nonFiniteLosses(slotId),
                    slots.pullNs(slotId),
                    slots.gradientNs(slotId),
                    slots.pushNs(slotId),
                    slots.stepNs(slotId),
                    accesses.turnWaitNs(slotId),
                    accesses.updates(slotId) + wholeUpdates,
                    accesses.updateBytes(slotId) + wholeUpdates * valueBytes,
                    accesses.reads(slotId) + wholeReads,
                    accesses.readBytes(slotId) + wholeReads * valueBytes,
                    accesses.readRetries(slotId),
                    Log2Histogram.ofTimes(
                            accesses.lockWaits(slotId), accesses.lockWaitNs(slotId), accesses.maxLockWaitNs(slotId)),
                    Log2Histogram.ofTimes(accesses.holds(slotId), accesses.heldNs(slotId), accesses.maxHeldNs(slotId)),
                    Log2Histogram.ofNumbers(
                            accesses.staleness(slotId), accesses.stalenessSum(slotId), accesses.maxStaleness(slotId)));
        }

        /** Mean of the losses reported; NaN of none, and where one of them was not finite. */
        public double meanLoss() {
            return nonFiniteLosses == 0 ? lossSum / steps : Double.NaN;
        }

        /** Both together. */
        public Counters plus(final Counters other) {
            return new Counters(
                    samples + other.samples,
                    lossSum + other.lossSum,
                    steps + other.steps,
                    nonFiniteLosses + other.nonFiniteLosses,
                    pullNs + other.pullNs,
                    gradientNs + other.gradientNs,
                    pushNs + other.pushNs,
                    stepNs + other.stepNs,
                    turnWaitNs + other.turnWaitNs,
                    updates + other.updates,
                    updateBytes + other.updateBytes,
                    reads + other.reads,
                    readBytes + other.readBytes,
                    readRetries + other.readRetries,
                    lockWaits.plus(other.lockWaits),
                    holds.plus(other.holds),
                    staleness.plus(other.staleness));
        }

        /** What was counted since an earlier state. */
        public Counters since(final Counters earlier) {
            return new Counters(
                    samples - earlier.samples,
                    lossSum - earlier.lossSum,
                    steps - earlier.steps,
                    nonFiniteLosses - earlier.nonFiniteLosses,
                    pullNs - earlier.pullNs,
                    gradientNs - earlier.gradientNs,
                    pushNs - earlier.pushNs,
                    stepNs - earlier.stepNs,
                    turnWaitNs - earlier.turnWaitNs,
                    updates - earlier.updates,
                    updateBytes - earlier.updateBytes,
                    reads - earlier.reads,
                    readBytes - earlier.readBytes,
                    readRetries - earlier.readRetries,
                    lockWaits.since(earlier.lockWaits),
                    holds.since(earlier.holds),
                    staleness.since(earlier.staleness));
        }
    }
}
