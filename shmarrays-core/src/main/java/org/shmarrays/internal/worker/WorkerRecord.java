package org.shmarrays.internal.worker;

import java.lang.invoke.VarHandle;
import org.agrona.concurrent.AtomicBuffer;
import org.shmarrays.internal.layout.SlotDescriptor;
import org.shmarrays.internal.segment.Segment;

/**
 * What a slot records about a worker of a run: its owner, or the last worker that owned it. For one thread; {@link
 * #read} fills it, so that waits don't allocate.
 */
final class WorkerRecord {
    private final Segment segment;
    private final AtomicBuffer control;
    private int slotId;
    private int slot;
    private long generation;
    private long runId;
    private int rank;
    private int firstWorldSize;
    private boolean active;
    private boolean kept;

    WorkerRecord(final Segment segment) {
        this.segment = segment;
        this.control = segment.control();
    }

    /**
     * Reads the record of a slot. While a claimant writes it, state, generation or kept rank differ before and after:
     * then it is read again.
     *
     * @return false if the slot has no record of a worker
     */
    boolean read(final int id) {
        slotId = id;
        slot = segment.controlLayout().slot(id);
        while (true) {
            generation = SlotDescriptor.generationAcquire(control, slot);
            final long state = SlotDescriptor.stateAcquire(control, slot);
            final boolean isOwners = readOwner(state);
            // Behind the owner: a claimant keeps the owner's record before it writes over it.
            final int keptRank = SlotDescriptor.keptRankAcquire(control, slot);
            if (!isOwners) {
                readKept(keptRank);
            }
            VarHandle.loadLoadFence();
            if (SlotDescriptor.stateAcquire(control, slot) == state
                    && SlotDescriptor.keptRankAcquire(control, slot) == keptRank
                    && SlotDescriptor.generationAcquire(control, slot) == generation) {
                return rank >= 0;
            }
            Thread.onSpinWait();
        }
    }

    private boolean readOwner(final long state) {
        rank = SlotDescriptor.rank(control, slot);
        runId = SlotDescriptor.runId(control, slot);
        firstWorldSize = SlotDescriptor.firstWorldSize(control, slot);
        active = state == SlotDescriptor.ACTIVE;
        kept = false;
        return state != SlotDescriptor.FREE && rank >= 0;
    }

    private void readKept(final int keptRank) {
        rank = keptRank;
        runId = SlotDescriptor.keptRunId(control, slot);
        firstWorldSize = SlotDescriptor.keptFirstWorldSize(control, slot);
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
        return kept ? SlotDescriptor.keptBarriers(control, slot) : SlotDescriptor.barriersAcquire(control, slot);
    }

    long clock() {
        return kept ? SlotDescriptor.keptClock(control, slot) : SlotDescriptor.clockAcquire(control, slot);
    }

    /** True if the worker has come to its first turn. */
    boolean takesTurns() {
        return !kept && SlotDescriptor.takesTurnsAcquire(control, slot);
    }

    /** When the owner claimed the slot, ms since 1970. */
    long claimedMs() {
        return kept ? 0 : SlotDescriptor.claimedMs(control, slot);
    }
}
