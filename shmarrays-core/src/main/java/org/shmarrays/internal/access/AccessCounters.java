package org.shmarrays.internal.access;

import org.shmarrays.internal.layout.ArrayLayout;
import org.shmarrays.internal.layout.SlotAccessTable;
import org.shmarrays.internal.layout.SlotArrayTable;
import org.shmarrays.internal.segment.Counting;
import org.shmarrays.internal.segment.Segment;

/**
 * Counts a handle's reads and pushes, when they are done, in its slot; what has failed is not counted. What covers
 * the whole segment, which is what most workers do all the time, is one count, and not one for each array: readers
 * add both. For the handle's thread, the only one that writes these counters.
 */
final class AccessCounters {
    private final SlotArrayTable arrays;
    private final int slotId;
    private final SlotAccessTable accesses;

    AccessCounters(final Segment segment, final int slotId) {
        this.arrays = segment.slotArrays();
        this.slotId = slotId;
        this.accesses = segment.slotAccesses();
    }

    /** Counts a push to the targets of a plan: one for each array, by however many aliases. */
    void update(final AccessPlan plan) {
        if (!Counting.ON) {
            return;
        }
        if (plan.isWhole()) {
            accesses.countWholeUpdate(slotId);
            return;
        }
        for (int i = 0; i < plan.arrayCount(); i++) {
            arrays.countUpdate(slotId, plan.array(i).index(), plan.arrayBytes(i));
        }
        accesses.countUpdate(slotId, plan.lengthBytes());
    }

    /** Counts a push of so many bytes to an array. */
    void update(final ArrayLayout array, final long bytes) {
        if (Counting.ON) {
            arrays.countUpdate(slotId, array.index(), bytes);
            accesses.countUpdate(slotId, bytes);
        }
    }

    /** Counts a read of the targets of a plan, likewise. */
    void read(final AccessPlan plan) {
        if (!Counting.ON) {
            return;
        }
        if (plan.isWhole()) {
            accesses.countWholeRead(slotId);
            return;
        }
        for (int i = 0; i < plan.arrayCount(); i++) {
            arrays.countRead(slotId, plan.array(i).index(), plan.arrayBytes(i));
        }
        accesses.countRead(slotId, plan.lengthBytes());
    }

    /** Counts a read of so many bytes of an array. */
    void read(final ArrayLayout array, final long bytes) {
        if (Counting.ON) {
            arrays.countRead(slotId, array.index(), bytes);
            accesses.countRead(slotId, bytes);
        }
    }

    /** Counts a copy that has to be made again. */
    void retry() {
        if (Counting.ON) {
            accesses.countReadRetry(slotId);
        }
    }
}
