package org.shmarrays.internal.worker;

import java.util.HashMap;
import java.util.Map;
import org.shmarrays.internal.layout.Event;
import org.shmarrays.internal.layout.SlotTable;
import org.shmarrays.internal.segment.EventWriter;
import org.shmarrays.internal.segment.Segment;

/**
 * Records as events which workers of a segment are stopped and go on, for a process that looks at them regularly: in
 * the lock-free modes no worker may ever wait for one that is stopped. For one thread.
 */
public final class StopWatch {
    private final Map<Event.Subject, Long> stoppedSinceNs = new HashMap<>();

    /** A watch that has not looked yet. */
    public StopWatch() {}

    /** Looks once at the owners of all slots. */
    public void look(final Segment segment) {
        final SlotTable slots = segment.slots();
        final int claimed = segment.claimedSlots();
        for (int slotId = 0; slotId < claimed; slotId++) {
            if (slots.stateAcquire(slotId) == SlotTable.ACTIVE) {
                look(segment, EventWriter.ownerOf(segment, slotId), ProcessIdentity.ofOwner(segment.slots(), slotId));
            }
        }
    }

    private void look(final Segment segment, final Event.Subject worker, final ProcessIdentity owner) {
        if (!owner.isStopped()) {
            final Long since = stoppedSinceNs.remove(worker);
            if (since != null && !owner.isGone()) {
                StopEvents.tellContinued(segment, worker, StoppedWorkers.secondsSince(since));
            }
            return;
        }
        final long since = stoppedSinceNs.computeIfAbsent(worker, each -> System.nanoTime());
        if (System.nanoTime() - since >= StoppedWorkers.PASSING_NS) {
            StopEvents.tellStopped(segment, worker);
        }
    }
}
