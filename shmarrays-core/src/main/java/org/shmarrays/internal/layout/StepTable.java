package org.shmarrays.internal.layout;

import org.agrona.concurrent.AtomicBuffer;

/**
 * The optimizer's step count of each piece of an array, a long each. A piece is named by its number in the segment
 * ({@link SegmentLayout#piece}); offsets do not leave this class. In a locked mode the holder of the partition's lock
 * alone writes it; in the others any thread and process counts.
 *
 * <pre>
 *   0  steps of piece 0
 *   8  steps of piece 1, and so on
 * </pre>
 */
public final class StepTable {
    private final AtomicBuffer buffer;
    private final int tableOffset;

    /** The step counts in the control file {@code buffer}. */
    public StepTable(final AtomicBuffer buffer, final ControlLayout layout) {
        this.buffer = buffer;
        this.tableOffset = layout.stepsOffset();
    }

    private int at(final int piece) {
        return tableOffset + piece * Long.BYTES;
    }

    public long stepsAcquire(final int piece) {
        return buffer.getLongAcquire(at(piece));
    }

    /** For the holder of the lock, the only one who writes it. */
    public long stepsPlain(final int piece) {
        return buffer.getLong(at(piece));
    }

    public void stepsRelease(final int piece, final long steps) {
        buffer.putLongRelease(at(piece), steps);
    }

    /** For the holder of the lock, and a repairer; a release of the partition's version must follow. */
    public void stepsPlain(final int piece, final long steps) {
        buffer.putLong(at(piece), steps);
    }

    /** Counts a step of a piece that has no lock, and returns its number, from 1 on. */
    public long countStep(final int piece) {
        return buffer.getAndAddLong(at(piece), 1) + 1;
    }
}
