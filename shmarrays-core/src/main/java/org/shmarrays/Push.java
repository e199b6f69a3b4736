package org.shmarrays;

import java.nio.Buffer;
import org.shmarrays.AccessPlan.Piece;
import org.shmarrays.internal.layout.ArrayLayout;
import org.shmarrays.internal.segment.PartitionChange;
import org.shmarrays.layout.Mode;
import org.shmarrays.update.BlockUpdate;
import org.shmarrays.update.UpdateFunction;

/**
 * A push: an update of some targets, partition by partition, in the way of each partition's mode. May be used again
 * after {@link #run} has returned; when that has thrown, it belongs to the exception, which may resume it. Allocates
 * nothing then.
 */
final class Push extends PartitionRound {
    private final AccessPlan plan;
    private final Operands operands;
    private final Operands results;
    private final BlockUpdate<?>[] updates;
    private UpdateFunction function;
    private boolean wantsResults;
    private Mode mode;

    /** What to call in the push when everything is updated, or null. */
    private Runnable whenPushed;

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
    Push(final Attachment attachment, final AccessPlan plan) {
        super(attachment);
        this.plan = plan;
        this.operands = new Operands(plan.targets().length, attachment.scope());
        this.results = new Operands(plan.targets().length, attachment.scope());
        this.updates = new BlockUpdate<?>[plan.targets().length];
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
     * Checks what was set for each target, and gets ready for {@link #run}.
     *
     * @param updating the update
     * @param wanted whether each target must have something that takes its new values
     * @param chosen HOGWILD or ATOMIC for the arrays of the lock-free family, or null for each array's own
     * @param last to call in the push when everything is updated, or null
     */
    void prepare(final UpdateFunction updating, final boolean wanted, final Mode chosen, final Runnable last) {
        whenPushed = last;
        if (function != updating || mode != chosen || wantsResults != wanted) {
            function = updating;
            mode = chosen;
            wantsResults = wanted;
            checked = false;
        }
        if (!checked) {
            check();
        }
        step = 0;
        begin(plan.partitionCount());
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
                updates[t] = attachment().updates(target.spec().elementType()); // made before a lock is taken
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
        whenPushed = null;
        operands.clear();
        results.clear();
        checked = false;
    }

    @Override
    void reopen() {
        check();
    }

    @Override
    void done() {
        operands.done();
        results.done();
    }

    @Override
    void suspended() {
        operands.suspended();
        results.suspended();
    }

    @Override
    int partition(final int k) {
        return plan.partition(k);
    }

    @Override
    Target target(final int k) {
        return plan.targets()[plan.firstTarget(k)];
    }

    @Override
    Mode mode(final int k) {
        return mode == null ? target(k).spec().mode() : mode;
    }

    @Override
    UpdateFunction function() {
        return function;
    }

    @Override
    boolean callsOthers() {
        return !function.isReadyMade();
    }

    @Override
    String interrupted() {
        return "the blocks of this partition before the failure are updated";
    }

    @Override
    boolean isOrdered() {
        return plan.hasOrdered();
    }

    @Override
    int[] lockFreeArrays() {
        return plan.lockFreeArrays();
    }

    @Override
    boolean isRead() {
        return wantsResults;
    }

    @Override
    void count() {
        attachment().counters().update(plan);
    }

    @Override
    void completed() {
        if (whenPushed != null) {
            complete(whenPushed, "the code that follows the push");
        }
    }

    @Override
    void enter(final int k) {
        nextPiece = 0;
        nextElement = 0;
        stepped = null;
    }

    @Override
    void update(final int k, final PartitionChange change) {
        final boolean atomically = mode(k) == Mode.ATOMIC;
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
            step = countStep(piece.ordinal(), change);
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
                attachment()
                        .updates(target.spec().elementType())
                        .read(target.array(), piece.first(), piece.count(), result, target.first());
            }
        }
    }
}
