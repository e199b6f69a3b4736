package org.shmarrays.internal.worker;

import java.lang.invoke.VarHandle;
import org.shmarrays.internal.layout.SlotTable;
import org.shmarrays.internal.segment.Segment;

/**
 * What a slot records about a worker of a run: its owner, or the last worker that owned it. For one thread; {@link
 * #read} fills it, so that waits don't allocate.
 */
final class WorkerRecord {
    private final Segment segment;
    private final SlotTable slots;
    private int slotId;
    private long generation;
    private long runId;
    private int rank;
    private int firstWorldSize;
    private boolean active;
    private boolean kept;

    WorkerRecord(final Segment segment) {
        this.segment = segment;
        this.slots = segment.slots();
    }

    /**
     * Reads the record of a slot. While a claimant writes it, state, generation or kept rank differ before and after:
     * then it is read again.
     *
     * @return false if the slot has no record of a worker
     */
    boolean read(final int id) {
        slotId = id;
        while (true) {
            generation = slots.generationAcquire(slotId);
            final long state = slots.stateAcquire(slotId);
            final boolean isOwners = readOwner(state);
            // Behind the owner: a claimant keeps the owner's record before it writes over it.
            final int keptRank = slots.keptRankAcquire(slotId);
            if (!isOwners) {
                readKept(keptRank);
            }
            VarHandle.loadLoadFence();
            if (slots.stateAcquire(slotId) == state
                    && slots.keptRankAcquire(slotId) == keptRank
                    && slots.generationAcquire(slotId) == generation) {
                return rank >= 0;
            }
            Thread.onSpinWait();
        }
    }

    private boolean readOwner(final long state) {
        rank = slots.rank(slotId);
        runId = slots.runId(slotId);
        firstWorldSize = slots.firstWorldSize(slotId);
        active = state == SlotTable.ACTIVE;
        kept = false;
        return state != SlotTable.FREE && rank >= 0;
    }

    private void readKept(final int keptRank) {
        rank = keptRank;
        runId = slots.keptRunId(slotId);
        firstWorldSize = slots.keptFirstWorldSize(slotId);
        active = false;
        kept = true;
    }

    int slotId() {
        return slotId;
    }

    /** Which of the slot's owners it is that the record is of, or whose claim is not finished. */
    long generation() {
        return generation;
    }

    int rank() {
        return rank;
    }

    long runId() {
        return runId;
    }

    /** The number of workers that the run began with. */
    int firstWorldSize() {
        return firstWorldSize;
    }

    boolean is(final long otherRunId, final int otherRank) {
        return runId == otherRunId && rank == otherRank;
    }

    /**
     * True if the worker has not departed.
     *
     * @param probe whether to look if its process lives, too, which costs a system call or two
     */
    boolean isThere(final boolean probe) {
        return active && (!probe || Liveness.isAlive(segment, slotId));
    }

    /** Barriers that the worker has come to. */
    long barriers() {
        return kept ? slots.keptBarriers(slotId) : slots.barriersAcquire(slotId);
    }

    long clock() {
        return kept ? slots.keptClock(slotId) : slots.clockAcquire(slotId);
    }

    /** True if the worker has come to its first turn. */
    boolean takesTurns() {
        return !kept && slots.takesTurnsAcquire(slotId);
    }

    /** When the owner claimed the slot, ms since 1970. */
    long claimedMs() {
        return kept ? 0 : slots.claimedMs(slotId);
    }
}
