package org.shmarrays.update;

/** Rows that a kernel updates in one call: where each lies in its file, and what is pushed to it in the operand. For one thread. */
final class RowBatch {
    /** So many, and so many bytes: what is saved of them is then still in the first-level cache when they are changed. */
    private static final int MOST_ROWS = 256;

    private static final int MOST_BYTES = 8 << 10;

    private final int[] offsets = new int[MOST_ROWS];
    private final int[] indexes = new int[MOST_ROWS];
    private int count;

    /** Whether it has no room for one more row, of so many bytes in all files together. */
    boolean isFull(final int rowBytes) {
        return count == MOST_ROWS || count > 0 && (count + 1L) * rowBytes > MOST_BYTES;
    }

    /** Adds a row, by the offset of its first element in its file and the index of the operand that belongs to it. */
    void add(final int offset, final int index) {
        offsets[count] = offset;
        indexes[count] = index;
        count++;
    }

    boolean isEmpty() {
        return count == 0;
    }

    /** Updates the rows, each of {@code n} elements, and empties the batch. */
    <A> void apply(
            final Kernel<A> kernel,
            final Formula formula,
            final double[] coefficients,
            final Object[] memory,
            final A operand,
            final int n) {
        kernel.applyToRows(formula, coefficients, memory, offsets, operand, indexes, count, n);
        count = 0;
    }
}
