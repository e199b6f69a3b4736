package org.shmarrays.internal.worker;

import java.util.Arrays;
import java.util.function.Predicate;
import org.shmarrays.internal.segment.Segment;

/**
 * The workers of one run, as the slots tell of them. Workers that have departed hold no one back, and neither do dead
 * ones; that is only looked at on request, because it costs a system call or two. For one thread.
 *
 * <p>A death that was found is remembered by slot and generation, so that only the first wait for a dead worker lasts
 * until the next look. It stays true: {@link WorkerRecord} reads an active state and a generation that belong
 * together, the owner of that generation was dead or gone after that, and the slot is active again only behind a claim,
 * which raises the generation first (S4 before S7, {@code docs/format/lifecycle.md}).
 */
final class Peers {
    /** What is known of a rank, in ascending order of what it says. */
    private static final int NEVER_SEEN = 0;

    private static final int GONE = 1;
    private static final int BEHIND = 2;
    private static final int THERE = 3;

    private final Segment segment;
    private final WorkerRole role;
    private final WorkerRecord record;
    private int[] known = new int[0];

    /** Of each slot the generation whose owner was found dead; 0 for none. */
    private final long[] dead;

    /** The peers of a worker, itself included. */
    Peers(final Segment segment, final WorkerRole role) {
        this.segment = segment;
        this.role = role;
        this.record = new WorkerRecord(segment);
        this.dead = new long[segment.layout().slotCount()];
    }

    /**
     * Smallest clock of the workers that are there, or Long.MAX_VALUE if none is.
     *
     * @param needed whose clock is less is looked at whether it lives, if {@code probe}
     */
    long slowestClock(final long needed, final boolean probe) {
        long slowest = Long.MAX_VALUE;
        for (int slotId = 0; slotId < segment.claimedSlots(); slotId++) {
            if (isPeer(slotId) && isThere(false)) {
                final long clock = record.clock();
                if (clock >= needed || !probe || isThere(true)) {
                    slowest = Math.min(slowest, clock);
                }
            }
        }
        return slowest;
    }

    /**
     * True if no worker is behind a clock but those that wait until a worker has come to a barrier: they make no step
     * before that.
     *
     * @param other slot of that worker
     * @param probe whether the others behind are looked at whether they live
     */
    boolean haveComeOrWaitFor(final int other, final long needed, final boolean probe) {
        for (int slotId = 0; slotId < segment.claimedSlots(); slotId++) {
            if (isPeer(slotId)
                    && isThere(false)
                    && record.clock() < needed
                    && !WaitKind.isForStepsOf(segment.slots(), slotId, other)
                    && (!probe || isThere(true))) {
                return false;
            }
        }
        return true;
    }

    /**
     * A rank that has not come to so many barriers and is not gone, or -1.
     *
     * @param ownSlotId slot of the worker that asks because it has come, whether its slot says so already or not
     */
    int missingRank(final int ownSlotId, final long barriers, final boolean probe) {
        return missingRank(peer -> peer.slotId() == ownSlotId || peer.barriers() >= barriers, probe);
    }

    /** The same for a rank's first turn. */
    int rankWithoutTurn(final int ownSlotId, final boolean probe) {
        return missingRank(peer -> peer.slotId() == ownSlotId || peer.takesTurns(), probe);
    }

    private int missingRank(final Predicate<WorkerRecord> hasCome, final boolean probe) {
        final int worldSize = worldSize();
        if (known.length < worldSize) {
            known = new int[worldSize];
        }
        Arrays.fill(known, NEVER_SEEN);
        for (int slotId = 0; slotId < segment.claimedSlots(); slotId++) {
            // The run may be scaled in this moment.
            if (isPeer(slotId) && record.rank() < worldSize) {
                final int seen = hasCome.test(record) ? THERE : isThere(probe) ? BEHIND : GONE;
                known[record.rank()] = Math.max(known[record.rank()], seen);
            }
        }
        // Ranks that were added later count from when they have come.
        for (int rank = 0; rank < worldSize; rank++) {
            if (known[rank] == NEVER_SEEN && rank < role.firstWorldSize() || known[rank] == BEHIND) {
                return rank;
            }
        }
        return -1;
    }

    /** True if a worker of the rank is attached, and its process lives, whether it is still wanted or not. */
    boolean isAlive(final int rank) {
        for (int slotId = 0; slotId < segment.claimedSlots(); slotId++) {
            if (record.read(slotId) && record.is(role.runId(), rank) && isThere(true)) {
                return true;
            }
        }
        return false;
    }

    /** True if the rank has been there, and is no longer. */
    boolean isGone(final int rank, final boolean probe) {
        int seen = NEVER_SEEN;
        for (int slotId = 0; slotId < segment.claimedSlots(); slotId++) {
            if (isPeer(slotId) && record.rank() == rank) {
                seen = Math.max(seen, isThere(probe) ? THERE : GONE);
            }
        }
        return seen == GONE;
    }

    /**
     * True if the rank is there, and waits until the worker of a slot has come to a barrier, or to a clock. A rank that
     * was started again in another slot has two records: the wait of the worker that was killed stays published. So all
     * of the rank's workers that may live must wait so.
     *
     * @param other slot of that worker
     */
    boolean isWaitingForStepsOf(final int other, final int rank, final boolean probe) {
        boolean isThere = false;
        for (int slotId = 0; slotId < segment.claimedSlots(); slotId++) {
            if (isPeer(slotId) && record.rank() == rank && isThere(probe)) {
                if (!WaitKind.isForStepsOf(segment.slots(), slotId, other)) {
                    return false;
                }
                isThere = true;
            }
        }
        return isThere;
    }

    /** Reads a slot's record; true if it is that of a worker that is wanted in this run. */
    private boolean isPeer(final int slotId) {
        return record.read(slotId) && record.runId() == role.runId() && record.rank() < worldSize();
    }

    /**
     * True if the worker that was read last has not departed, and was not found dead.
     *
     * @param probe whether to look if its process lives, too
     */
    private boolean isThere(final boolean probe) {
        if (!record.isThere(false) || dead[record.slotId()] == record.generation()) {
            return false;
        }
        if (probe && !record.isThere(true)) {
            dead[record.slotId()] = record.generation();
            return false;
        }
        return true;
    }

    /**
     * The record that a slot has, or null if it is that of no worker of this run that is there. Good until the next
     * call.
     *
     * @param probe whether to look if its process lives, too
     */
    WorkerRecord present(final int slotId, final boolean probe) {
        return isPeer(slotId) && isThere(probe) ? record : null;
    }

    /** The number of workers that are wanted: as many as the run began with, or as were asked for since. */
    int worldSize() {
        final long wanted = segment.runControl().wantedWorkersAcquire(role.runId());
        return wanted > 0 ? (int) Math.min(wanted, segment.layout().slotCount()) : role.worldSize();
    }
}
