package org.shmarrays.checkpoint;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;
import org.shmarrays.errors.SegmentNotFoundException;
import org.shmarrays.errors.SegmentRemovedException;
import org.shmarrays.internal.Doors;

/**
 * Writes checkpoints of a segment while its workers train, in a thread of its own. It writes the last one when it is
 * closed. If the segment does not exist yet, it waits for it. If a checkpoint can't be written, this is reported, and
 * the training continues. For one thread.
 */
public final class CheckpointKeeper implements AutoCloseable {
    private static final long POLL_MS = 100;
    private static final Duration ATTACH_TIMEOUT = Duration.ofMillis(50);
    private static final Duration SHORTEST_REPORT_INTERVAL = Duration.ofMinutes(1);

    private final String segmentName;
    private final Settings settings;
    private final CheckpointPlan.Interval interval;
    private final CheckpointDirectory directory;
    private final Consumer<String> messages;
    private final Thread thread = new Thread(this::keep, "shmarrays-checkpoints");

    private final Object lock = new Object();
    private boolean isEnding;
    private boolean isTrained;

    /** This and the following fields belong to the keeper's thread. */
    private ShmArrays arrays;

    /** Steps of the last checkpoint, and updates before it was begun. */
    private long savedSteps;

    private long savedUpdates;

    /** Steps, and the time, when one was last written or could not be. */
    private long triedSteps;

    private long triedNs;
    private String reported;
    private long reportedNs;

    private volatile Path last;

    /** Why the last try to write a checkpoint failed, or null. */
    private volatile String failure;

    private CheckpointKeeper(
            final String segmentName,
            final Settings settings,
            final CheckpointPlan.Interval interval,
            final CheckpointDirectory directory,
            final long savedSteps,
            final Consumer<String> messages) {
        this.segmentName = segmentName;
        this.settings = settings;
        this.interval = interval;
        this.directory = directory;
        this.savedSteps = savedSteps;
        this.triedSteps = savedSteps;
        this.messages = messages;
    }

    /**
     * Begins to write the checkpoints of a plan.
     *
     * @param name name of the training; the names of the files begin with it
     * @param from the checkpoint from which it continues, or null
     * @param messages gets a sentence when a checkpoint can't be written; called by the keeper's thread
     * @return null if the plan is to write none
     */
    public static CheckpointKeeper start(
            final CheckpointPlan plan,
            final String name,
            final String segmentName,
            final Settings settings,
            final Path from,
            final Consumer<String> messages) {
        return plan.isSaved() ? start(segmentName, settings, plan.interval(), plan.files(name), from, messages) : null;
    }

    /**
     * Begins to write checkpoints.
     *
     * @param interval how often, or null for one checkpoint at the end only
     * @param resumed the checkpoint from which the training continues, or null for a new training
     * @param messages gets a sentence when a checkpoint can't be written; called by the keeper's thread
     */
    static CheckpointKeeper start(
            final String segmentName,
            final Settings settings,
            final CheckpointPlan.Interval interval,
            final CheckpointDirectory directory,
            final Path resumed,
            final Consumer<String> messages) {
        final long savedSteps =
                resumed == null ? 0 : Checkpoint.describe(resumed).steps();
        final CheckpointKeeper keeper =
                new CheckpointKeeper(segmentName, settings, interval, directory, savedSteps, messages);
        keeper.thread.setDaemon(true);
        keeper.thread.start();
        return keeper;
    }

    private void keep() {
        try {
            while (!awaitEnd()) {
                if (isAttached() && interval != null && isDue()) {
                    save();
                }
            }
            if (isAttachedAtEnd() && isLeft()) {
                save();
            }
        } catch (final RuntimeException | Error e) {
            failure = reason(e);
            messages.accept("no further checkpoints are written: " + failure);
        } finally {
            if (arrays != null) {
                closeArrays();
            }
        }
    }

    /**
     * True if something has changed since the last checkpoint. If a program counts no steps and ends soon, it may have
     * made all its updates before this attached. Then no change is seen.
     */
    private boolean isLeft() {
        return arrays.runControl().globalStep() > savedSteps || updates() > savedUpdates || isTrained() && last == null;
    }

    private boolean isTrained() {
        synchronized (lock) {
            return isTrained;
        }
    }

    private static String reason(final Throwable e) {
        return e.getMessage() == null ? e.toString() : e.getMessage();
    }

    /** Waits for a short time. Returns true if this is being closed. */
    private boolean awaitEnd() {
        synchronized (lock) {
            if (!isEnding) {
                try {
                    TimeUnit.MILLISECONDS.timedWait(lock, POLL_MS);
                } catch (final InterruptedException e) {
                    isEnding = true; // only the end of the program interrupts this thread
                }
            }
            return isEnding;
        }
    }

    private boolean isAttached() {
        return isAttached(ATTACH_TIMEOUT);
    }

    /** Waits, up to the attach timeout, for a segment that exists. Otherwise its last steps would be lost. */
    private boolean isAttachedAtEnd() {
        return isAttached(ShmArrays.exists(segmentName, settings) ? settings.attachTimeout() : ATTACH_TIMEOUT);
    }

    private boolean isAttached(final Duration timeout) {
        if (arrays != null) {
            return true;
        }
        try {
            arrays = ShmArrays.attach(segmentName, settings.withAttachTimeout(timeout));
        } catch (final SegmentNotFoundException | SegmentRemovedException e) {
            return false; // it does not exist yet, or no longer
        }
        triedNs = System.nanoTime();
        savedUpdates = updates(); // the first values were written by updates
        return true;
    }

    private boolean isDue() {
        final Duration passed = Duration.ofNanos(System.nanoTime() - triedNs);
        final long made = arrays.runControl().globalStep() - triedSteps;
        return interval.isDue(passed, made)
                || made == 0 && interval.time() != null && interval.isDue(passed, updates() - savedUpdates);
    }

    /** Updates of all workers, for programs that count no steps. */
    private long updates() {
        return Doors.STATUS.of(Doors.SEGMENT.of(arrays)).snapshot().counters().updates();
    }

    /** Saves. If that fails, the next try comes after the same interval. */
    private void save() {
        triedSteps = arrays.runControl().globalStep();
        final long triedUpdates = updates();
        try {
            last = directory.write(arrays);
            savedSteps = Checkpoint.describe(last).steps(); // there may be more by now than when it was begun
            savedUpdates = triedUpdates;
            failure = null;
            reported = null;
        } catch (final SegmentRemovedException e) {
            throw e;
        } catch (final RuntimeException e) {
            failure = reason(e);
            report("no checkpoint was written: " + failure);
        }
        triedNs = System.nanoTime();
    }

    /** Reports a failure; the same one at most once per minute. */
    private void report(final String message) {
        final long now = System.nanoTime();
        if (!message.equals(reported) || now - reportedNs >= SHORTEST_REPORT_INTERVAL.toNanos()) {
            reported = message;
            reportedNs = now;
            messages.accept(message);
        }
    }

    private void closeArrays() {
        try {
            arrays.close();
        } catch (final RuntimeException e) {
            messages.accept("the handle of the checkpoints can't be closed: " + e.getMessage());
        }
    }

    /** The last checkpoint that was written, if any. */
    public Optional<Path> last() {
        return Optional.ofNullable(last);
    }

    /** True if the last try to write a checkpoint failed. Then the newest file lacks what came after it. */
    public boolean isIncomplete() {
        return failure != null;
    }

    /**
     * If the last checkpoint of a training that has ended could not be written, a sentence that says so; else empty.
     */
    public Optional<String> failure() {
        return Optional.ofNullable(failure)
                .map(reason -> "the last checkpoint could not be written: " + reason
                        + last().map(file -> "; the newest one lacks what came after it: " + file)
                                .orElse("; none was written"));
    }

    /**
     * {@link #close} for a program that has ended well. If no checkpoint of the segment was written yet, this writes
     * one in any case.
     */
    public void closeTrained() {
        synchronized (lock) {
            isTrained = true;
        }
        close();
    }

    /**
     * Writes the last checkpoint, if there were steps or updates since the one before, and ends. Call it when the
     * workers have ended, or will make no further step, and before the segment is removed. Returns when the file is
     * written or given up: it waits for a push that does not end, up to the lock timeout. A second call does nothing.
     */
    @Override
    public void close() {
        synchronized (lock) {
            isEnding = true;
            lock.notifyAll();
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
    }
}
