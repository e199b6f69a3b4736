package org.shmarrays;

import java.lang.ref.Reference;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.shmarrays.errors.LockLostException;
import org.shmarrays.errors.SegmentRemovedException;
import org.shmarrays.internal.segment.PartitionChange;
import org.shmarrays.internal.segment.Segment;
import org.shmarrays.layout.Mode;
import org.shmarrays.layout.Printable;
import org.shmarrays.worker.Worker;

/**
 * A push's way round its partitions. It begins at one that depends on the worker's rank, so that workers follow each
 * other instead of queueing; it takes those whose locks are free first, and then waits for the others. One lock is held
 * at a time.
 *
 * <p>What is done stays done when something is thrown: a further {@link #run} does the rest, and one
 * behind that nothing. A partition under a lock is done
 * wholly or not at all; one of the lock-free family goes on where it stopped, before any other. For one thread.
 */
abstract class PartitionRound implements Runnable {
    private static final int NONE = -1;

    private final Attachment attachment;

    /** What is done inside the gate. */
    private final Runnable update = this::update;

    private boolean[] done = new boolean[0];
    private int count;

    /** Fixed, because the number of workers may change while the round goes on. */
    private int start;

    /** The lock-free partition that is under way, or was when something was thrown. */
    private int unfinished;

    /** The partition that is under way, for messages. */
    private int present;

    /** The greatest one of the partitions that are done. */
    private long staleness;

    /** Whether all is done and counted: then a further run does nothing. */
    private boolean finished;

    PartitionRound(final Attachment attachment) {
        this.attachment = attachment;
    }

    final Attachment attachment() {
        return attachment;
    }

    /** Gets ready for a round of so many partitions, none of which is done. */
    final void begin(final int partitionCount) {
        if (done.length < partitionCount) {
            done = new boolean[partitionCount];
        }
        Arrays.fill(done, 0, partitionCount, false);
        count = partitionCount;
        start = start(partitionCount);
        unfinished = NONE;
        staleness = Staleness.UNKNOWN;
        finished = false;
    }

    /** Where the handle's worker begins with so many: each at another place. */
    final int start(final int places) {
        final Worker worker = attachment.worker();
        return worker == null || places == 0 ? 0 : (int) ((long) places * worker.rank() / worker.worldSize()) % places;
    }

    /** The segment's partition that is the k-th of this round. */
    abstract int partition(int k);

    /** What an exception names of the k-th partition. */
    abstract Target target(int k);

    /** How the k-th partition is updated. */
    abstract Mode mode(int k);

    /** What is applied, for messages. */
    abstract Object function();

    /** Whether code of others is called while a partition is updated. */
    abstract boolean callsOthers();

    /** What there is of an update of a lock-free partition that failed, for messages. */
    abstract String interrupted();

    /** The k-th partition is about to be tried: no lock is held yet. */
    void approach(final int k) {}

    /** Begins the k-th partition; not called where a lock-free one goes on. */
    abstract void enter(int k);

    /**
     * Updates the k-th partition, or what is left of it.
     *
     * @param change where old bytes are saved before they are overwritten, or null in the lock-free family
     */
    abstract void update(int k, PartitionChange change);

    /** Ordinals of the arrays of the lock-free family that are updated. */
    abstract int[] lockFreeArrays();

    /** Whether the caller gets the new values. */
    abstract boolean isRead();

    /** Counts the push when all is done. */
    abstract void count();

    /** All is done and counted: the last thing inside the gate. */
    void completed() {}

    /**
     * Calls code of others as the last thing inside the gate.
     *
     * @param what it is, for messages
     * @throws UpdateFailedException with its exception; all is updated then
     */
    final void complete(final Runnable code, final String what) {
        attachment.scope().enter();
        try {
            code.run();
        } catch (final SegmentRemovedException e) {
            throw e;
        } catch (final RuntimeException e) {
            throw new UpdateFailedException(
                    what + " failed: segment=" + attachment.segment().name() + ", array="
                            + Printable.text(target(0).name())
                            + "; everything is updated, and the push can't be resumed. Cause: " + e,
                    IntStream.range(0, count).mapToObj(this::partition).toList(),
                    null,
                    e);
        } finally {
            attachment.scope().leave();
        }
    }

    /**
     * Finds what is pushed once more, before the push is resumed.
     *
     * @throws RuntimeException if it is no longer what was checked before
     */
    abstract void reopen();

    /** Says to the owners of what is pushed that all is done. */
    abstract void done();

    /** Says to the owners of what is pushed that it may be resumed. */
    abstract void suspended();

    /** Whether a turn of mode ORDERED belongs to it. */
    abstract boolean isOrdered();

    /**
     * Whether what is not done can be done later, after a failure at the k-th partition: not in a turn that is over.
     */
    boolean isResumable(final int k) {
        return !isOrdered();
    }

    /** Updates the partitions that are not updated yet: one push, which no pause of the segment divides. */
    @Override
    public final void run() {
        if (finished) {
            return;
        }
        attachment.gate().pass(update);
        done();
    }

    private void update() {
        try {
            stale(attachment.staleness().ofLockFree(lockFreeArrays(), isRead()));
            updateAll();
            count();
            attachment.staleness().count(staleness);
            finished = true;
            completed();
        } finally {
            Reference.reachabilityFence(this); // whoever owns the memory that is read and written lives until here
        }
    }

    private void resume() {
        if (!finished) {
            reopen();
            run();
        }
    }

    private void stale(final long known) {
        staleness = Math.max(staleness, known);
    }

    /** Goes round. */
    void updateAll() {
        if (unfinished != NONE) {
            attempt(unfinished, true);
        }
        goRound(false);
        goRound(true);
    }

    private void goRound(final boolean mayWait) {
        for (int i = 0; i < count; i++) {
            final int k = (start + i) % count;
            if (!done[k]) {
                attempt(k, mayWait);
            }
        }
    }

    private void attempt(final int k, final boolean mayWait) {
        present = k;
        try {
            approach(k);
            tryUpdate(k, mayWait);
        } catch (final SegmentRemovedException e) {
            throw e;
        } catch (final RuntimeException e) {
            throw failed(present, e);
        }
    }

    /** Updates the k-th partition; without a wait for its lock if it must not wait, and then perhaps not at all. */
    void tryUpdate(final int k, final boolean mayWait) {
        if (mode(k).isLocked()) {
            updateLocked(k, mayWait);
        } else {
            updateLockFree(k);
        }
    }

    /** Another partition is under way, without having been tried on its own. */
    final void goOn(final int k) {
        present = k;
    }

    /** Updates the k-th partition, of the lock-free family. */
    final void updateLockFree(final int k) {
        if (unfinished != k) {
            unfinished = k;
            enter(k);
        }
        apply(k, null);
        unfinished = NONE;
        done[k] = true;
    }

    private void updateLocked(final int k, final boolean mayWait) {
        final int partition = partition(k);
        if (mayWait) {
            attachment.lock().acquire(partition);
        } else if (!attachment.lock().acquireIfFree(partition)) {
            return;
        }
        try {
            updateHeld(k);
        } finally {
            attachment.change().rollback();
            attachment.lock().release(partition);
        }
    }

    /** Updates the k-th partition, whose lock is held. A rollback must follow, before the lock is freed. */
    final void updateHeld(final int k) {
        final int partition = partition(k);
        final PartitionChange change = attachment.change();
        stale(attachment.staleness().ofLocked(partition));
        enter(k);
        change.begin(partition);
        apply(k, change);
        change.commit();
        done[k] = true;
        attachment.staleness().changed(partition, isRead());
    }

    private void apply(final int k, final PartitionChange change) {
        if (!callsOthers()) {
            update(k, change);
            return;
        }
        attachment.scope().enter();
        try {
            update(k, change);
        } finally {
            attachment.scope().leave();
        }
    }

    /** Counts a step of the optimizer on a piece of an array, and returns its number, counted from 1. */
    final long countStep(final int piece, final PartitionChange change) {
        if (change != null) {
            return change.countStep(piece);
        }
        final Segment segment = attachment.segment();
        return segment.control().getAndAddLong(segment.controlLayout().step(piece), 1) + 1;
    }

    private UpdateFailedException failed(final int k, final Throwable cause) {
        final List<Integer> updated = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            final int other = (start + i) % count;
            if (done[other]) {
                updated.add(partition(other));
            }
        }
        final boolean isResumable = isResumable(k);
        if (isResumable) {
            suspended();
        }
        final String left;
        if (done[k] && cause instanceof LockLostException) {
            left = "this partition is updated, but others may have changed it at the same time";
        } else if (done[k]) {
            left = "this partition is updated";
        } else if (mode(k).isLocked()) {
            left = "this partition is unchanged";
        } else {
            left = interrupted();
        }
        return new UpdateFailedException(
                "the update failed: segment=" + attachment.segment().name() + ", partition=" + partition(k) + ", array="
                        + Printable.text(target(k).name()) + ", update=" + function() + "; " + left
                        + ", updated partitions=" + updated + ", "
                        + (isResumable ? "resume() updates the others" : "resume() can't update the others")
                        + ". Cause: "
                        + cause,
                updated,
                isResumable ? () -> attachment.callForUpdate(this::resume) : null,
                cause);
    }
}
