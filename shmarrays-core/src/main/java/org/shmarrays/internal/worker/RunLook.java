package org.shmarrays.internal.worker;

/** What the slots tell of a run at one look, as a worker sees it that joins. */
final class RunLook {
    private int firstWorldSize;
    private int presentSlot = -1;
    private int ownSlot = -1;
    private int recordsOfOwnRank;
    private long ownClock;
    private long ownBarriers;
    private long slowestPresent = Long.MAX_VALUE;
    private long slowestGone = Long.MAX_VALUE;
    private long mostBarriersPresent;
    private long mostBarriers;

    /** Adds the record of a worker of the run. */
    void add(final WorkerRecord record, final boolean isOwn, final boolean isPresent) {
        firstWorldSize = Math.max(firstWorldSize, record.firstWorldSize());
        mostBarriers = Math.max(mostBarriers, record.barriers());
        if (isPresent) {
            presentSlot = record.slotId();
            slowestPresent = Math.min(slowestPresent, record.clock());
            mostBarriersPresent = Math.max(mostBarriersPresent, record.barriers());
        } else {
            slowestGone = Math.min(slowestGone, record.clock());
        }
        if (isOwn) {
            recordsOfOwnRank++;
            ownSlot = isPresent ? record.slotId() : ownSlot;
            ownClock = Math.max(ownClock, record.clock());
            ownBarriers = Math.max(ownBarriers, record.barriers());
        }
    }

    /** True if some worker has joined the run. */
    boolean isSeen() {
        return firstWorldSize > 0;
    }

    /** The number of workers that the run began with. */
    int firstWorldSize() {
        return firstWorldSize;
    }

    /** The slot of a worker that is there, or -1. */
    int presentSlot() {
        return presentSlot;
    }

    /** The slot of the own rank's worker that is there, or -1. */
    int ownSlot() {
        return ownSlot;
    }

    int recordsOfOwnRank() {
        return recordsOfOwnRank;
    }

    boolean hasOwnRecord() {
        return recordsOfOwnRank > 0;
    }

    /**
     * Steps to begin with: those that the rank has made, so that none is made twice or never. A rank that was added to
     * the run begins with the slowest of the others.
     *
     * @param isAdded whether the run began without this rank
     */
    long clock(final boolean isAdded) {
        if (hasOwnRecord() || !isAdded) {
            return ownClock;
        }
        return presentSlot >= 0 ? slowestPresent : slowestGone;
    }

    /** Barriers to begin with. */
    long barriers(final boolean late) {
        if (!late) {
            return 0;
        }
        return presentSlot >= 0 ? Math.max(mostBarriersPresent, ownBarriers) : mostBarriers;
    }
}
