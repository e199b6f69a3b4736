package org.shmarrays.internal.access;

import java.lang.ref.Reference;
import java.util.List;
import java.util.function.Supplier;
import org.shmarrays.errors.LockLostException;
import org.shmarrays.errors.SegmentRemovedException;
import org.shmarrays.errors.UpdateFailedException;
import org.shmarrays.internal.Printable;
import org.shmarrays.internal.segment.PartitionChange;
import org.shmarrays.layout.Mode;

/**
 * A push: its way round its partitions, with their locks, changes and steps, its staleness, and what is left of it
 * when it fails. What it changes is given by its {@link PushSpans}. It begins at a partition that depends on the
 * worker's rank, so that workers follow each other instead of queueing; it takes those whose locks are free first,
 * and then waits for the others. One lock is held at a time.
 *
 * <p>What is done stays done when something is thrown: a further {@link #run} does the rest, and one after that
 * nothing. A partition under a lock is done wholly or not at all; one of the lock-free family goes on where it
 * stopped, before any other. May be used again after {@link #run} has returned; when that has thrown, it belongs to
 * the exception, which may resume it. Allocates nothing then. For one thread.
 */
final class Push implements Runnable {
    private final Attachment attachment;
    private final PushSpans spans;
    private final String interrupted;

    /** What is pushed, and what takes the new values. */
    private final Operands[] operands;

    private final LastCall last;
    private final PushRound round = new PushRound();
    private final Supplier<List<Integer>> updated = () -> round.allDone(this::partition);

    /** What is done inside the gate. */
    private final Runnable update = this::update;

    private final boolean approaches;
    private final boolean groups;

    private AccessPlan plan;
    private int[] pieces;
    private Object function;
    private boolean callsOthers;
    private Mode mode;
    private boolean isRead;

    /** The partition that is under way, for messages. */
    private int present;

    /** Whether code of others has left what it works with half changed: then nothing can be resumed. */
    private boolean isSpoilt;

    /** The greatest one of the partitions that are done. */
    private long staleness;

    /** Whether all is done and counted: then a further run does nothing. */
    private boolean finished;

    /**
     * A push that {@link #take} and {@link #begin} are to tell what to do.
     *
     * @param interrupted what there is of an update of a lock-free partition that failed, for messages
     * @param last to call when everything is updated
     * @param operands what is pushed, and what takes the new values
     */
    Push(
            final Attachment attachment,
            final PushSpans spans,
            final String interrupted,
            final LastCall last,
            final Operands... operands) {
        this.attachment = attachment;
        this.spans = spans;
        this.approaches = spans.approaches();
        this.groups = spans.hasGroups();
        this.interrupted = interrupted;
        this.last = last;
        this.operands = operands;
    }

    /**
     * Takes what is applied to what.
     *
     * @param whole the plan of all targets
     * @param applied for messages
     * @param isForeign whether code of others is called while a partition is updated
     * @param chosen HOGWILD or ATOMIC for the arrays of the lock-free family, or null for each array's own
     * @param returnsValues whether the caller gets the new values
     */
    void take(
            final AccessPlan whole,
            final Object applied,
            final boolean isForeign,
            final Mode chosen,
            final boolean returnsValues) {
        plan = whole;
        function = applied;
        callsOthers = isForeign;
        mode = chosen;
        isRead = returnsValues;
    }

    /**
     * Gets ready for a round of so many partitions, none of which is done.
     *
     * @param ofPlan which of the plan's partitions they are, or null for its first ones
     */
    void begin(final int partitionCount, final int[] ofPlan) {
        pieces = ofPlan;
        round.begin(partitionCount, attachment.member());
        staleness = Staleness.UNKNOWN;
        isSpoilt = false;
        finished = false;
    }

    /** Which of the plan's partitions is the k-th of this round. */
    private int piece(final int k) {
        return pieces == null ? k : pieces[k];
    }

    /** The segment's partition that is the k-th of this round. */
    private int partition(final int k) {
        return plan.partition(piece(k));
    }

    private Target target(final int k) {
        return plan.targets()[plan.firstTarget(piece(k))];
    }

    Mode mode(final int k) {
        return mode == null ? plan.mode(piece(k)) : mode;
    }

    /** Updates the partitions that are not updated yet: one push, which no pause of the segment divides. */
    @Override
    public void run() {
        if (finished) {
            return;
        }
        attachment.gate().pass(update);
        for (final Operands each : operands) {
            each.done();
        }
    }

    private void update() {
        try {
            staleness = Math.max(staleness, attachment.staleness().ofLockFree(plan.lockFreeArrays(), isRead));
            if (!spans.updateAtOnce()) {
                updateAll();
            }
            spans.count(attachment.counters());
            attachment.staleness().count(staleness);
            finished = true;
            if (last.isSet()) {
                last.run(target(0).name(), updated);
            }
        } finally {
            Reference.reachabilityFence(this); // whoever owns the memory that is read and written lives until here
        }
    }

    private void resume() {
        if (!finished) {
            spans.reopen();
            run();
        }
    }

    private void updateAll() {
        if (round.unfinished() != PushRound.NONE) {
            attempt(round.unfinished(), true);
        }
        goRound(false);
        goRound(true);
    }

    private void goRound(final boolean mayWait) {
        for (int i = 0; i < round.count(); i++) {
            final int k = round.at(i);
            if (!round.isDone(k)) {
                attempt(k, mayWait);
            }
        }
    }

    private void attempt(final int k, final boolean mayWait) {
        present = k;
        try {
            if (approaches) {
                spans.approach(k);
            }
            if (!groups || !spans.updateTogether(k, mayWait)) {
                updateAlone(k, mayWait);
            }
        } catch (final SegmentRemovedException e) {
            throw e;
        } catch (final RuntimeException e) {
            throw failed(present, e);
        }
    }

    /** Another partition is under way, without having been tried on its own. */
    void goOn(final int k) {
        present = k;
    }

    /** Code of others begins to work with what it may leave half changed, or has come to its end. */
    void spoilt(final boolean spoilt) {
        isSpoilt = spoilt;
    }

    /** Updates the k-th partition, of the lock-free family. */
    void updateLockFree(final int k) {
        final boolean goesOn = round.unfinished() == k;
        round.unfinished(k);
        apply(k, null, goesOn);
        round.unfinished(PushRound.NONE);
        round.done(k);
    }

    /** Updates the k-th partition; without a wait for its lock if it must not wait, and then perhaps not at all. */
    private void updateAlone(final int k, final boolean mayWait) {
        if (mode(k).isLocked()) {
            updateLocked(k, mayWait);
        } else {
            updateLockFree(k);
        }
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
    void updateHeld(final int k) {
        final int partition = partition(k);
        final PartitionChange change = attachment.change();
        staleness = Math.max(staleness, attachment.staleness().ofLocked(partition));
        change.begin(partition);
        apply(k, change, false);
        change.commit();
        round.done(k);
        attachment.staleness().changed(partition, isRead);
    }

    private void apply(final int k, final PartitionChange change, final boolean goesOn) {
        if (!callsOthers) {
            spans.update(k, change, goesOn);
            return;
        }
        attachment.scope().enter();
        try {
            spans.update(k, change, goesOn);
        } finally {
            attachment.scope().leave();
        }
    }

    private UpdateFailedException failed(final int k, final Throwable cause) {
        // Not in a turn of mode ORDERED that is over.
        final boolean isResumable = !plan.hasOrdered() && !isSpoilt;
        if (isResumable) {
            for (final Operands each : operands) {
                each.suspended();
            }
        }
        final String left;
        if (!round.isDone(k)) {
            left = mode(k).isLocked() ? "this partition is unchanged" : interrupted;
        } else {
            left = "this partition is updated"
                    + (cause instanceof LockLostException ? ", but others may have changed it at the same time" : "");
        }
        return new UpdateFailedException(
                "the update failed: segment=" + attachment.segment().name() + ", partition=" + partition(k) + ", array="
                        + Printable.text(target(k).name()) + ", update=" + function + "; " + left
                        + ", updated partitions=" + updated.get() + ", "
                        + (isResumable ? "resume() updates the others" : "resume() can't update the others")
                        + ". Cause: " + cause,
                updated.get(),
                isResumable ? () -> attachment.callForUpdate(this::resume) : null,
                cause);
    }
}
