package org.shmarrays.internal.kernel;

/**
 * Which elements of a file a block takes: one run of them, or many short rows; and for rows, where what is pushed to
 * them comes from. For one thread.
 */
final class StagedRuns {
    private final int sizeBytes;
    private int length;

    /** First element of each run, counted in its file. */
    int[] firsts = new int[0];

    /** Number of elements of each run; in the block each begins where the one before ends. */
    int[] lengths = new int[0];

    /** Number of runs. */
    int count;

    /** For each row that was pushed: where it lies in the operand. */
    int[] sources = new int[0];

    /** For each row that was pushed: where it belongs in the block; rows of one run follow each other. */
    int[] targets = new int[0];

    /** For each row that was pushed: the number of its elements. */
    int[] sourceLengths = new int[0];

    /** Number of rows that were pushed. */
    int sourceCount;

    StagedRuns(final int sizeBytes) {
        this.sizeBytes = sizeBytes;
        reserve(1);
    }

    /** Makes room for so many rows. */
    void reserve(final int rows) {
        if (firsts.length < rows) {
            lengths = new int[rows];
            sources = new int[rows];
            targets = new int[rows];
            sourceLengths = new int[rows];
            firsts = new int[rows]; // allocated last: its length stands for all of them
        }
    }

    void clear() {
        count = 0;
        sourceCount = 0;
        length = 0;
    }

    /** Takes one run alone. */
    void set(final int first, final int runLength) {
        firsts[0] = first;
        lengths[0] = runLength;
        count = 1;
        length = runLength;
    }

    void addRun(final int first, final int runLength) {
        firsts[count] = first;
        lengths[count] = runLength;
        count++;
        length += runLength;
    }

    void addSource(final int source, final int target, final int sourceLength) {
        sources[sourceCount] = source;
        targets[sourceCount] = target;
        sourceLengths[sourceCount] = sourceLength;
        sourceCount++;
    }

    /** Number of elements of the block. */
    int length() {
        return length;
    }

    /** Offset of a run in its file, in bytes. */
    int offset(final int run) {
        return firsts[run] * sizeBytes;
    }

    /** Length of a run, in bytes. */
    int lengthBytes(final int run) {
        return lengths[run] * sizeBytes;
    }

    /** The element, counted in its file, that an index of the block belongs to. */
    int element(final int at) {
        int run = 0;
        int before = 0;
        while (before + lengths[run] <= at) {
            before += lengths[run++];
        }
        return firsts[run] + at - before;
    }
}
