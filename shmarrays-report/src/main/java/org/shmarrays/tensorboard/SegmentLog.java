package org.shmarrays.tensorboard;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.shmarrays.errors.InvalidSegmentException;
import org.shmarrays.errors.SegmentNotFoundException;
import org.shmarrays.errors.SegmentRemovedException;
import org.shmarrays.internal.Doors;
import org.shmarrays.internal.segment.Segment;
import org.shmarrays.internal.segment.SegmentOpener;
import org.shmarrays.internal.segment.SegmentRoot;
import org.shmarrays.status.SegmentStatus;

/**
 * Logs the segment of a name while its workers train, in a thread of its own. It waits for a segment that is not there
 * yet, and follows one that is created again. It claims no slot and takes no lock. If the file can't be written, that
 * is reported once, and the training goes on without the log. For any thread.
 */
public final class SegmentLog implements AutoCloseable {
    /** Between two looks for a segment that is not there yet. */
    private static final Duration LOOK_INTERVAL = Duration.ofMillis(100);

    private final SegmentRoot root;
    private final String name;
    private final ScalarLog log;
    private final Duration interval;
    private final Consumer<String> messages;
    private final Thread thread = new Thread(this::run, "shmarrays-tensorboard");
    private Segment segment;
    private SegmentStatus status;
    private boolean isClosed;
    private boolean hasFailed;

    private SegmentLog(
            final SegmentRoot root,
            final String name,
            final ScalarLog log,
            final Duration interval,
            final Consumer<String> messages) {
        this.root = root;
        this.name = name;
        this.log = log;
        this.interval = interval;
        this.messages = messages;
    }

    /**
     * Begins to log.
     *
     * @param log is closed with this
     * @param interval between two records
     * @param messages takes the sentence that the log is incomplete
     */
    static SegmentLog start(
            final SegmentRoot root,
            final String name,
            final ScalarLog log,
            final Duration interval,
            final Consumer<String> messages) {
        final SegmentLog segmentLog = new SegmentLog(root, name, log, interval, messages);
        segmentLog.thread.setDaemon(true);
        segmentLog.thread.start();
        return segmentLog;
    }

    private synchronized void run() {
        try {
            while (!isClosed) {
                look();
                TimeUnit.NANOSECONDS.timedWait(this, (status == null ? LOOK_INTERVAL : interval).toNanos());
            }
            look(); // the memory of a removed segment stays mapped, so this one has the last counts
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void look() {
        if (status == null && root.holds(name)) {
            open();
        }
        if (status != null) {
            attempt(() -> log.record(status.snapshot()));
            if (segment.isRemoved()) {
                status = null;
            }
        }
    }

    private void open() {
        try {
            segment = SegmentOpener.open(root, name, true);
            status = Doors.STATUS.of(segment);
        } catch (final InvalidSegmentException | SegmentNotFoundException | SegmentRemovedException e) {
            // It is being made or removed; the workers say what is wrong if something is.
        }
    }

    /** Logs what was measured at a step, as {@link ScalarLog#measured}. */
    public synchronized void measured(final String tag, final long step, final long timeMs, final double value) {
        attempt(() -> log.measured(tag, step, timeMs, value));
    }

    /** The file may end in a part of a record: nothing may follow it. */
    private void attempt(final Runnable write) {
        if (hasFailed) {
            return;
        }
        try {
            write.run();
        } catch (final RuntimeException e) {
            hasFailed = true;
            messages.accept("the log for TensorBoard is incomplete from here on: " + e.getMessage());
        }
    }

    /** Whether something could not be written. */
    public synchronized boolean isIncomplete() {
        return hasFailed;
    }

    /** Logs the last counts, and ends. Twice is harmless. */
    @Override
    public void close() {
        synchronized (this) {
            if (isClosed) {
                return;
            }
            isClosed = true;
            notifyAll();
        }
        boolean isInterrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (final InterruptedException e) {
                isInterrupted = true;
            }
        }
        if (isInterrupted) {
            Thread.currentThread().interrupt();
        }
        synchronized (this) {
            attempt(log::close);
        }
    }
}
