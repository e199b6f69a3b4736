package org.shmarrays.launch;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;
import org.shmarrays.checkpoint.Checkpoint;
import org.shmarrays.checkpoint.CheckpointDirectory;
import org.shmarrays.checkpoint.CheckpointInterval;
import org.shmarrays.errors.SegmentNotFoundException;
import org.shmarrays.errors.SegmentRemovedException;
import org.shmarrays.internal.Doors;

/**
 * Writes checkpoints of a segment while its workers train, in a thread of its own, and the last one when it is closed.
 * It waits for a segment that is not there yet. A checkpoint that can't be written is reported, and the training goes
 * on. For one thread.
 */
public final class CheckpointKeeper implements AutoCloseable {
    private static final long POLL_MS = 100;
    private static final Duration ATTACH_TIMEOUT = Duration.ofMillis(50);
    private static final Duration SHORTEST_REPORT_INTERVAL = Duration.ofMinutes(1);

    private final String segmentName;
    private final Settings settings;
    private final CheckpointInterval interval;
    private final CheckpointDirectory directory;
    private final Consumer<String> messages;
    private final Thread thread = new Thread(this::keep, "shmarrays-checkpoints");

    private final Object lock = new Object();
    private boolean isEnding;
    private boolean isTrained;

    /** Of the keeper's thread, as what follows. */
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
            final CheckpointInterval interval,
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
     * Begins to write checkpoints.
     *
     * @param interval how often, or null for one at the end only
     * @param resumed the checkpoint with which the training goes on, or null if it begins
     * @param messages takes a sentence when a checkpoint can't be written; called by the keeper's thread
     */
    public static CheckpointKeeper start(
            final String segmentName,
            final Settings settings,
            final CheckpointInterval interval,
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
     * Whether there is something that no checkpoint has. Where a program counts no steps and ends soon, all its updates
     * may have been made before this attached, so that none is seen.
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

    /** Waits for a moment; returns whether this is being closed. */
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

    /** Waits for a segment that exists as long as any program would; its last steps would be missing otherwise. */
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

    /** Saves; where that fails, the next try comes after the same interval. */
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

    /** The same failure is reported once a minute at most. */
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

    /** The last checkpoint that was written, if there is one. */
    public Optional<Path> last() {
        return Optional.ofNullable(last);
    }

    /** Whether the last try to write a checkpoint failed, so that the newest file lacks what came after it. */
    public boolean isIncomplete() {
        return failure != null;
    }

    /** What is to be told of a training that has ended and whose last checkpoint could not be written; else empty. */
    public Optional<String> failure() {
        return Optional.ofNullable(failure)
                .map(reason -> "the last checkpoint could not be written: " + reason
                        + last().map(file -> "; the newest one lacks what came after it: " + file)
                                .orElse("; none was written"));
    }

    /**
     * As {@link #close}, of a program that has trained and ended well: a segment of which no checkpoint was written is
     * saved in any case.
     */
    public void closeTrained() {
        synchronized (lock) {
            isTrained = true;
        }
        close();
    }

    /**
     * Writes the last checkpoint, if steps or updates were made since the one before, and ends. Call it when the
     * workers have ended, or won't make another step, and before the segment is removed. Returns when the file is
     * written, or was given up: a push that does not end is waited for until the lock timeout. Twice is harmless.
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
