package org.shmarrays;

import org.shmarrays.layout.Mode;
import org.shmarrays.update.ElementAccess;
import org.shmarrays.update.RowGather;

/**
 * Reads of rows: in the locked family rows that are named one after the other and lie in one partition are consistent
 * together, and what a row has in one partition always is; in the lock-free family each element is. Reused from call to
 * call.
 */
final class RowPull {
    private final Attachment attachment;
    private final ConsistentCopy consistent;

    private RowPlan plan;
    private RowGather<?> gather;
    private Object copy;
    private int[] rows;
    private Object into;
    private int from;
    private int to;
    private int element;
    private int elementCount;
    private int index;

    RowPull(final Attachment attachment) {
        this.attachment = attachment;
        this.consistent = new ConsistentCopy(attachment, this::copy);
    }

    /**
     * Copies rows.
     *
     * @param count of the rows that are read, the first ones
     * @param destination a Java array or buffer that holds them
     */
    void run(final RowPlan rowPlan, final int[] named, final int count, final Object destination) {
        rowPlan.check(named, count, Target.DESTINATION, destination);
        rowPlan.target().checkWritable(destination);
        plan = rowPlan;
        rows = named;
        into = destination;
        final Target target = plan.target();
        gather = attachment.rowGather(target.spec().elementType());
        final Mode mode = target.spec().mode();
        copy = mode == Mode.ORDERED && attachment.hasSlot()
                ? attachment.ordered().copyOf(target.array())
                : null;
        if (copy != null) {
            copyOwn(ElementAccess.of(target.spec().elementType()), count);
        } else if (mode.isLocked()) {
            copyConsistently(count);
        } else {
            if (attachment.hasSlot()) {
                attachment.staleness().readLockFree(plan.whole().lockFreeArrays());
            }
            gather.copy(target.array(), target.first(), plan.rowLength(), rows, 0, count, into);
        }
        rows = null;
        into = null;
        copy = null;
        if (attachment.hasSlot()) {
            attachment.counters().read(target.array(), plan.lengthBytes(count));
        }
    }

    private <A> void copyOwn(final ElementAccess<A> access, final int count) {
        final int length = plan.rowLength();
        for (int r = 0; r < count; r++) {
            access.copy(access.carrier(copy), rowFirst(r), into, r * length, length);
        }
    }

    private int rowFirst(final int r) {
        return plan.target().first() + rows[r] * plan.rowLength();
    }

    private void copyConsistently(final int count) {
        int r = 0;
        while (r < count) {
            final int piece = plan.piece(rowFirst(r));
            from = r;
            while (r < count && isInside(rowFirst(r), piece)) {
                r++;
            }
            to = r;
            if (to > from) {
                elementCount = 0;
                consistent.copy(plan.whole().partition(piece), plan.target().name());
            } else {
                copySpanning(r++, piece);
            }
        }
    }

    private boolean isInside(final int first, final int piece) {
        return first >= plan.pieceFirst(piece) && first + plan.rowLength() <= plan.pieceEnd(piece);
    }

    /** A row that lies in several partitions. */
    private void copySpanning(final int r, final int firstPiece) {
        final int begin = rowFirst(r);
        final int end = begin + plan.rowLength();
        element = begin;
        for (int piece = firstPiece; element < end; piece++) {
            elementCount = Math.min(end, plan.pieceEnd(piece)) - element;
            index = r * plan.rowLength() + element - begin;
            consistent.copy(plan.whole().partition(piece), plan.target().name());
            element += elementCount;
        }
    }

    private void copy() {
        final Target target = plan.target();
        if (elementCount > 0) {
            gather.copyRun(target.array(), element, elementCount, into, index);
        } else {
            gather.copy(target.array(), target.first(), plan.rowLength(), rows, from, to, into);
        }
    }
}
