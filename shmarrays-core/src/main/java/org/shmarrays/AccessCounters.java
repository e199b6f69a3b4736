package org.shmarrays;

import org.agrona.concurrent.AtomicBuffer;
import org.shmarrays.layout.ArrayLayout;
import org.shmarrays.layout.ControlLayout;
import org.shmarrays.layout.SlotArrayDescriptor;
import org.shmarrays.layout.SlotDescriptor;
import org.shmarrays.segment.Counting;
import org.shmarrays.segment.Segment;

/**
 * Counts a handle's reads and pushes, when they are done, in its slot. What covers the whole segment, which is what most
 * workers do all the time, is one count, and not one for each array. For the handle's thread.
 */
final class AccessCounters {
    private final AtomicBuffer control;
    private final int slot;

    /** Offset of the first array's record. */
    private final int records;

    AccessCounters(final Segment segment, final int slotId) {
        this.control = segment.control();
        final ControlLayout offsets = segment.controlLayout();
        this.slot = offsets.slot(slotId);
        this.records = offsets.slotArray(slotId, 0);
    }

    /** Counts a push to the targets of a plan. */
    void update(final AccessPlan plan) {
        if (!Counting.ON) {
            return;
        }
        if (plan.isWhole()) {
            SlotDescriptor.countWholeUpdate(control, slot);
            return;
        }
        final int[] arrays = plan.arrays();
        final int[] lengthsBytes = plan.lengthsBytes();
        for (int t = 0; t < arrays.length; t++) {
            SlotArrayDescriptor.countUpdate(control, records + arrays[t] * SlotArrayDescriptor.LENGTH, lengthsBytes[t]);
        }
        SlotDescriptor.countUpdate(control, slot, plan.lengthBytes());
    }

    /** Counts a push of so many bytes to an array. */
    void update(final ArrayLayout array, final long bytes) {
        if (Counting.ON) {
            SlotArrayDescriptor.countUpdate(control, record(array), bytes);
            SlotDescriptor.countUpdate(control, slot, bytes);
        }
    }

    /** Counts a read of the targets of a plan. */
    void read(final AccessPlan plan) {
        if (!Counting.ON) {
            return;
        }
        if (plan.isWhole()) {
            SlotDescriptor.countWholeRead(control, slot);
            return;
        }
        final int[] arrays = plan.arrays();
        final int[] lengthsBytes = plan.lengthsBytes();
        for (int t = 0; t < arrays.length; t++) {
            SlotArrayDescriptor.countRead(control, records + arrays[t] * SlotArrayDescriptor.LENGTH, lengthsBytes[t]);
        }
        SlotDescriptor.countRead(control, slot, plan.lengthBytes());
    }

    /** Counts a read of so many bytes of an array. */
    void read(final ArrayLayout array, final long bytes) {
        if (Counting.ON) {
            SlotArrayDescriptor.countRead(control, record(array), bytes);
            SlotDescriptor.countRead(control, slot, bytes);
        }
    }

    /** Counts a copy that has to be made again. */
    void retry() {
        if (Counting.ON) {
            SlotDescriptor.countReadRetry(control, slot);
        }
    }

    private int record(final ArrayLayout array) {
        return records + array.index() * SlotArrayDescriptor.LENGTH;
    }
}
