package org.shmarrays;

import java.lang.ref.Reference;
import org.shmarrays.layout.Mode;
import org.shmarrays.update.ElementAccess;
import org.shmarrays.update.RowGather;

/**
 * Reads of rows: in the locked family what a row has in one partition is consistent, in the lock-free one each element
 * is. Reused from call to call.
 */
final class RowPull {
    private static final int NONE = -1;

    /** So much is copied at one go: the longer it takes, the more partitions others have changed meanwhile. */
    private static final int MOST_ROWS = 1024;

    private static final int MOST_BYTES = 256 << 10;

    private final Attachment attachment;
    private final ConsistentCopy consistent;

    private RowPlan plan;
    private RowGather<?> gather;
    private Object copy;
    private int[] rows;
    private final Operands destination;
    private Object into;
    private int element;
    private int elementCount;
    private int index;

    /** The first row of the present batch. */
    private int batchFrom;

    /** Counts batches. */
    private long batch;

    /** Of each piece of the plan the last batch that has a row of it, and the last one of those rows. */
    private long[] pieceBatch = new long[0];

    private int[] lastRow = new int[0];

    /** The pieces of the present batch, and the versions of their partitions before the copy. */
    private final int[] pieces = new int[MOST_ROWS];

    private final long[] versions = new long[MOST_ROWS];

    /** Of each row of the present batch the one before it in the same piece, or -1. */
    private final int[] rowBefore = new int[MOST_ROWS];

    /** The last row of those that are copied again. */
    private int chain;

    RowPull(final Attachment attachment) {
        this.attachment = attachment;
        this.destination = new Operands(1, attachment.scope());
        this.consistent = new ConsistentCopy(attachment, this::copy);
    }

    /** Takes what rows are read into; returns what holds its values. {@link #run} must follow. */
    Object open(final Object given) {
        destination.set(0, given);
        return destination.open(0);
    }

    /** Says to the owner of what was read into that it is done. */
    void done() {
        destination.done();
    }

    /** Forgets where to, so that it can be collected. */
    void clear() {
        destination.clear();
        rows = null;
        into = null;
        copy = null;
    }

    /**
     * Copies rows to what was {@linkplain #open opened}.
     *
     * @param count of the rows that are read, the first ones
     */
    void run(final RowPlan rowPlan, final int[] named, final int count) {
        rowPlan.check(named, count, Target.DESTINATION, destination.get(0));
        rowPlan.target().checkWritable(destination.get(0));
        plan = rowPlan;
        rows = named;
        into = destination.get(0);
        try {
            copyRows(count);
        } finally {
            Reference.reachabilityFence(this); // whoever owns the memory that is written lives until here
        }
        if (attachment.hasSlot()) {
            attachment.counters().read(plan.target().array(), plan.lengthBytes(count));
        }
    }

    private void copyRows(final int count) {
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
                attachment.staleness().readLockFree(plan.whole().lockFreeArrays(), plan.lengthBytes(count));
            }
            gather.copy(target.array(), target.first(), plan.rowLength(), rows, 0, count, into);
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
        if (pieceBatch.length < plan.whole().partitionCount()) {
            lastRow = new int[plan.whole().partitionCount()];
            pieceBatch = new long[lastRow.length];
        }
        final int most = (int) Math.max(1, Math.min(MOST_ROWS, MOST_BYTES / plan.lengthBytes(1)));
        int r = 0;
        while (r < count) {
            final int next = copyBatch(r, r + Math.min(count - r, most));
            if (next == r) {
                copySpanning(r, plan.piece(rowFirst(r)));
                r++;
            } else {
                r = next;
            }
        }
    }

    /**
     * Copies rows that lie in one partition each: notes the versions of all partitions, copies all rows, and looks at
     * all versions again, so that the processor can fetch the rows at the same time. Returns the first row that was not
     * copied.
     */
    private int copyBatch(final int from, final int to) {
        final int length = plan.rowLength();
        batch++;
        batchFrom = from;
        int pieceCount = 0;
        int r = from;
        for (; r < to; r++) {
            final int first = rowFirst(r);
            final int piece = plan.piece(first);
            if (first + length > plan.pieceEnd(piece)) {
                break; // a row that spans partitions
            }
            if (pieceBatch[piece] == batch) {
                rowBefore[r - from] = lastRow[piece];
            } else {
                pieceBatch[piece] = batch;
                rowBefore[r - from] = NONE;
                pieces[pieceCount] = piece;
                versions[pieceCount] = attachment.reader().begin(plan.whole().partition(piece));
                pieceCount++;
            }
            lastRow[piece] = r;
        }
        if (r == from) {
            return r;
        }
        final Target target = plan.target();
        gather.copy(target.array(), target.first(), length, rows, from, r, into);
        for (int i = 0; i < pieceCount; i++) {
            confirm(pieces[i], versions[i]);
        }
        return r;
    }

    /** Copies the rows of a piece again if its partition was changed meanwhile. */
    private void confirm(final int piece, final long version) {
        final int partition = plan.whole().partition(piece);
        if (!attachment.reader().isConsistent(partition, version)) {
            consistent.countRetry();
            chain = lastRow[piece];
            elementCount = 0;
            consistent.copy(partition, plan.target().name());
        } else if (attachment.hasSlot()) {
            attachment.staleness().read(partition, version);
        }
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
            return;
        }
        for (int r = chain; r != NONE; r = rowBefore[r - batchFrom]) {
            gather.copy(target.array(), target.first(), plan.rowLength(), rows, r, r + 1, into);
        }
    }
}
