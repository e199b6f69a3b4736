package org.shmarrays.internal.worker;

import org.shmarrays.internal.layout.EventKind;
import org.shmarrays.internal.layout.LockToken;
import org.shmarrays.internal.layout.SlotTable;
import org.shmarrays.internal.segment.DeadHolder;
import org.shmarrays.internal.segment.EventWriter;
import org.shmarrays.internal.segment.Segment;
import org.shmarrays.internal.segment.Step;

/**
 * Takes over from workers that died with locks in their hands. The slot's lock file makes the recoverer the only one,
 * also against a claimant of the slot; it falls with the recoverer, so that the next waiter goes on where it stopped.
 * For any thread. Steps: {@code docs/format/recovery.md}, "Takeover".
 */
public final class Recovery {
    private static final System.Logger LOGGER = System.getLogger(Recovery.class.getName());

    private Recovery() {}

    /**
     * Repairs the partitions of a lock's holder, frees all of its locks, and ends its pause, if it is dead; leaves a
     * live one alone. Waits for nothing: where someone else recovers or claims the slot, it does nothing.
     *
     * @param token that was seen in a lock, or in the pause word; one of no slot, or of a generation that was never
     *     there, is corrupt, and left alone
     */
    public static void recoverIfDead(final Segment segment, final long token) {
        final int slotId = LockToken.slotId(token);
        if (slotId < 0 || slotId >= segment.layout().slotCount()) {
            return; // corrupt: the waiter's deadline says so
        }
        final long generation = segment.slots().generationAcquire(slotId);
        if (LockToken.generation(token) > generation) {
            return;
        }
        Step.T1.reached();
        if (isAlive(segment, slotId, token, generation)) {
            LivenessDoubts.lookAtLiving(segment, slotId, generation);
            return;
        }
        final boolean abandoned = isAbandoned(segment, slotId);
        Step.T2.reached();
        try (SlotFile file = abandoned ? SlotFile.tryHoldAbandoned(segment) : SlotFile.tryHold(segment, slotId)) {
            Step.T3.reached();
            if (file == null
                    || segment.slots().generationAcquire(slotId) != generation
                    || isAbandoned(segment, slotId) != abandoned) {
                return; // another process recovers, or has claimed the slot, which recovers as well
            }
            Step.T4.reached();
            tell(segment, slotId, DeadHolder.recover(segment, slotId, generation));
            Step.T5.reached();
            segment.slots().waitsForNothingRelease(slotId);
            if (segment.slots().stateAcquire(slotId) != SlotTable.FREE) {
                segment.slots().stateRelease(slotId, SlotTable.DEPARTED);
            }
        }
    }

    private static boolean isAbandoned(final Segment segment, final int slotId) {
        return segment.slots().stateAcquire(slotId) == SlotTable.ABANDONED;
    }

    /** A token of an earlier generation is a dead one's: the slot has been claimed since. */
    private static boolean isAlive(final Segment segment, final int slotId, final long token, final long generation) {
        return LockToken.generation(token) == generation && Liveness.isAlive(segment, slotId);
    }

    /** Says how many locks of a slot's dead owner were freed, if any. */
    static void tell(final Segment segment, final int slotId, final int partitions) {
        if (partitions > 0) {
            EventWriter.write(
                    segment,
                    EventWriter.ownerOf(segment, slotId),
                    EventKind.RECOVERED,
                    partitions,
                    ProcessIdentity.current().pid(),
                    "");
            LOGGER.log(
                    System.Logger.Level.WARNING,
                    "recovered the locks of a dead worker: segment=" + segment.name() + ", slot=" + slotId + ", pid="
                            + segment.slots().pid(slotId)
                            + ", partitions=" + partitions);
        }
    }
}
