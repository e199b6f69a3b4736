package org.shmarrays.internal.access;

import org.shmarrays.internal.kernel.ElementAccess;
import org.shmarrays.internal.kernel.ElementAccesses;
import org.shmarrays.internal.kernel.RowGather;

/**
 * The spans of a read of rows: of the locked family batches of rows that lie in one partition each, and of a row that
 * lies in several of them its parts. Reused from call to call.
 */
final class RowPull implements PullSpans {
    private static final int LAST = -1;

    /** So much is copied at one go: the longer it takes, the more partitions others have changed meanwhile. */
    private static final int MOST_ROWS = 1024;

    private static final int MOST_BYTES = 256 << 10;

    private final Attachment attachment;
    private final Pull pull;

    private RowPlan plan;
    private RowGather<?> gather;
    private Object copy;
    private int[] rows;
    private final Operands destination;
    private Object into;

    /** Of a row that spans partitions the part that is copied now, or 0 elements; the piece; where it goes. */
    private int element;

    private int elementCount;
    private int spanned;
    private int index;

    /** Number of rows that are read. */
    private int count;

    /** Whether the partitions' versions count: then rows come in batches of {@link #most} at most. */
    private boolean isVersioned;

    private int most;

    /** The rows of the present batch: the first one, and the index after the last. */
    private int from;

    private int to;

    /** Counts batches. */
    private long batch;

    /** Of each piece of the plan the last batch that has a row of it, and the last one of those rows. */
    private long[] pieceBatch = new long[0];

    private int[] lastRow = new int[0];

    /** The pieces of the present batch. */
    private final int[] pieces = new int[MOST_ROWS];

    private int pieceCount;

    /** Of each row of the present batch the one before it in the same piece, or -1. */
    private final int[] rowBefore = new int[MOST_ROWS];

    RowPull(final Attachment attachment) {
        this.attachment = attachment;
        this.destination = new Operands(1, attachment.scope());
        this.pull = new Pull(attachment.reading(), this, MOST_ROWS);
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
    void run(final RowPlan rowPlan, final int[] named, final int rowCount) {
        rowPlan.check(named, rowCount, Target.DESTINATION, destination.get(0));
        rowPlan.target().checkWritable(destination.get(0));
        plan = rowPlan;
        rows = named;
        count = rowCount;
        into = destination.get(0);
        pull.copyAll();
        if (attachment.hasSlot()) {
            attachment.counters().read(plan.target().array(), lengthBytes());
        }
    }

    @Override
    public void begin() {
        final Target target = plan.target();
        gather = attachment.rowGather(target.spec().elementType());
        copy = attachment.copies().of(target.array());
        isVersioned = copy == null && target.spec().mode().isLocked();
        from = 0;
        to = 0;
        elementCount = 0;
        if (isVersioned) {
            most = (int) Math.max(1, Math.min(MOST_ROWS, MOST_BYTES / plan.lengthBytes(1)));
            if (pieceBatch.length < plan.whole().partitionCount()) {
                lastRow = new int[plan.whole().partitionCount()];
                pieceBatch = new long[lastRow.length];
            }
        }
    }

    @Override
    public int next(final int[] partitions) {
        if (elementCount > 0 && nextPart(partitions)) {
            return 1;
        }
        if (to == count) {
            return NONE;
        }
        from = to;
        if (!isVersioned) {
            to = count;
            return 0;
        }
        list(partitions);
        if (to > from) {
            return pieceCount;
        }
        element = rowFirst(from); // of a row that spans partitions
        to = from + 1;
        spanned = plan.piece(element);
        takePart(partitions);
        return 1;
    }

    /** Lists rows that lie in one partition each, up to one that does not. */
    private void list(final int[] partitions) {
        final int length = plan.rowLength();
        final int end = from + Math.min(count - from, most);
        batch++;
        pieceCount = 0;
        for (; to < end; to++) {
            final int first = rowFirst(to);
            final int piece = plan.piece(first);
            if (first + length > plan.pieceEnd(piece)) {
                return;
            }
            if (pieceBatch[piece] == batch) {
                rowBefore[to - from] = lastRow[piece];
            } else {
                pieceBatch[piece] = batch;
                rowBefore[to - from] = LAST;
                pieces[pieceCount] = piece;
                partitions[pieceCount] = plan.whole().partition(piece);
                pieceCount++;
            }
            lastRow[piece] = to;
        }
    }

    /** Goes on to the next part of a row that spans partitions, if there is one. */
    private boolean nextPart(final int[] partitions) {
        element += elementCount;
        elementCount = 0;
        if (element == rowFirst(from) + plan.rowLength()) {
            return false;
        }
        spanned++;
        takePart(partitions);
        return true;
    }

    private void takePart(final int[] partitions) {
        final int begin = rowFirst(from);
        elementCount = Math.min(begin + plan.rowLength(), plan.pieceEnd(spanned)) - element;
        index = from * plan.rowLength() + element - begin;
        partitions[0] = plan.whole().partition(spanned);
    }

    @Override
    public void copy() {
        final Target target = plan.target();
        if (copy != null) {
            copyOwn(ElementAccesses.of(target.spec().elementType()));
        } else {
            gather.copy(target.array(), target.first(), plan.rowLength(), rows, from, to, into);
        }
    }

    /** Copies a part of a row, or all rows of a batch that lie in one piece. */
    @Override
    public void copy(final int i) {
        final Target target = plan.target();
        if (elementCount > 0) {
            gather.copyRun(target.array(), element, elementCount, into, index);
        } else if (pieceCount == 1) {
            copy();
        } else {
            for (int r = lastRow[pieces[i]]; r != LAST; r = rowBefore[r - from]) {
                gather.copy(target.array(), target.first(), plan.rowLength(), rows, r, r + 1, into);
            }
        }
    }

    private <A> void copyOwn(final ElementAccess<A> access) {
        final int length = plan.rowLength();
        for (int r = 0; r < count; r++) {
            access.copy(access.carrier(copy), rowFirst(r), into, r * length, length);
        }
    }

    private int rowFirst(final int r) {
        return plan.target().first() + rows[r] * plan.rowLength();
    }

    @Override
    public String name() {
        return plan.target().name();
    }

    @Override
    public int[] lockFreeArrays() {
        return plan.whole().lockFreeArrays();
    }

    @Override
    public long lengthBytes() {
        return plan.lengthBytes(count);
    }
}
