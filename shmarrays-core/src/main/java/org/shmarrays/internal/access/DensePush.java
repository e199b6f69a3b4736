package org.shmarrays.internal.access;

import java.nio.Buffer;
import org.shmarrays.internal.access.AccessPlan.Piece;
import org.shmarrays.internal.kernel.BlockUpdate;
import org.shmarrays.internal.kernel.ReadyMade;
import org.shmarrays.internal.layout.ArrayLayout;
import org.shmarrays.internal.segment.PartitionChange;
import org.shmarrays.layout.Mode;
import org.shmarrays.update.UpdateFunction;

/**
 * The spans of an update of some targets, as their plan lists them, in the way of each partition's mode. May be used
 * again after its push has returned, and allocates nothing then.
 */
final class DensePush implements PushSpans {
    private final Attachment attachment;
    private final AccessPlan plan;
    private final Operands operands;
    private final Operands results;
    private final BlockUpdate<?>[] updates;
    private final LastCall last;
    private final Push push;
    private UpdateFunction function;
    private boolean wantsResults;
    private Mode mode;

    /**
     * Whether what is pushed was found good, and is still: a buffer's limit may have moved, an owner's memory too; a
     * Java array stays as it is.
     */
    private boolean checked;

    /** How far the present partition came. */
    private int nextPiece;

    private int nextElement;
    private ArrayLayout stepped;
    private long step;

    /** A push that {@link #prepare} is to tell what to do. */
    DensePush(final Attachment attachment, final AccessPlan plan) {
        this.attachment = attachment;
        this.plan = plan;
        this.operands = new Operands(plan.targets().length, attachment.scope());
        this.results = new Operands(plan.targets().length, attachment.scope());
        this.updates = new BlockUpdate<?>[plan.targets().length];
        this.last = new LastCall(attachment, "the code that follows the push");
        this.push = new Push(
                attachment,
                this,
                "the blocks of this partition before the failure are updated",
                last,
                operands,
                results);
    }

    /** Sets what is pushed to a target of the plan, and what takes the new values: null for nothing. */
    void set(final int t, final Object operand, final Object result) {
        if (operands.set(t, operand)) {
            checked = false;
        }
        if (results.set(t, result)) {
            checked = false;
        }
    }

    /**
     * Checks what was set for each target; returns the push of it, which is to be run.
     *
     * @param updating the update
     * @param wanted whether each target must have something that takes its new values
     * @param chosen HOGWILD or ATOMIC for the arrays of the lock-free family, or null for each array's own
     * @param whenPushed to call in the push when everything is updated, or null
     */
    Push prepare(final UpdateFunction updating, final boolean wanted, final Mode chosen, final Runnable whenPushed) {
        if (function != updating || mode != chosen || wantsResults != wanted) {
            function = updating;
            mode = chosen;
            wantsResults = wanted;
            checked = false;
            push.take(plan, function, !(function instanceof ReadyMade), mode, wantsResults);
        }
        if (!checked) {
            check();
        }
        step = 0;
        last.set(whenPushed);
        push.begin(plan.partitionCount(), null);
        return push;
    }

    private void check() {
        boolean mayChange = operands.hasOwned() || results.hasOwned();
        for (int t = 0; t < updates.length; t++) {
            final Target target = plan.targets()[t];
            final Object operand = operands.open(t);
            final Object result = results.open(t);
            target.checkOperand(Target.OPERAND, operand);
            target.checkUpdate(function, mode);
            if (updates[t] == null) {
                updates[t] = attachment.updates(target.spec().elementType()); // made before a lock is taken
            }
            if (wantsResults) {
                target.checkDestination(result);
            }
            mayChange |= operand instanceof Buffer || result instanceof Buffer;
        }
        checked = !mayChange;
    }

    /** Forgets what was pushed, so that it can be collected. */
    void clear() {
        last.set(null);
        operands.clear();
        results.clear();
        checked = false;
    }

    @Override
    public void reopen() {
        check();
    }

    @Override
    public void count(final AccessCounters counters) {
        counters.update(plan);
    }

    @Override
    public void update(final int k, final PartitionChange change, final boolean goesOn) {
        if (!goesOn) {
            nextPiece = 0;
            nextElement = 0;
            stepped = null;
        }
        final boolean atomically = push.mode(k).comparesAndSets();
        final Piece[] pieces = plan.pieces(k);
        while (nextPiece < pieces.length) {
            runPiece(pieces[nextPiece], change, atomically);
            nextPiece++;
            nextElement = 0;
        }
        if (change != null) {
            deliver(k);
        }
    }

    private void runPiece(final Piece piece, final PartitionChange change, final boolean atomically) {
        final Target target = piece.target();
        final BlockUpdate<?> update = updates[piece.t()];
        final int first = piece.first() + nextElement;
        final int count = piece.count() - nextElement;
        final Object operand = operands.get(piece.t());
        // Under a lock the results follow when nothing can fail any more: an operand may be where they go.
        final Object result = change == null ? results.get(piece.t()) : null;
        if (function.stateCount() > 0 && stepped != target.array()) {
            // Aliases of one array share its pieces and thus its steps: a push is one step.
            step = PushSpans.countStep(attachment.segment(), piece.ordinal(), change);
            stepped = target.array();
        }
        final PartitionChange saved = savedByBlock(piece, change);
        try {
            if (atomically) {
                update.updateAtomically(target.array(), first, count, operand, target.first(), function, result);
            } else {
                update.update(target.array(), first, count, operand, target.first(), function, step, saved, result);
            }
        } finally {
            nextElement += update.completed();
        }
    }

    /** Saves the old bytes of small pieces; returns what takes those of a long one as it is changed. */
    private PartitionChange savedByBlock(final Piece piece, final PartitionChange change) {
        if (change == null || piece.undoBytes() == Piece.BY_BLOCK) {
            return change;
        }
        if (piece.undoBytes() > 0) {
            change.saveFiles(function.stateCount(), piece.start(), piece.undoBytes());
        }
        return null;
    }

    /** Copies the new values of a partition to where they are wanted. */
    private void deliver(final int k) {
        for (final Piece piece : plan.pieces(k)) {
            final Object result = results.get(piece.t());
            if (result != null) {
                final Target target = piece.target();
                attachment
                        .updates(target.spec().elementType())
                        .read(target.array(), piece.first(), piece.count(), result, target.first());
            }
        }
    }
}
