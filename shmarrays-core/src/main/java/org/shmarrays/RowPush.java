package org.shmarrays;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.shmarrays.layout.Mode;
import org.shmarrays.segment.PartitionChange;
import org.shmarrays.segment.Segment;
import org.shmarrays.segment.SegmentRemovedException;
import org.shmarrays.update.RowUpdate;
import org.shmarrays.update.SelectedRows;
import org.shmarrays.update.UpdateFunction;

/**
 * Pushes to single rows: of each only the partitions that hold rows are visited, in ascending order from one on that
 * depends on the worker's rank, and locked one at a time. Additions without locks are done row by row, as they are named.
 * Reused from push to push, unless one fails: that one is kept for its resumption.
 */
final class RowPush implements Runnable {
    private static final int LEAST_LENGTH = 16;

    private final Attachment attachment;
    private final SelectedRows rows = new SelectedRows();
    private RowPlan plan;
    private RowUpdate<?> update;
    private UpdateFunction function;
    private Mode mode;

    /** Of each group, the rows of one partition: the piece, its first sorted row and one behind its last; if it is done. */
    private int[] pieces = new int[LEAST_LENGTH];

    private int[] from = new int[LEAST_LENGTH];
    private int[] to = new int[LEAST_LENGTH];
    private boolean[] done = new boolean[LEAST_LENGTH];
    private int groupCount;
    private int start;

    /** In the lock-free modes, whether the present group has begun; a resumed push goes on with it. */
    private boolean begun;

    private long step;

    RowPush(final Attachment attachment) {
        this.attachment = attachment;
    }

    /**
     * Takes a push, which {@link #run} carries out.
     *
     * @param count of the rows that are pushed, the first ones
     * @param operand a Java array or buffer with as many rows, one behind the other
     * @param asked HOGWILD or ATOMIC for arrays of the lock-free family, or null for the array's own mode
     */
    void prepare(
            final RowPlan rowPlan,
            final int[] named,
            final int count,
            final Object operand,
            final UpdateFunction updateFunction,
            final Mode asked) {
        final Target target = rowPlan.target();
        Push.check(target, updateFunction, asked);
        rowPlan.check(named, count, "the operand", operand);
        plan = rowPlan;
        function = updateFunction;
        mode = asked == null ? target.spec().mode() : asked;
        update = attachment.rowUpdates(target.spec().elementType());
        rows.select(target.array(), target.first(), plan.rowLength(), named, count, operand);
        begun = false;
        if (!isInAnyOrder()) {
            rows.sort();
            group();
            start = Push.start(attachment.worker(), groupCount);
        }
    }

    /** Nothing can go wrong in between, and nobody minds which row comes first. */
    private boolean isInAnyOrder() {
        return !mode.isLocked()
                && function.isAddition()
                && !attachment.settings().rejectsNonFinite();
    }

    private void group() {
        groupCount = 0;
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
            done = Arrays.copyOf(done, 2 * groupCount);
        }
        pieces[groupCount] = piece;
        from[groupCount] = first;
        to[groupCount] = behind;
        done[groupCount] = false;
        groupCount++;
    }

    /** Updates the rows that are not updated yet: one push, which no pause of the segment divides. */
    @Override
    public void run() {
        attachment.gate().enter();
        try {
            if (isInAnyOrder()) {
                update.add(rows, function, mode == Mode.ATOMIC);
            } else {
                runGroups();
            }
            attachment.countUpdate(plan.target().array(), plan.lengthBytes(rows.count()));
        } finally {
            attachment.gate().leave();
        }
        rows.clear();
    }

    /** As {@link Push} does: those whose locks are free first. */
    private void runGroups() {
        runGroups(false);
        runGroups(true);
    }

    private void runGroups(final boolean mayWait) {
        for (int i = 0; i < groupCount; i++) {
            final int g = (start + i) % groupCount;
            if (!done[g]) {
                try {
                    runGroup(g, mayWait);
                } catch (final SegmentRemovedException e) {
                    throw e;
                } catch (final RuntimeException e) {
                    throw failed(g, e);
                }
            }
        }
    }

    private void runGroup(final int g, final boolean mayWait) {
        if (mode.isLocked()) {
            runLocked(g, mayWait);
            return;
        }
        if (!begun) {
            enter(g);
            begun = true;
            step = function.stateCount() > 0 ? countStep(piece(g)) : 0;
        }
        apply(null);
        begun = false;
        done[g] = true;
    }

    private void runLocked(final int g, final boolean mayWait) {
        final int partition = plan.whole().partition(pieces[g]);
        final PartitionChange change = attachment.change();
        if (mayWait) {
            attachment.lock().acquire(partition);
        } else if (!attachment.lock().acquireIfFree(partition)) {
            return;
        }
        try {
            enter(g);
            change.begin(partition);
            step = function.stateCount() > 0 ? change.countStep(piece(g)) : 0;
            apply(change);
            change.commit();
            done[g] = true;
        } finally {
            change.rollback();
            attachment.lock().release(partition);
        }
    }

    private void enter(final int g) {
        rows.enter(from[g], to[g], plan.pieceFirst(pieces[g]), plan.pieceEnd(pieces[g]));
    }

    private void apply(final PartitionChange change) {
        UpdateScope.enter(attachment.segment().uid());
        try {
            update.update(rows, function, step, change, mode == Mode.ATOMIC);
        } finally {
            UpdateScope.leave();
        }
    }

    /** Ordinal of a group's piece among those of the segment. */
    private int piece(final int g) {
        return plan.whole().pieces(pieces[g])[0].ordinal();
    }

    private long countStep(final int piece) {
        final Segment segment = attachment.segment();
        return segment.control().getAndAddLong(segment.controlLayout().step(piece), 1) + 1;
    }

    private UpdateFailedException failed(final int failed, final Throwable cause) {
        final List<Integer> updated = new ArrayList<>();
        for (int i = 0; i < groupCount; i++) {
            final int g = (start + i) % groupCount;
            if (done[g]) {
                updated.add(plan.whole().partition(pieces[g]));
            }
        }
        final String left;
        if (done[failed]) {
            left = "that partition is updated, but others may have changed it at the same time,";
        } else if (mode.isLocked()) {
            left = "that partition is as it was before,";
        } else {
            left = "the rows of that partition before the failure are updated,";
        }
        return new UpdateFailedException(
                "the update failed: segment=" + attachment.segment().name() + ", partition="
                        + plan.whole().partition(pieces[failed]) + ", array="
                        + plan.target().name() + ", update=" + function + "; " + left
                        + " of the partitions with rows these are updated: " + updated
                        + ", resume() does the others. Cause: " + cause,
                updated,
                plan.whole().hasOrdered() ? null : () -> attachment.call(this),
                cause);
    }
}
