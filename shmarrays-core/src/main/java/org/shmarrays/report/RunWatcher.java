package org.shmarrays.report;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.shmarrays.status.ArrayStatus;
import org.shmarrays.status.StatusSnapshot;
import org.shmarrays.status.WorkerCounters;
import org.shmarrays.status.WorkerStatus;
import org.shmarrays.worker.WorkerState;

/**
 * Looks at a segment in regular intervals while a run goes on, in a thread of its own, and keeps its {@linkplain RunHistory history}
 * and what befell its workers. It claims no slot and takes no lock. For the one who starts and closes it; what it has
 * found may be read after {@link #close()}.
 */
public final class RunWatcher implements AutoCloseable {
    /** So many moments are kept. */
    public static final int CAPACITY = 1_024;

    private static final int EVENT_LIMIT = 200;

    private final Supplier<StatusSnapshot> status;
    private final Duration interval;
    private final RunHistory history = new RunHistory(CAPACITY);
    private final List<RunEvent> events = new ArrayList<>();
    private final Map<Integer, WorkerStatus> owners = new HashMap<>();
    private final Map<Integer, Long> pidOfRank = new HashMap<>();
    private final Thread thread = new Thread(this::run, "shmarrays-run-watcher");
    private final StatusSnapshot first;
    private StatusSnapshot last;
    private boolean isClosed;

    /**
     * A watcher that has looked once, and does not go on by itself yet.
     *
     * @param status looks at the segment
     * @param interval between two looks
     */
    public RunWatcher(final Supplier<StatusSnapshot> status, final Duration interval) {
        this.status = status;
        this.interval = interval;
        this.first = status.get();
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
        final double seconds = (now.timeNs() - first.timeNs()) / 1e9;
        final WorkerCounters counters = now.counters();
        history.add(new RunHistory.Moment(
                seconds,
                counters.updates(),
                counters.samples(),
                counters.steps(),
                counters.lossSum(),
                now.lock().recoveries(),
                now.liveWorkers(),
                now.arrays().stream().map(ArrayStatus::acquisitions).toList(),
                now.arrays().stream().map(ArrayStatus::contended).toList(),
                now.arrays().stream().map(ArrayStatus::waitNs).toList()));
        final List<String> lost = now.workers().stream()
                .filter(this::hasLeft)
                .map(RunWatcher::who)
                .toList();
        now.workers().forEach(worker -> compare(seconds, worker));
        final long recovered = now.lock().recoveries() - last.lock().recoveries();
        if (recovered > 0) {
            // Who recovers a dead worker's locks lets its slot go, so nobody may ever have seen it dead.
            final String who = lost.isEmpty() ? "" : "; no longer there: " + String.join(", ", lost);
            tell(seconds, "locks of dead workers recovered: " + recovered + who, true);
        }
        last = now;
    }

    /** Whether it was there at the last look and is not any more. */
    private boolean hasLeft(final WorkerStatus now) {
        final WorkerStatus before = owners.get(now.slotId());
        return before != null && before.state().isLive() && before.pid() == now.pid() && !now.active();
    }

    private void compare(final double seconds, final WorkerStatus now) {
        final WorkerStatus before = owners.put(now.slotId(), now);
        final boolean isNewOwner = before == null || before.pid() != now.pid() || before.claimedMs() != now.claimedMs();
        if (now.state() == WorkerState.GONE && (isNewOwner || before.state() != WorkerState.GONE)) {
            tell(seconds, who(now) + " is gone: its process ended without closing, killed perhaps", true);
        }
        if (now.rank() >= 0 && now.active() && isNewOwner) {
            final Long pid = pidOfRank.put(now.rank(), now.pid());
            if (pid != null && pid != now.pid()) {
                tell(seconds, who(now) + " was started again; before: process " + pid, false);
            }
        }
    }

    private static String who(final WorkerStatus worker) {
        return (worker.rank() < 0 ? "the owner of slot " + worker.slotId() : "worker " + worker.rank()) + " (process "
                + worker.pid() + ")";
    }

    private void tell(final double seconds, final String text, final boolean isBad) {
        if (events.size() < EVENT_LIMIT) {
            events.add(new RunEvent(seconds, text, isBad));
        }
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

    /** How it was at the last look. */
    public synchronized StatusSnapshot last() {
        return last;
    }

    public synchronized List<RunHistory.Moment> moments() {
        return history.moments();
    }

    /** What befell the workers, the first 200. */
    public synchronized List<RunEvent> events() {
        return List.copyOf(events);
    }
}
