package org.shmarrays.report;

import java.time.Duration;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.shmarrays.internal.Doors;
import org.shmarrays.internal.layout.Event;
import org.shmarrays.internal.layout.EventKind;
import org.shmarrays.internal.segment.EventReader;
import org.shmarrays.layout.WorkerState;
import org.shmarrays.status.ArrayStatus;
import org.shmarrays.status.SegmentStatus;
import org.shmarrays.status.StatusSnapshot;
import org.shmarrays.status.WorkerStatus;

/**
 * Looks at a segment in regular intervals while a run goes on, in a thread of its own, and keeps its
 * {@linkplain RunHistory history} and what befell it and its workers. It claims no slot and takes no lock. For the one
 * who starts and closes it; what it has found may be read after {@link #close()}.
 */
public final class RunWatcher implements AutoCloseable {
    /** How many moments are kept. */
    public static final int CAPACITY = 1_024;

    /** What the ring tells and the watcher does not see by itself. */
    private static final Set<EventKind> TOLD = EnumSet.of(
            EventKind.JOINED,
            EventKind.LEFT,
            EventKind.FAILED,
            EventKind.RECOVERED,
            EventKind.DAMAGED,
            EventKind.SET,
            EventKind.STOP_ASKED,
            EventKind.RESUMED,
            EventKind.CHECKPOINT_WRITTEN,
            EventKind.RESTORED,
            EventKind.IMPORTED,
            EventKind.NOTE);

    private static final double MS_PER_SECOND = 1e3;

    private final Supplier<StatusSnapshot> status;
    private final EventReader ring;
    private final Duration interval;
    private final RunHistory history = new RunHistory(CAPACITY);
    private final EventLog events = new EventLog();
    private final Map<Integer, WorkerStatus> owners = new HashMap<>();
    private final Map<Integer, Long> pidOfRank = new HashMap<>();
    private final Thread thread = new Thread(this::run, "shmarrays-run-watcher");
    private final StatusSnapshot first;
    private final StatusSnapshot base;
    private StatusSnapshot last;
    private double learningRate = Double.NaN;
    private boolean isClosed;

    /**
     * A watcher that has looked once, and does not go on by itself yet. What it shows is counted from this look on.
     *
     * @param status of the segment
     * @param interval between two looks
     */
    public RunWatcher(final SegmentStatus status, final Duration interval) {
        this(status, interval, null);
    }

    /**
     * The same with counts from an earlier look on, so that nothing is missed that happens before this one; times are
     * from this one on all the same.
     *
     * @param before the earlier look, or null
     */
    public RunWatcher(final SegmentStatus status, final Duration interval, final StatusSnapshot before) {
        this(status::snapshot, Doors.EVENTS.of(status), interval, before);
    }

    /** With looks and events that may be made up. */
    RunWatcher(
            final Supplier<StatusSnapshot> status,
            final EventReader ring,
            final Duration interval,
            final StatusSnapshot before) {
        this.status = status;
        this.ring = ring;
        this.interval = interval;
        this.first = status.get();
        this.base = before == null ? first : before;
        this.last = first;
        thread.setDaemon(true);
        record(first);
    }

    /** Starts to look. */
    public RunWatcher start() {
        thread.start();
        return this;
    }

    private synchronized void run() {
        try {
            while (!isClosed) {
                wait(Math.max(1, interval.toMillis()));
                if (!isClosed) {
                    look();
                }
            }
            look(); // also where it was closed before this thread's first wait
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Looks once. */
    synchronized void look() {
        record(status.get());
    }

    private void record(final StatusSnapshot now) {
        final StatusSnapshot.Change change = now.since(base);
        final WorkerStatus.Counters counters = change.total();
        final double seconds = (now.timeNs() - first.timeNs()) / 1e9;
        history.add(new RunHistory.Moment(
                seconds,
                counters.updates(),
                counters.samples(),
                counters.steps(),
                counters.lossSum(),
                counters.nonFiniteLosses(),
                change.lock().recoveries(),
                now.liveWorkers(),
                change.arrays().stream().map(ArrayStatus::acquisitions).toList(),
                change.arrays().stream().map(ArrayStatus::contended).toList(),
                change.arrays().stream().map(ArrayStatus::waitNs).toList()));
        readRing(seconds);
        now.workers().forEach(worker -> compare(seconds, worker));
        compareLearningRate(seconds, now);
        last = now;
    }

    /** What the segment has recorded since the base. */
    private void readRing(final double seconds) {
        final long lostBefore = ring.lost();
        for (Event event = ring.poll(); event != null; event = ring.poll()) {
            if (TOLD.contains(event.kind()) && event.timeMs() >= base.timeMs()) {
                final double at = (event.timeMs() - first.timeMs()) / MS_PER_SECOND;
                tell(Math.max(0, Math.min(at, seconds)), EventSentence.of(event), EventSentence.isBad(event));
            }
        }
        if (ring.lost() > lostBefore) {
            tell(seconds, "events lost up to here: " + (ring.lost() - lostBefore), false);
        }
    }

    /** That of the workers, where it is none that was set for all. */
    private void compareLearningRate(final double seconds, final StatusSnapshot now) {
        final double rate = now.learningRate();
        if (!Double.isNaN(rate)) {
            if (!Double.isNaN(learningRate)
                    && rate != learningRate
                    && rate != now.run().learningRate()) {
                tell(seconds, "the workers' learning rate is " + rate + " instead of " + learningRate, false);
            }
            learningRate = rate;
        }
    }

    private void compare(final double seconds, final WorkerStatus now) {
        final WorkerStatus before = owners.put(now.slotId(), now);
        final boolean isNewOwner = before == null || !now.isSameOwner(before);
        final WorkerState stateBefore = isNewOwner ? WorkerState.NONE : before.state();
        if (now.state() == WorkerState.GONE && stateBefore != WorkerState.GONE) {
            tell(
                    seconds,
                    who(now) + " is gone: its process ended without closing its handle, perhaps it was killed",
                    true);
        }
        if (now.state() == WorkerState.ABANDONED && stateBefore != WorkerState.ABANDONED) {
            tell(seconds, who(now) + " gave up its slot, because it could not release what it held", true);
        }
        if (now.state() == WorkerState.STOPPED && stateBefore != WorkerState.STOPPED) {
            tell(seconds, who(now) + " was stopped by a signal or a debugger", true);
        }
        if (now.state() == WorkerState.RUNNING && stateBefore == WorkerState.STOPPED) {
            tell(seconds, who(now) + " goes on", false);
        }
        if (now.rank() >= 0 && now.active() && isNewOwner) {
            final Long pid = pidOfRank.put(now.rank(), now.pid());
            if (pid != null && pid != now.pid()) {
                tell(seconds, who(now) + " was restarted; its earlier process was " + pid, false);
            }
        }
    }

    private static String who(final WorkerStatus worker) {
        return (worker.rank() < 0 ? "the owner of slot " + worker.slotId() : "worker " + worker.rank()) + " (process "
                + worker.pid() + ")";
    }

    private void tell(final double seconds, final String text, final boolean isBad) {
        events.add(new RunEvent(seconds, text, isBad));
    }

    /** Looks a last time. Twice is harmless. */
    @Override
    public void close() {
        synchronized (this) {
            if (isClosed) {
                return;
            }
            isClosed = true;
            notifyAll();
        }
        try {
            thread.join();
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** How it was at the beginning. */
    public StatusSnapshot first() {
        return first;
    }

    /** What the run has counted up to the last look. */
    public synchronized StatusSnapshot.Change change() {
        return last.since(base);
    }

    /** How it was at the last look. */
    public synchronized StatusSnapshot last() {
        return last;
    }

    public synchronized List<RunHistory.Moment> moments() {
        return history.moments();
    }

    /** The learning rate that was in force when one was last known; NaN if it never was. */
    public synchronized double learningRate() {
        return learningRate;
    }

    /** What befell the run and its workers, as far as {@link EventLog} keeps it. */
    public synchronized List<RunEvent> events() {
        return events.entries();
    }
}
