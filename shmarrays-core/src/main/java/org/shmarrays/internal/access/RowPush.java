package org.shmarrays.internal.access;

import java.util.Arrays;
import org.shmarrays.internal.kernel.FormulaUpdate;
import org.shmarrays.internal.kernel.ReadyMade;
import org.shmarrays.internal.kernel.RowUpdate;
import org.shmarrays.internal.kernel.SelectedRows;
import org.shmarrays.internal.segment.PartitionChange;
import org.shmarrays.layout.Mode;
import org.shmarrays.update.UpdateFunction;

/**
 * The spans of a push to single rows: only the partitions that hold rows are visited. Additions without locks are
 * done row by row, as they are named. Reused from push to push, unless one fails: that one is kept for its
 * resumption.
 */
final class RowPush implements PushSpans {
    private static final int LEAST_LENGTH = 16;

    /** How rows are gone over. */
    private enum Way {
        /** As they are named, all in one call: additions without a lock. */
        AS_NAMED,

        /** Sorted, from piece to piece for their steps alone, and changed together. */
        AT_ONCE,

        /** Sorted, in a round over groups: the rows of one partition. */
        BY_PARTITION
    }

    private final Attachment attachment;
    private final Push push;
    private final SelectedRows rows = new SelectedRows();
    private final Operands operands;
    private RowPlan plan;
    private RowUpdate<?> update;
    private UpdateFunction function;
    private Mode mode;

    private Way way;

    /** Of each group, the rows of one partition: the piece, its first sorted row, and the index after its last. */
    private int[] pieces = new int[LEAST_LENGTH];

    private int[] from = new int[LEAST_LENGTH];
    private int[] to = new int[LEAST_LENGTH];
    private int groupCount;

    /** The sorted rows that were fetched last: the first one, and the index after the last. */
    private int fetchedFrom;

    private int fetchedTo;

    /** Number of the optimizer's step on the present group, or -1 if it is not counted yet. */
    private long step;

    RowPush(final Attachment attachment) {
        this.attachment = attachment;
        operands = new Operands(1, attachment.scope());
        push = new Push(
                attachment,
                this,
                "the rows of this partition before the failure are updated",
                LastCall.none(attachment),
                operands);
    }

    /** Takes what is pushed, rows one after the other; returns its values. {@link #prepare} must follow. */
    Object open(final Object operand) {
        operands.set(0, operand);
        return operands.open(0);
    }

    /**
     * Takes a push of what was {@linkplain #open opened}; returns it, and {@link #clear} must follow when it has run.
     *
     * @param count of the rows that are pushed, the first ones
     * @param asked HOGWILD or ATOMIC for arrays of the lock-free family, or null for the array's own mode
     */
    Push prepare(
            final RowPlan rowPlan,
            final int[] named,
            final int count,
            final UpdateFunction updateFunction,
            final Mode asked) {
        final Target target = rowPlan.target();
        target.checkUpdate(updateFunction, asked);
        rowPlan.check(named, count, Target.OPERAND, operands.get(0));
        plan = rowPlan;
        function = updateFunction;
        mode = asked == null ? target.spec().mode() : asked;
        update = attachment.rowUpdates(target.spec().elementType());
        rows.select(target.array(), target.first(), plan.rowLength(), named, count, operands.get(0));
        update.stageOperand(rows, function);
        groupCount = 0;
        way = way();
        if (way != Way.AS_NAMED) {
            rows.sort();
        }
        if (way == Way.BY_PARTITION) {
            group();
        }
        fetchedTo = 0;
        push.take(plan.whole(), function, !(function instanceof ReadyMade), mode, false);
        push.begin(groupCount, pieces);
        return push;
    }

    private Way way() {
        if (mode.isLocked() || attachment.options().rejectsNonFinite()) {
            return Way.BY_PARTITION; // something may go wrong in between
        }
        if (FormulaUpdate.isAddition(function)) {
            return Way.AS_NAMED;
        }
        return !mode.comparesAndSets() && !plan.cutsRows() && update.canUseKernel(rows, function)
                ? Way.AT_ONCE
                : Way.BY_PARTITION;
    }

    private void group() {
        final int count = rows.count();
        int next = 0;
        int piece = count == 0 ? 0 : plan.piece(rows.rowFirst(0));
        while (next < count) {
            final int end = plan.pieceEnd(piece);
            int behind = next;
            while (behind < count && rows.rowFirst(behind) < end) {
                behind++;
            }
            addGroup(piece, next, behind);
            if (rows.rowFirst(behind - 1) + plan.rowLength() > end) {
                next = rows.firstLike(behind - 1);
                piece++;
            } else {
                next = behind;
                piece = next < count ? plan.piece(rows.rowFirst(next)) : piece;
            }
        }
    }

    private void addGroup(final int piece, final int first, final int behind) {
        if (groupCount == pieces.length) {
            pieces = Arrays.copyOf(pieces, 2 * groupCount);
            from = Arrays.copyOf(from, 2 * groupCount);
            to = Arrays.copyOf(to, 2 * groupCount);
        }
        pieces[groupCount] = piece;
        from[groupCount] = first;
        to[groupCount] = behind;
        groupCount++;
    }

    @Override
    public boolean updateAtOnce() {
        switch (way) {
            case AS_NAMED -> update.add(rows, function, mode.comparesAndSets());
            case AT_ONCE -> collectAll();
            case BY_PARTITION -> {
                return false;
            }
        }
        return true;
    }

    /**
     * Goes from piece to piece for their steps alone: rows of all of them are changed together. What is pushed and how
     * was checked before, and no code of others is called, so nothing is thrown that could be resumed.
     */
    private void collectAll() {
        final int start = rows.count() == 0 ? 0 : firstOfPiece(PushRound.start(rows.count(), attachment.member()));
        update.begin();
        collect(start, rows.count());
        collect(0, start);
        update.finish();
    }

    /** The first of the sorted rows that lie in the same piece. */
    private int firstOfPiece(final int i) {
        final int begin = plan.pieceFirst(plan.piece(rows.rowFirst(i)));
        int first = i;
        while (first > 0 && rows.rowFirst(first - 1) >= begin) {
            first--;
        }
        return first;
    }

    private void collect(final int from, final int to) {
        for (int next = from; next < to; next = rows.key()) {
            final int piece = plan.piece(rows.rowFirst(next));
            rows.enter(next, to, plan.pieceFirst(piece), plan.pieceEnd(piece));
            update.collect(rows, function, stepOf(piece, null));
        }
    }

    private long stepOf(final int piece, final PartitionChange change) {
        return function.stateCount() > 0
                ? PushSpans.countStep(attachment.segment(), plan.pieceOrdinal(piece), change)
                : 0;
    }

    @Override
    public void count(final AccessCounters counters) {
        counters.update(plan.target().array(), plan.lengthBytes(rows.count()));
    }

    @Override
    public void reopen() {
        final Object values = operands.open(0);
        plan.checkLength(rows.count(), Target.OPERAND, values);
        rows.takeOperand(values);
        update.stageOperand(rows, function);
    }

    /** Forgets what was pushed, so that it can be collected. */
    void clear() {
        operands.clear();
        rows.clear();
    }

    @Override
    public boolean approaches() {
        return true;
    }

    @Override
    public void approach(final int g) {
        if (from[g] < fetchedFrom || from[g] >= fetchedTo) {
            fetchedFrom = from[g];
            fetchedTo = update.prefetch(rows, from[g], function, mode.isLocked());
            for (int next = g; next < groupCount && from[next] < fetchedTo; next++) {
                attachment.reading().reader().prefetch(plan.whole().partition(pieces[next]));
            }
        }
    }

    @Override
    public void update(final int g, final PartitionChange change, final boolean goesOn) {
        if (!goesOn) {
            rows.enter(from[g], to[g], plan.pieceFirst(pieces[g]), plan.pieceEnd(pieces[g]));
            step = -1;
        }
        if (step < 0) {
            step = stepOf(pieces[g], change);
        }
        update.update(rows, function, step, change, mode.comparesAndSets());
    }
}
