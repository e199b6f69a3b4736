package org.shmarrays;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.shmarrays.AccessPlan.Piece;
import org.shmarrays.layout.ArrayLayout;
import org.shmarrays.layout.Mode;
import org.shmarrays.segment.PartitionChange;
import org.shmarrays.segment.Segment;
import org.shmarrays.segment.SegmentRemovedException;
import org.shmarrays.update.BlockUpdate;
import org.shmarrays.update.UpdateFunction;
import org.shmarrays.worker.Worker;

/**
 * A push: an update of some targets, partition by partition, in the way of each partition's mode. Workers begin at
 * different partitions, so that they follow each other instead of queueing. May be used again after {@link #run} has
 * returned; when that has thrown, it belongs to the exception, which may resume it. Allocates nothing then.
 */
final class Push implements Runnable {
    private final Attachment attachment;
    private final AccessPlan plan;
    private final Object[] operands;
    private final Object[] results;
    private final boolean[] done;
    private UpdateFunction function;
    private Mode mode;

    /** Where the round begins: fixed, because the number of workers may change while it goes on. */
    private int start;

    /** The partition under way. */
    private int present;

    /** How far it came; in the lock-free modes, where it stays so, a resumed push goes on from there. */
    private int nextPiece;

    private int nextElement;
    private ArrayLayout stepped;
    private long step;

    /** A push that {@link #prepare} is to tell what to do. */
    Push(final Attachment attachment, final AccessPlan plan) {
        this.attachment = attachment;
        this.plan = plan;
        this.operands = new Object[plan.targets().length];
        this.results = new Object[plan.targets().length];
        this.done = new boolean[plan.partitionCount()];
    }

    /** Sets what is pushed to a target of the plan, and what takes the new values: null for nothing. */
    void set(final int t, final Object operand, final Object result) {
        operands[t] = operand;
        results[t] = result;
    }

    /**
     * Checks what was set for each target, and gets ready for {@link #run}.
     *
     * @param updating the update
     * @param wantsResults whether each target must have something that takes its new values
     * @param chosen HOGWILD or ATOMIC for the arrays of the lock-free family, or null for each array's own
     */
    void prepare(final UpdateFunction updating, final boolean wantsResults, final Mode chosen) {
        function = updating;
        mode = chosen;
        Arrays.fill(done, false);
        nextPiece = -1;
        stepped = null;
        step = 0;
        start = start(attachment.worker(), plan.partitionCount());
        for (int t = 0; t < operands.length; t++) {
            plan.targets()[t].checkOperand("the operand", operands[t]);
            check(plan.targets()[t], function, mode);
            attachment.updates(plan.targets()[t].spec().elementType()); // made before a lock is taken
            if (wantsResults) {
                plan.targets()[t].checkDestination(results[t]);
            }
        }
    }

    /** Forgets what was pushed, so that it can be collected. */
    void clear() {
        Arrays.fill(operands, null);
        Arrays.fill(results, null);
    }

    /**
     * Returns if an update can be pushed to a target.
     *
     * @param mode HOGWILD or ATOMIC, or null for the target's own
     * @throws IllegalArgumentException if not
     */
    static void check(final Target target, final UpdateFunction function, final Mode mode) {
        if (!function.supports(target.spec().elementType())) {
            throw new IllegalArgumentException("this update is not for arrays of this type: update=" + function
                    + ", name=" + target.name() + ", type=" + target.spec().elementType());
        }
        if (function.stateCount() > target.spec().stateCount()) {
            throw new IllegalArgumentException("the array has too few companions for this update: update=" + function
                    + ", needs=" + function.stateCount() + ", name=" + target.name() + ", has="
                    + target.spec().stateCount() + "; create it withState(" + function.stateCount() + ")");
        }
        final Mode own = target.spec().mode();
        if (mode != null && mode != own && (mode.isLocked() || own.isLocked())) {
            throw new IllegalArgumentException("the array was not created for this mode: name=" + target.name()
                    + ", mode=" + own + ", asked=" + mode + "; only HOGWILD and ATOMIC can be chosen by call");
        }
        if ((mode == null ? own : mode) == Mode.ATOMIC && function.stateCount() > 0) {
            throw new IllegalArgumentException("ATOMIC takes functions of one value only, this one has state: update="
                    + function + ", name=" + target.name() + "; create the array in another mode");
        }
    }

    private Mode modeOf(final Target target) {
        return mode == null ? target.spec().mode() : mode;
    }

    /** Updates the partitions that are not updated yet: one push, which no pause of the segment divides. */
    @Override
    public void run() {
        attachment.gate().enter();
        try {
            runPartitions();
        } finally {
            attachment.gate().leave();
        }
    }

    /** Where a worker begins in so many partitions. */
    static int start(final Worker worker, final int partitionCount) {
        return worker == null || partitionCount == 0
                ? 0
                : (int) ((long) partitionCount * worker.rank() / worker.worldSize()) % partitionCount;
    }

    /** Free partitions first, so that workers follow each other through them; then those whose locks others hold. */
    private void runPartitions() {
        if (nextPiece >= 0) {
            attempt(present, true); // a lock-free one, which a failure left in its middle
        }
        runPartitions(false);
        runPartitions(true);
        attachment.countUpdates(plan);
    }

    private void runPartitions(final boolean mayWait) {
        final int count = plan.partitionCount();
        for (int i = 0; i < count; i++) {
            final int k = (start + i) % count;
            if (!done[k]) {
                attempt(k, mayWait);
            }
        }
    }

    private void attempt(final int k, final boolean mayWait) {
        try {
            runPartition(k, mayWait);
        } catch (final SegmentRemovedException e) {
            throw e;
        } catch (final RuntimeException e) {
            throw failed(k, e);
        }
    }

    private UpdateFailedException failed(final int k, final Throwable cause) {
        final int count = plan.partitionCount();
        final List<Integer> updated = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            final int partition = (start + i) % count;
            if (done[partition]) {
                updated.add(plan.partition(partition));
            }
        }
        final Target target = plan.targets()[plan.firstTarget(k)];
        final String left;
        if (done[k]) {
            left = "that partition is updated, but others may have changed it at the same time,";
        } else if (modeOf(target).isLocked()) {
            left = "that partition is as it was before,";
        } else {
            left = "the blocks of that partition before the failure are updated,";
        }
        return new UpdateFailedException(
                "the update failed: segment=" + attachment.segment().name() + ", partition=" + plan.partition(k)
                        + ", array=" + target.name() + ", update=" + function + "; " + left + " these are updated: "
                        + updated + ", resume() does the others. Cause: " + cause,
                updated,
                plan.hasOrdered() ? null : () -> attachment.call(this),
                cause);
    }

    private void runPartition(final int k, final boolean mayWait) {
        final Mode partitionMode = modeOf(plan.targets()[plan.firstTarget(k)]);
        if (partitionMode.isLocked()) {
            runLocked(k, mayWait);
        } else {
            if (nextPiece < 0) {
                begin(k);
            }
            runPieces(k, null, partitionMode == Mode.ATOMIC);
            nextPiece = -1;
            done[k] = true;
        }
    }

    private void runLocked(final int k, final boolean mayWait) {
        final int partition = plan.partition(k);
        final PartitionChange change = attachment.change();
        if (mayWait) {
            attachment.lock().acquire(partition);
        } else if (!attachment.lock().acquireIfFree(partition)) {
            return;
        }
        try {
            begin(k);
            change.begin(partition);
            runPieces(k, change, false);
            deliver(k);
            change.commit();
            done[k] = true;
        } finally {
            nextPiece = -1;
            change.rollback();
            attachment.lock().release(partition);
        }
    }

    private void begin(final int k) {
        present = k;
        nextPiece = 0;
        nextElement = 0;
        stepped = null;
    }

    private void runPieces(final int k, final PartitionChange change, final boolean atomically) {
        UpdateScope.enter(attachment.segment().uid());
        try {
            final Piece[] pieces = plan.pieces(k);
            while (nextPiece < pieces.length) {
                runPiece(pieces[nextPiece], change, atomically);
                nextPiece++;
                nextElement = 0;
            }
        } finally {
            UpdateScope.leave();
        }
    }

    private void runPiece(final Piece piece, final PartitionChange change, final boolean atomically) {
        final Target target = piece.target();
        final BlockUpdate<?> update = attachment.updates(target.spec().elementType());
        final int first = piece.first() + nextElement;
        final int count = piece.count() - nextElement;
        final Object operand = operands[piece.t()];
        // Under a lock the results follow when nothing can fail any more: an operand may be where they go.
        final Object result = change == null ? results[piece.t()] : null;
        if (function.stateCount() > 0 && stepped != target.array()) {
            // Aliases of one array share its pieces and thus its steps: a push is one step.
            step = countStep(piece.ordinal(), change);
            stepped = target.array();
        }
        try {
            if (atomically) {
                update.updateAtomically(target.array(), first, count, operand, target.first(), function, result);
            } else {
                update.update(target.array(), first, count, operand, target.first(), function, step, change, result);
            }
        } finally {
            nextElement += update.completed();
        }
    }

    /** Copies the new values of a partition to where they are wanted. */
    private void deliver(final int k) {
        for (final Piece piece : plan.pieces(k)) {
            final Object result = results[piece.t()];
            if (result != null) {
                final Target target = piece.target();
                attachment
                        .updates(target.spec().elementType())
                        .read(target.array(), piece.first(), piece.count(), result, target.first());
            }
        }
    }

    private long countStep(final int piece, final PartitionChange change) {
        if (change != null) {
            return change.countStep(piece);
        }
        final Segment segment = attachment.segment();
        return segment.control().getAndAddLong(segment.controlLayout().step(piece), 1) + 1;
    }
}
