package org.shmarrays.internal.worker;

import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.TimeUnit;
import org.shmarrays.internal.layout.SlotTable;
import org.shmarrays.internal.segment.Segment;

/**
 * Says, once for each owner of a slot and in each JVM, that its lock file and its process disagree about whether it
 * lives. Any thread may call.
 */
final class LivenessDoubts {
    /**
     * A prober or a recoverer holds a dead worker's file for a moment; who is held for longer is held by something
     * else.
     */
    private static final long PASSING_NS = TimeUnit.SECONDS.toNanos(1);

    private static final System.Logger LOGGER = System.getLogger(LivenessDoubts.class.getName());
    private static final ConcurrentMap<Key, Doubt> DOUBTS = new ConcurrentHashMap<>();

    private record Key(UUID segment, int slotId) {}

    /** About one owner of a slot. */
    private static final class Doubt {
        private final long generation;
        private long heldSinceNs;
        private boolean isHeld;
        private long looks;
        private boolean isSaid;

        private Doubt(final long generation) {
            this.generation = generation;
        }

        private synchronized boolean isToBeSaid() {
            final boolean first = !isSaid;
            isSaid = true;
            return first;
        }

        /** Whether the file was seen held long enough ago, with the process gone already. */
        private synchronized boolean isHeldForLong() {
            final long now = System.nanoTime();
            heldSinceNs = isHeld ? heldSinceNs : now;
            isHeld = true;
            return now - heldSinceNs >= PASSING_NS;
        }

        /**
         * At the first look, and after twice as many each time: the look costs system calls, and others wait as well.
         */
        private synchronized boolean isLookDue() {
            return !isSaid && Long.bitCount(++looks) == 1;
        }
    }

    private LivenessDoubts() {}

    /** The process lives, and now and then it is looked whether its lock file is free nevertheless. */
    static void lookAtLiving(final Segment segment, final int slotId, final long generation) {
        final Doubt doubt = doubt(segment, slotId, generation);
        if (doubt.isLookDue() && !isOwn(segment, slotId) && SlotFile.isFree(segment, slotId)) {
            unlocked(segment, slotId, generation);
        }
    }

    /**
     * The process lived, but its lock file was found free. It also is for a moment when the process is killed, and from
     * the moment at which the owner departs or abandons the slot: both are stored before the file is given back, so
     * that they are seen here.
     */
    static void unlocked(final Segment segment, final int slotId, final long generation) {
        if (segment.slots().stateAcquire(slotId) != SlotTable.ACTIVE
                || segment.slots().generationAcquire(slotId) != generation) {
            return;
        }
        final ProcessIdentity owner = ProcessIdentity.ofOwner(segment.slots(), slotId);
        if (!owner.isEnding() && doubt(segment, slotId, generation).isToBeSaid()) {
            say(
                    segment,
                    slotId,
                    "a live worker does not hold the lock file of its slot, because other code in its process"
                            + " opened and closed the file; the worker counts as alive");
        }
    }

    /** The process is gone, but its lock file is held; perhaps only by a process that probes it. */
    static void goneButHeld(final Segment segment, final int slotId, final long generation) {
        final Doubt doubt = doubt(segment, slotId, generation);
        if (doubt.isHeldForLong() && doubt.isToBeSaid()) {
            say(
                    segment,
                    slotId,
                    "a worker is gone, but another process holds the lock file of its slot;"
                            + " the worker counts as alive until the file is free");
        }
    }

    private static Doubt doubt(final Segment segment, final int slotId, final long generation) {
        return DOUBTS.compute(
                new Key(segment.uid(), slotId),
                (key, doubt) -> doubt == null || doubt.generation != generation ? new Doubt(generation) : doubt);
    }

    private static boolean isOwn(final Segment segment, final int slotId) {
        return ProcessIdentity.ofOwner(segment.slots(), slotId).equals(ProcessIdentity.current());
    }

    private static void say(final Segment segment, final int slotId, final String sentence) {
        LOGGER.log(
                System.Logger.Level.WARNING,
                sentence + ": segment=" + segment.name() + ", slot=" + slotId + ", pid="
                        + segment.slots().pid(slotId));
    }
}
