package org.shmarrays.internal.kernel;

import org.shmarrays.internal.layout.UndoSizes;
import org.shmarrays.internal.segment.PartitionChange;

/**
 * Saves the old bytes of blocks before they are overwritten, each byte once in a change. Rows are saved run by run if
 * all of the window's rows fit into the window of the undo area so, and otherwise in whole blocks of
 * {@link UndoSizes#BLOCK_LENGTH}, for which it always has room. For one thread; rows must come in ascending order,
 * so that what lies between two of them, or in a block behind the first one, has not been changed when it is saved with
 * them.
 */
final class UndoSaving {
    private PartitionChange change;
    private int stateCount;
    private boolean byBlock;
    private int windowBegin;
    private int windowEnd;

    /** The byte after the last block that is saved. */
    private int savedEnd;

    private int begin;
    private int end;

    /**
     * Begins with a part of an array, which is saved run by run.
     *
     * @param saved the change, or null if nothing is to be saved
     * @param stateArrays number of state arrays that the function uses
     */
    void begin(final PartitionChange saved, final int stateArrays) {
        change = saved;
        stateCount = stateArrays;
        byBlock = false;
        begin = 0;
        end = 0;
    }

    /**
     * Begins with the rows of a partition.
     *
     * @param saved the change, or null if nothing is to be saved
     * @param stateArrays number of state arrays that the function uses
     * @param rows number of different rows
     * @param rowBytes length of a row
     * @param from first byte of the window in its file
     * @param to the first byte after it
     */
    void begin(
            final PartitionChange saved,
            final int stateArrays,
            final int rows,
            final int rowBytes,
            final int from,
            final int to) {
        begin(saved, stateArrays);
        windowBegin = from;
        windowEnd = to;
        savedEnd = from;
        if (saved != null) {
            byBlock = rows * saved.scale(stateArrays) * mostEntriesBytes(rowBytes) > saved.room();
        }
    }

    /** Begins with rows that are not saved. */
    void skip() {
        change = null;
        begin = 0;
        end = 0;
    }

    /** Bytes that the entries of a row take at most; a run that is cut at a window or in blocks has one more. */
    private static long mostEntriesBytes(final int rowBytes) {
        final long entries = 1 + rowBytes / UndoSizes.BLOCK_LENGTH;
        return rowBytes + entries * (UndoSizes.ENTRY_HEADER_LENGTH + Long.BYTES - 1);
    }

    /** Saves the runs of a block. */
    void save(final StagedRuns block) {
        if (change != null) {
            for (int r = 0; r < block.count; r++) {
                add(block.offset(r), block.lengthBytes(r));
            }
            flush();
        }
    }

    /** Adds a run to what is to be saved; {@link #flush} must follow before it is overwritten. */
    void add(final int offset, final int lengthBytes) {
        if (change == null) {
            return;
        }
        if (byBlock) {
            addBlocks(offset, lengthBytes);
        } else {
            join(offset, lengthBytes);
        }
    }

    private void addBlocks(final int offset, final int lengthBytes) {
        final int from = Math.max(savedEnd, blockBegin(offset));
        final int to = Math.min(windowEnd, blockBegin(offset + lengthBytes - 1) + UndoSizes.BLOCK_LENGTH);
        if (from < to) {
            change.saveFiles(stateCount, from, to - from);
            savedEnd = to;
        }
    }

    private int blockBegin(final int offset) {
        return offset - (offset - windowBegin) % UndoSizes.BLOCK_LENGTH;
    }

    /** Runs that touch, or are as near as an entry's header is long, are one entry. */
    private void join(final int offset, final int lengthBytes) {
        final boolean isNear = end > 0 && offset - end <= UndoSizes.ENTRY_HEADER_LENGTH;
        if (isNear && offset + lengthBytes - begin <= UndoSizes.BLOCK_LENGTH) {
            end = offset + lengthBytes;
        } else {
            flush();
            begin = offset;
            end = offset + lengthBytes;
        }
    }

    /** Saves what was added. */
    void flush() {
        if (begin < end) {
            change.saveFiles(stateCount, begin, end - begin);
        }
        begin = 0;
        end = 0;
    }
}
