package org.shmarrays.internal.worker;

import org.shmarrays.internal.layout.SlotTable;
import org.shmarrays.internal.segment.Segment;
import org.shmarrays.layout.WorkerState;

/**
 * Tells whether the owner of a slot lives. A worker is dead when its process is; a stopped one is only slow.
 *
 * <p>Dead is who can be shown to be dead twice: its lock file can be locked, and there is no process of its id and
 * start time, or only its zombie. Where the process ids are those of another namespace, or of another boot, or
 * {@code /proc} shows another namespace than this process's own, the lock alone tells. Where the two disagree it counts
 * as alive, and that is said once for each owner of the slot ({@code LivenessDoubts}).
 *
 * <p>For any thread. An answer is that of a moment: who acts on it takes the slot's lock file first, and looks at the
 * generation again.
 */
public final class Liveness {
    private static final long START_TOLERANCE_MS = 2_000;

    private Liveness() {}

    /**
     * True if the slot's owner has published its identity, has not departed, and its process lives. Costs system calls;
     * where the process is not seen to live it tries the slot's lock file, and holds it for a moment if it is free.
     */
    public static boolean isAlive(final Segment segment, final int slotId) {
        final SlotTable slots = segment.slots();
        if (slots.stateAcquire(slotId) != SlotTable.ACTIVE) {
            return false;
        }
        final long generation = slots.generationAcquire(slotId);
        final ProcessIdentity owner = ProcessIdentity.ofOwner(segment.slots(), slotId);
        if (owner.equals(ProcessIdentity.current()) || owner.isVisible() && !owner.isGone()) {
            return true;
        }
        final boolean free = SlotFile.isFree(segment, slotId);
        if (!free && owner.isVisible()) {
            LivenessDoubts.goneButHeld(segment, slotId, generation);
        }
        return !free;
    }

    /**
     * True if the process that owns the slot can be seen to live, whatever its lock file says: then the file is free
     * only because foreign code closed it, or not yet taken. False where the process is of another namespace or boot.
     */
    static boolean isSeenAlive(final Segment segment, final int slotId) {
        final SlotTable slots = segment.slots();
        if (slots.stateAcquire(slotId) != SlotTable.ACTIVE) {
            return false;
        }
        final ProcessIdentity owner = ProcessIdentity.ofOwner(segment.slots(), slotId);
        return owner.isVisible() && !owner.isGone();
    }

    /** True if the slot's owner is of this boot and pid namespace, and its process can be looked at. */
    public static boolean isVisible(final Segment segment, final int slotId) {
        return ProcessIdentity.ofOwner(segment.slots(), slotId).isVisible();
    }

    /**
     * How the slot's owner is. In contrast to {@link #isAlive} it opens no lock file, so it changes nothing and may be
     * asked at any time; but of processes of another namespace or boot it learns nothing.
     */
    public static WorkerState state(final Segment segment, final int slotId) {
        final SlotTable slots = segment.slots();
        final long state = slots.stateAcquire(slotId);
        if (state == SlotTable.DEPARTED) {
            return WorkerState.DEPARTED;
        }
        if (state == SlotTable.ABANDONED) {
            return WorkerState.ABANDONED;
        }
        return state == SlotTable.ACTIVE
                ? ProcessIdentity.ofOwner(segment.slots(), slotId).state()
                : WorkerState.NONE;
    }

    /**
     * How the segment's creator is, as far as its process id tells: its first slot says from which namespace it came,
     * until another worker claims it.
     */
    public static WorkerState creator(final Segment segment) {
        final ProcessIdentity owner = ProcessIdentity.ofOwner(segment.slots(), 0);
        if (!owner.isVisible()) {
            return WorkerState.ELSEWHERE;
        }
        final long pid = segment.creatorPid();
        return owner.pid() == pid
                ? owner.state()
                : ProcessHandle.of(pid)
                        .filter(process -> startedBefore(process, segment.createdMs()))
                        .map(process -> WorkerState.RUNNING)
                        .orElse(WorkerState.GONE);
    }

    /** The start of a process is known to a hundredth of a second, and reckoned from a boot time in whole seconds. */
    private static boolean startedBefore(final ProcessHandle process, final long timeMs) {
        return process.info()
                .startInstant()
                .map(start -> start.toEpochMilli() <= timeMs + START_TOLERANCE_MS)
                .orElse(true);
    }
}
