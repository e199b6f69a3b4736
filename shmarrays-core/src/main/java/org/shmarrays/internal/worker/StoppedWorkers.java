package org.shmarrays.internal.worker;

import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.TimeUnit;
import org.shmarrays.internal.layout.Event;
import org.shmarrays.internal.layout.LockToken;
import org.shmarrays.internal.layout.SlotTable;
import org.shmarrays.internal.segment.EventWriter;
import org.shmarrays.internal.segment.Segment;

/**
 * Detects stopped workers (SIGSTOP, a debugger, a frozen control group). Waits do not count the time in which they wait
 * for one. Each JVM logs a warning for each stopped worker, every half minute, and another when the worker continues.
 * If the state of a process can't be read, the worker counts as running. For any thread.
 */
public final class StoppedWorkers {
    /** A stop that is shorter than this is not reported. */
    static final long PASSING_NS = TimeUnit.SECONDS.toNanos(1);

    private static final long INTERVAL_NS = TimeUnit.SECONDS.toNanos(30);

    /** If a worker was not checked for this long, it may have continued and stopped again meanwhile. */
    private static final long FORGOTTEN_NS = TimeUnit.SECONDS.toNanos(5);

    /**
     * A worker that updates a whole array holds locks while it waits for another lock. So a stopped worker may block a
     * chain of others. This is the number of workers that are followed.
     */
    private static final int LONGEST_CHAIN = 16;

    private static final System.Logger LOGGER = System.getLogger(StoppedWorkers.class.getName());
    private static final ConcurrentMap<Key, Stop> STOPS = new ConcurrentHashMap<>();

    private StoppedWorkers() {}

    private record Key(UUID segment, int slotId) {}

    /** A worker that was seen stopped. */
    private static final class Stop {
        private final ProcessIdentity worker;
        private final long sinceNs = System.nanoTime();
        private long seenNs = sinceNs;
        private long saidNs;
        private boolean isSaid;

        private Stop(final ProcessIdentity worker) {
            this.worker = worker;
        }

        private synchronized boolean isToBeSaid() {
            final long now = System.nanoTime();
            seenNs = now;
            if (now - sinceNs < PASSING_NS || isSaid && now - saidNs < INTERVAL_NS) {
                return false;
            }
            isSaid = true;
            saidNs = now;
            return true;
        }

        private synchronized boolean isSaid() {
            return isSaid;
        }

        private synchronized boolean isOf(final ProcessIdentity owner) {
            return worker.equals(owner) && System.nanoTime() - seenNs < FORGOTTEN_NS;
        }

        private long seconds() {
            return secondsSince(sinceNs);
        }
    }

    static long secondsSince(final long sinceNs) {
        return TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - sinceNs);
    }

    /** True if the owner of a lock or pause is stopped, or waits for the lock of a stopped worker, even indirectly. */
    public static boolean isHolderStopped(final Segment segment, final long token) {
        final SlotTable slots = segment.slots();
        long holder = token;
        for (int i = 0; i < LONGEST_CHAIN && isSlot(segment, LockToken.slotId(holder)); i++) {
            final int slotId = LockToken.slotId(holder);
            if (isStopped(segment, slotId)) {
                return true;
            }
            final int partition = slots.waitsForAcquire(slotId);
            if (partition < 0 || partition >= segment.layout().partitions().size()) {
                return false;
            }
            holder = segment.partitions().lockAcquire(partition);
        }
        return false;
    }

    private static boolean isSlot(final Segment segment, final int slotId) {
        return slotId >= 0 && slotId < segment.layout().slotCount();
    }

    /**
     * True if any worker of the segment is stopped. A wait for other workers may wait for it indirectly. Checks all
     * workers.
     */
    static boolean isAnyStopped(final Segment segment) {
        boolean isAnyStopped = false;
        final int claimed = segment.claimedSlots();
        for (int slotId = 0; slotId < claimed; slotId++) {
            isAnyStopped |= isStopped(segment, slotId);
        }
        return isAnyStopped;
    }

    /**
     * Checks again the workers that were reported as stopped, and no others. Called at the end of a wait, perhaps while
     * a lock is held.
     */
    public static void lookAgain(final Segment segment) {
        STOPS.forEach((key, stop) -> {
            if (stop.isSaid() && key.segment().equals(segment.uid())) {
                isStopped(segment, key.slotId());
            }
        });
    }

    private static boolean isStopped(final Segment segment, final int slotId) {
        final SlotTable slots = segment.slots();
        final ProcessIdentity owner = ProcessIdentity.ofOwner(segment.slots(), slotId);
        final boolean isStopped = slots.stateAcquire(slotId) == SlotTable.ACTIVE && owner.isStopped();
        final Key key = new Key(segment.uid(), slotId);
        if (!isStopped) {
            final Stop ended = STOPS.remove(key);
            if (ended != null && ended.isSaid()) {
                final boolean isGone = ended.worker.isVisible() && ended.worker.isGone();
                say(segment, slotId, ended, isGone ? "is gone" : "goes on", "");
                if (!isGone) {
                    StopEvents.tellContinued(segment, subject(segment, slotId, ended), ended.seconds());
                }
            }
            return false;
        }
        final Stop stop =
                STOPS.compute(key, (k, known) -> known == null || !known.isOf(owner) ? new Stop(owner) : known);
        if (stop.isToBeSaid()) {
            StopEvents.tellStopped(segment, subject(segment, slotId, stop));
            say(
                    segment,
                    slotId,
                    stop,
                    "is stopped, and others wait for it",
                    "; continue it with `kill -CONT " + owner.pid() + "`, or end it with `kill -KILL " + owner.pid()
                            + "`");
        }
        return true;
    }

    private static Event.Subject subject(final Segment segment, final int slotId, final Stop stop) {
        final Event.Subject owner = EventWriter.ownerOf(segment, slotId);
        return new Event.Subject(slotId, owner.rank(), owner.runId(), stop.worker.pid());
    }

    private static void say(
            final Segment segment, final int slotId, final Stop stop, final String what, final String advice) {
        final int rank = segment.slots().rank(slotId);
        LOGGER.log(
                System.Logger.Level.WARNING,
                (rank < 0 ? "a process" : "worker " + rank) + " " + what + ": segment=" + segment.name() + ", slot="
                        + slotId + ", pid=" + stop.worker.pid() + ", stopped for " + stop.seconds() + " s" + advice);
    }
}
