package org.shmarrays;

import org.shmarrays.layout.Mode;
import org.shmarrays.segment.PartitionReader;
import org.shmarrays.update.ElementAccess;
import org.shmarrays.update.RowGather;

/**
 * Reads of rows: in the locked family rows that are named one after the other and lie in one partition are consistent
 * together, and what a row has in one partition always is; in the lock-free family each element is. Reused from call to
 * call.
 */
final class RowPull {
    private static final int MOST_RUNS = 64;
    private static final int MOST_ROWS = 256;

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

    /** Rows of one partition that are named one after the other: each run ends where the next one begins. */
    private final int[] runFrom = new int[MOST_RUNS + 1];

    private final int[] runPartition = new int[MOST_RUNS];
    private final long[] runVersion = new long[MOST_RUNS];

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
                attachment.staleness().readLockFree(plan.whole().lockFreeArrays(), plan.lengthBytes(count));
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
            final int next = copyRuns(r, count);
            if (next == r) {
                copySpanning(r, plan.piece(rowFirst(r)));
                r++;
            } else {
                r = next;
            }
        }
    }

    /**
     * Copies runs of rows that lie in one partition each: notes all versions, copies all rows, and looks at all versions
     * again, so that the processor can fetch the rows at the same time. Returns the first row that was not copied.
     */
    private int copyRuns(final int first, final int count) {
        final PartitionReader reader = attachment.reader();
        int runs = 0;
        int r = first;
        while (r < count && runs < MOST_RUNS && r - first < MOST_ROWS) {
            final int piece = plan.piece(rowFirst(r));
            runFrom[runs] = r;
            while (r < count && isInside(rowFirst(r), piece)) {
                r++;
            }
            if (r == runFrom[runs]) {
                break; // a row that spans partitions
            }
            runPartition[runs] = plan.whole().partition(piece);
            runVersion[runs] = reader.begin(runPartition[runs]);
            runs++;
        }
        runFrom[runs] = r;
        elementCount = 0;
        from = first;
        to = r;
        copy();
        for (int run = 0; run < runs; run++) {
            confirm(run);
        }
        return r;
    }

    /** Copies a run again if its partition was changed meanwhile. */
    private void confirm(final int run) {
        final int partition = runPartition[run];
        if (!attachment.reader().isConsistent(partition, runVersion[run])) {
            consistent.countRetry();
            from = runFrom[run];
            to = runFrom[run + 1];
            consistent.copy(partition, plan.target().name());
        } else if (attachment.hasSlot()) {
            attachment.staleness().read(partition, runVersion[run]);
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
