package org.shmarrays.worker;

import java.util.function.IntPredicate;
import org.agrona.concurrent.AtomicBuffer;
import org.shmarrays.layout.RunControlDescriptor;
import org.shmarrays.layout.SlotDescriptor;
import org.shmarrays.segment.Segment;

/**
 * The workers of one run, as their slots show them. Who has departed holds nobody back, and neither does who is dead; that
 * is only looked at on request, because it costs a system call or two. For any thread.
 */
final class Peers {
    /** What is known of a rank, in ascending order of what it says. */
    private static final int NEVER_SEEN = 0;

    private static final int GONE = 1;
    private static final int BEHIND = 2;
    private static final int THERE = 3;

    private final Segment segment;
    private final int firstWorldSize;
    private final long runId;
    private final boolean late;

    /** @param late whether the asker came to a run under way: it waits for no rank that was never seen */
    Peers(final Segment segment, final int worldSize, final long runId, final boolean late) {
        this.segment = segment;
        this.firstWorldSize = worldSize;
        this.runId = runId;
        this.late = late;
    }

    /**
     * Smallest clock of the workers that are there, or Long.MAX_VALUE if none is.
     *
     * @param needed whose clock is less is looked at whether it lives, if {@code probe}
     */
    long slowestClock(final long needed, final boolean probe) {
        final AtomicBuffer control = segment.control();
        long slowest = Long.MAX_VALUE;
        for (int slotId = 0; slotId < claimedSlots(); slotId++) {
            final int slot = segment.controlLayout().slot(slotId);
            if (isOfRun(slot) && SlotDescriptor.stateAcquire(control, slot) == SlotDescriptor.ACTIVE) {
                final long clock = SlotDescriptor.clockAcquire(control, slot);
                if (clock >= needed || !probe || Liveness.isAlive(segment, slotId)) {
                    slowest = Math.min(slowest, clock);
                }
            }
        }
        return slowest;
    }

    /** The number of barriers of that live worker that has come to most, or 0 if none lives. */
    long mostBarriers() {
        final AtomicBuffer control = segment.control();
        long most = 0;
        for (int slotId = 0; slotId < claimedSlots(); slotId++) {
            final int slot = segment.controlLayout().slot(slotId);
            if (isOfRun(slot) && isThere(slotId, slot, true)) {
                most = Math.max(most, SlotDescriptor.barriersAcquire(control, slot));
            }
        }
        return most;
    }

    /** A rank that has not come to so many barriers and is not gone, or -1. */
    int missingRank(final long barriers, final boolean probe) {
        return missingRank(slot -> SlotDescriptor.barriersAcquire(segment.control(), slot) >= barriers, probe);
    }

    /** A rank that has not come to its first turn and is not gone, or -1. */
    int rankWithoutTurn(final boolean probe) {
        return missingRank(slot -> SlotDescriptor.takesTurnsAcquire(segment.control(), slot), probe);
    }

    private int missingRank(final IntPredicate hasCome, final boolean probe) {
        final AtomicBuffer control = segment.control();
        final int worldSize = worldSize();
        final int[] known = new int[worldSize];
        for (int slotId = 0; slotId < claimedSlots(); slotId++) {
            final int slot = segment.controlLayout().slot(slotId);
            if (isOfRun(slot)) {
                final int rank = SlotDescriptor.rank(control, slot);
                if (rank >= worldSize) {
                    continue; // the run was scaled in this moment
                }
                final int seen = hasCome.test(slot) ? THERE : isThere(slotId, slot, probe) ? BEHIND : GONE;
                known[rank] = Math.max(known[rank], seen);
            }
        }
        // Those that were added later count from when they have come.
        final int expected = late ? 0 : firstWorldSize;
        for (int rank = 0; rank < worldSize; rank++) {
            if (known[rank] == NEVER_SEEN && rank < expected || known[rank] == BEHIND) {
                return rank;
            }
        }
        return -1;
    }

    /** True if the rank has been there, and is no longer. */
    boolean isGone(final int rank, final boolean probe) {
        int known = NEVER_SEEN;
        for (int slotId = 0; slotId < claimedSlots(); slotId++) {
            final int slot = segment.controlLayout().slot(slotId);
            if (isOfRun(slot) && SlotDescriptor.rank(segment.control(), slot) == rank) {
                known = Math.max(known, isThere(slotId, slot, probe) ? THERE : GONE);
            }
        }
        return known == GONE;
    }

    private boolean isThere(final int slotId, final int slot, final boolean probe) {
        return SlotDescriptor.stateAcquire(segment.control(), slot) == SlotDescriptor.ACTIVE
                && (!probe || Liveness.isAlive(segment, slotId));
    }

    /** A slot of this run's, be its owner there or not. */
    private boolean isOfRun(final int slot) {
        final AtomicBuffer control = segment.control();
        if (SlotDescriptor.stateAcquire(control, slot) == SlotDescriptor.FREE) {
            return false;
        }
        final int rank = SlotDescriptor.rank(control, slot);
        return SlotDescriptor.runId(control, slot) == runId
                && (runId != 0 || SlotDescriptor.worldSize(control, slot) == firstWorldSize)
                && rank >= 0
                && rank < worldSize();
    }

    /** The number of workers that are wanted: as many as the run began with, or as somebody has asked for since. */
    int worldSize() {
        final long wanted = RunControlDescriptor.wantedWorkersAcquire(
                segment.control(), segment.controlLayout().runControlOffset(), runId);
        return wanted > 0 ? (int) Math.min(wanted, segment.layout().slotCount()) : firstWorldSize;
    }

    private int claimedSlots() {
        return segment.claimedSlots();
    }
}
