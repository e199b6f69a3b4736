package org.shmarrays.internal.access;

import java.util.List;
import org.shmarrays.internal.Printable;
import org.shmarrays.internal.layout.SegmentLayout;
import org.shmarrays.layout.ArrayOrder;

/**
 * The rows of a target: its first dimension counts them, and each has the product of the other dimensions as its
 * length; of a one-dimensional target each element is a row. Immutable; made once for calls that name the same target.
 */
public final class RowPlan {
    private static final int MOST_NAMED = 5;

    private final Target target;
    private final String segment;
    private final AccessPlan plan;
    private final int rowCount;
    private final int rowLength;
    private final int[] pieceEnds;
    private final int[] pieceOrdinals;
    private final boolean cutsRows;

    /** By which a product tells the piece, where a division would take as long as all else. */
    private final double piecesPerElement;

    private RowPlan(final Target target, final String segment, final AccessPlan plan) {
        this.target = target;
        this.segment = segment;
        this.plan = plan;
        this.rowCount = target.shape().get(0);
        this.rowLength = target.count() / rowCount;
        this.pieceEnds = new int[plan.partitionCount()];
        this.pieceOrdinals = new int[plan.partitionCount()];
        boolean cuts = false;
        for (int k = 0; k < pieceEnds.length; k++) {
            final AccessPlan.Piece piece = plan.pieces(k)[0];
            pieceEnds[k] = piece.first() + piece.count();
            pieceOrdinals[k] = piece.ordinal();
            cuts |= (pieceEnds[k] - target.first()) % rowLength != 0;
        }
        this.cutsRows = cuts;
        this.piecesPerElement = (double) pieceEnds.length / target.count();
    }

    /**
     * Plans the access to rows.
     *
     * @param segment its name
     * @throws IllegalArgumentException if the target is a scalar, or its rows don't lie side by side
     */
    static RowPlan of(final SegmentLayout layout, final String segment, final Target target) {
        if (target.shape().isEmpty()) {
            throw new IllegalArgumentException("a scalar has no rows: name=" + Printable.text(target.name())
                    + ", segment=" + segment + "; use read and update");
        }
        if (target.order() == ArrayOrder.F && target.shape().size() > 1) {
            throw new IllegalArgumentException(
                    "the elements of a row are not contiguous: name=" + Printable.text(target.name())
                            + ", segment=" + segment + ", shape=" + target.shape()
                            + ", order=F; create the array in order C, or give it an alias of order C");
        }
        return new RowPlan(target, segment, AccessPlan.of(layout, List.of(target)));
    }

    Target target() {
        return target;
    }

    /** The plan for all of the target. */
    AccessPlan whole() {
        return plan;
    }

    /** Elements of a row. */
    int rowLength() {
        return rowLength;
    }

    /**
     * The number of rows that are named.
     *
     * @throws IllegalArgumentException if they are null, or the values are not those of as many rows
     */
    int rowCount(final int[] rows, final String what, final Object values) {
        checkNamed(rows);
        final int length = target.operandLength(what, values);
        if (length != (long) rows.length * rowLength) {
            throw wrongLength(what, rows.length, length);
        }
        return rows.length;
    }

    private void checkNamed(final int[] rows) {
        if (rows == null) {
            throw new IllegalArgumentException("the rows are null: name=" + Printable.text(target.name()));
        }
    }

    private IllegalArgumentException wrongLength(final String what, final int rows, final int length) {
        return new IllegalArgumentException(what + " has the wrong length: name=" + Printable.text(target.name())
                + ", shape="
                + target.shape() + ", rows=" + rows + ", expected=" + (long) rows * rowLength + " elements, given="
                + length);
    }

    /**
     * The number of elements of the rows that are named.
     *
     * @throws IllegalArgumentException if they don't fit into one Java array
     */
    int elementCount(final int[] rows) {
        checkNamed(rows);
        final long elements = (long) rows.length * rowLength;
        if (elements > Integer.MAX_VALUE - 8) {
            throw new IllegalArgumentException(
                    "the rows don't fit into one Java array: name=" + Printable.text(target.name()) + ", rows="
                            + rows.length + ", elements of each=" + rowLength + "; read them in parts");
        }
        return (int) elements;
    }

    long lengthBytes(final int rows) {
        return (long) rows * rowLength * target.spec().elementType().sizeBytes();
    }

    /**
     * The piece of the target, counted as the plan counts partitions, in which an element of its array lies. Pieces are
     * nearly of the same length, so the first guess is a good one.
     */
    int piece(final int element) {
        int piece = (int) ((element - target.first()) * piecesPerElement);
        while (element >= pieceEnds[piece]) {
            piece++;
        }
        while (piece > 0 && element < pieceEnds[piece - 1]) {
            piece--;
        }
        return piece;
    }

    /** First element of a piece, counted in the array. */
    int pieceFirst(final int piece) {
        return piece == 0 ? target.first() : pieceEnds[piece - 1];
    }

    /** The index after the last element of a piece. */
    int pieceEnd(final int piece) {
        return pieceEnds[piece];
    }

    /** Whether rows may lie in several pieces. */
    boolean cutsRows() {
        return cutsRows;
    }

    /** The ordinal of a piece among those of the segment. */
    int pieceOrdinal(final int piece) {
        return pieceOrdinals[piece];
    }

    /**
     * Throws unless all rows are there, and the values are those of as many, or longer.
     *
     * @param count of the rows that are meant, the first ones
     * @throws IllegalArgumentException if not
     */
    void check(final int[] rows, final int count, final String what, final Object values) {
        checkNamed(rows);
        if (count < 0 || count > rows.length) {
            throw new IllegalArgumentException("the number of rows is out of range: name="
                    + Printable.text(target.name()) + ", rows=" + count + ", given=" + rows.length);
        }
        checkLength(count, what, values);
        int signs = 0;
        for (int i = 0; i < count; i++) {
            signs |= rows[i] | rowCount - 1 - rows[i];
        }
        if (signs < 0) {
            throw outOfRange(rows, count);
        }
    }

    /**
     * Throws unless the values are those of so many rows, or more.
     *
     * @throws IllegalArgumentException if they are fewer, or of another type
     */
    void checkLength(final int count, final String what, final Object values) {
        final int length = target.operandLength(what, values);
        if (length < (long) count * rowLength) {
            throw wrongLength(what, count, length);
        }
    }

    private IllegalArgumentException outOfRange(final int[] rows, final int count) {
        final StringBuilder named = new StringBuilder();
        int bad = 0;
        for (int i = 0; i < count; i++) {
            if (rows[i] < 0 || rows[i] >= rowCount) {
                if (bad < MOST_NAMED) {
                    named.append(bad == 0 ? "" : ", ")
                            .append("rows[")
                            .append(i)
                            .append("]=")
                            .append(rows[i]);
                }
                bad++;
            }
        }
        return new IllegalArgumentException("rows out of range: name=" + Printable.text(target.name()) + ", segment="
                + segment
                + ", shape=" + target.shape() + ", rows are 0 to " + (rowCount - 1) + ", bad=" + bad + " of " + count
                + ": " + named + (bad > MOST_NAMED ? ", …" : "") + "; nothing was read or written");
    }
}
