package org.shmarrays.internal.kernel;

/** Which elements of a file a block of short rows takes, and where what is pushed to them comes from. */
final class RowRuns {
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
    }

    void addRun(final int first, final int length) {
        firsts[count] = first;
        lengths[count] = length;
        count++;
    }

    void addSource(final int source, final int target, final int length) {
        sources[sourceCount] = source;
        targets[sourceCount] = target;
        sourceLengths[sourceCount] = length;
        sourceCount++;
    }
}
