package org.shmarrays.testing;

import org.shmarrays.ShmArrays;
import org.shmarrays.internal.Doors;
import org.shmarrays.internal.layout.SlotTable;
import org.shmarrays.internal.segment.Segment;
import org.shmarrays.internal.worker.ProcessIdentity;

/** Makes a slot look as if its owner had been killed, without a process that is. */
public final class DeadOwner {
    /** Greater than any process id that Linux gives. */
    private static final long NO_PROCESS = 1L << 30;

    private DeadOwner() {}

    /** Closes a handle, and leaves its slot as that of a process that did not get to it. */
    public static void leaveIn(final ShmArrays handle) {
        final Segment segment = Doors.SEGMENT.of(handle);
        final int slotId = handle.slotId();
        handle.close();
        final ProcessIdentity self = ProcessIdentity.current();
        segment.slots().process(slotId, NO_PROCESS, 1, self.bootId(), self.pidNamespace());
        segment.slots().stateRelease(slotId, SlotTable.ACTIVE);
    }
}
