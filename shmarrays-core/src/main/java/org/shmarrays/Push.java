package org.shmarrays;

import java.util.Arrays;
import org.shmarrays.AccessPlan.Piece;
import org.shmarrays.layout.ArrayLayout;
import org.shmarrays.layout.Mode;
import org.shmarrays.segment.PartitionChange;
import org.shmarrays.update.BlockUpdate;
import org.shmarrays.update.UpdateFunction;

/**
 * A push: an update of some targets, partition by partition, in the way of each partition's mode. May be used again after
 * {@link #run} has returned; when that has thrown, it belongs to the exception, which may resume it. Allocates nothing then.
 */
final class Push extends PartitionRound {
    private final AccessPlan plan;
    private final Object[] operands;
    private final Object[] results;
    private UpdateFunction function;
    private boolean wantsResults;
    private Mode mode;

    /** How far the present partition came. */
    private int nextPiece;

    private int nextElement;
    private ArrayLayout stepped;
    private long step;

    /** A push that {@link #prepare} is to tell what to do. */
    Push(final Attachment attachment, final AccessPlan plan) {
        super(attachment);
        this.plan = plan;
        this.operands = new Object[plan.targets().length];
        this.results = new Object[plan.targets().length];
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
     * @param wanted whether each target must have something that takes its new values
     * @param chosen HOGWILD or ATOMIC for the arrays of the lock-free family, or null for each array's own
     */
    void prepare(final UpdateFunction updating, final boolean wanted, final Mode chosen) {
        function = updating;
        wantsResults = wanted;
        mode = chosen;
        step = 0;
        begin(plan.partitionCount());
        for (int t = 0; t < operands.length; t++) {
            plan.targets()[t].checkOperand("the operand", operands[t]);
            plan.targets()[t].checkUpdate(function, mode);
            attachment().updates(plan.targets()[t].spec().elementType()); // made before a lock is taken
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
    Object function() {
        return function;
    }

    @Override
    String parts() {
        return "blocks";
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
    void enter(final int k) {
        nextPiece = 0;
        nextElement = 0;
        stepped = null;
    }

    @Override
    void update(final int k, final PartitionChange change) {
        final boolean atomically = mode(k) == Mode.ATOMIC;
        UpdateScope.enter(attachment().segment().uid());
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
        if (change != null) {
            deliver(k);
        }
    }

    private void runPiece(final Piece piece, final PartitionChange change, final boolean atomically) {
        final Target target = piece.target();
        final BlockUpdate<?> update = attachment().updates(target.spec().elementType());
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
                attachment()
                        .updates(target.spec().elementType())
                        .read(target.array(), piece.first(), piece.count(), result, target.first());
            }
        }
    }
}
