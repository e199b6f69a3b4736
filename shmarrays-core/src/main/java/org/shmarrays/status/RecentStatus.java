package org.shmarrays.status;

import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.agrona.concurrent.NanoClock;

/**
 * The last snapshot of a segment, read again when it is older than a moment, so that the many meters of one scrape
 * cost one look and belong together; and one of a window or two before, for what is told of the recent past. Windows
 * begin at looks: when no caller has looked for more than two, the recent past begins again with the next look. For
 * any thread.
 */
final class RecentStatus {
    private final SegmentStatus status;
    private final NanoClock clock;
    private final long maxAgeNs;
    private final long windowNs;
    private final List<int[]> lockGroups;
    private final Consumer<StatusSnapshot> listener;
    private Reading latest;
    private long latestNs;

    /** How it was when this window began, and the one before; null for the segment's creation. */
    private Reading windowStart;

    private volatile Reading earlierStart;
    private long windowStartNs;

    /** @param locks of each group of partitions */
    private record Reading(StatusSnapshot snapshot, List<LockStatus> locks) {}

    /**
     * Of a segment.
     *
     * @param maxAge how old a snapshot may be
     * @param window the recent past is as long as one or two of them, up to three if looks are rare
     * @param lockGroups groups of partitions whose locks' counters are wanted together
     * @param listener is called with each new snapshot, by the thread that asked for it
     */
    RecentStatus(
            final SegmentStatus status,
            final NanoClock clock,
            final Duration maxAge,
            final Duration window,
            final List<int[]> lockGroups,
            final Consumer<StatusSnapshot> listener) {
        this.status = status;
        this.clock = clock;
        this.maxAgeNs = maxAge.toNanos();
        this.windowNs = window.toNanos();
        this.lockGroups = List.copyOf(lockGroups);
        this.listener = listener;
        this.windowStartNs = clock.nanoTime();
    }

    /** The snapshot of about this moment. */
    StatusSnapshot latest() {
        return reading().snapshot;
    }

    private Reading reading() {
        final Reading fresh;
        synchronized (this) {
            final long now = clock.nanoTime();
            if (latest != null && now - latestNs <= maxAgeNs) {
                return latest;
            }
            fresh = new Reading(
                    status.snapshot(), lockGroups.stream().map(status::locks).toList());
            latest = fresh;
            latestNs = now;
            if (now - windowStartNs > windowNs) {
                earlierStart = now - windowStartNs > 2 * windowNs ? fresh : windowStart;
                windowStart = fresh;
                windowStartNs = now;
            }
        }
        listener.accept(fresh.snapshot); // without the monitor: it may wait for others who read
        return fresh;
    }

    /** The next look is a new one. */
    synchronized void expire() {
        latest = null;
    }

    /** What was counted for a group's locks. */
    LockStatus lock(final int group) {
        return reading().locks.get(group);
    }

    /** What was counted for a group's locks in the recent past. */
    LockStatus recentLock(final int group) {
        final LockStatus now = lock(group);
        final Reading before = earlierStart;
        return before == null ? now : now.since(before.locks.get(group));
    }

    /** What the owners of a slot have counted in the recent past. */
    WorkerStatus.Counters recentWorker(final int slotId) {
        final WorkerStatus.Counters now = latest().workers().get(slotId).counters();
        final Reading before = earlierStart;
        return before == null || slotId >= before.snapshot.workers().size()
                ? now
                : now.since(before.snapshot.workers().get(slotId).counters());
    }

    /** What all workers have counted in the recent past. */
    WorkerStatus.Counters recentTotal() {
        final StatusSnapshot now = latest();
        final Reading before = earlierStart;
        return before == null ? now.counters() : now.since(before.snapshot).total();
    }
}
