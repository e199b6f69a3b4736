package org.shmarrays.internal.kernel;

import org.shmarrays.internal.segment.MappedFile;

/**
 * Loops over elements of one type that lie apart: short rows, or single elements. Bulk copies would cost more than what
 * they copy there. For one thread; elements of files are counted, not bytes.
 *
 * @param <A> the carrier of the element type
 */
abstract class RowLoops<A> {
    /** Rows of at least so many elements are copied in bulk instead. */
    static final int LONG_ROW = 16;

    /**
     * How the sums of the next {@link #add} or {@link #addAtomically} are rounded: to nearest, unless
     * {@code isStochastic}. What is rounded in 16 bits alone is rounded at all.
     *
     * @param key for the random bits; the index of an element in {@code g} is theirs
     */
    void rounding(final boolean isStochastic, final long key) {}

    /**
     * {@code w = w + scale * g} by a plain load and a plain store of each element.
     *
     * @param first element with which row 0 begins
     * @param g holds as many rows as are named, in their order
     * @param scale 1 for integers
     */
    abstract void add(MappedFile file, int first, int[] rows, int count, int rowLength, A g, double scale);

    /** {@link #add} by a compare-and-set of each element. */
    abstract void addAtomically(MappedFile file, int first, int[] rows, int count, int rowLength, A g, double scale);

    /** Copies rows {@code from} to {@code to - 1} of those that are named into an array, from {@code at} on. */
    abstract void gather(MappedFile file, int first, int[] rows, int from, int to, int rowLength, A into, int at);

    /** Copies runs of the file into a block. */
    abstract void load(MappedFile file, StagedRuns runs, A into);

    /** Copies a block to runs of the file. */
    abstract void store(MappedFile file, StagedRuns runs, A from);

    /** Adds up in a block what is pushed to it. */
    abstract void sum(A operand, StagedRuns runs, A into);

    /** {@code into = into + g}. */
    abstract void addUp(A g, A into, int n);
}
