package org.shmarrays.internal.kernel;

import org.shmarrays.internal.layout.ArrayLayout;
import org.shmarrays.internal.layout.RegionDescriptor;
import org.shmarrays.internal.segment.PartitionChange;

/**
 * The elements of an array that an update goes over block by block, and how far it came. Used again for each; for one
 * thread. It holds no reference, because storing one costs a garbage collector's barrier for each run.
 */
final class Run {
    private final int sizeBytes;
    private final int sizeShift;
    private int arrayOffset;
    private int paddedEnd;
    private int elementCount;
    private int region;
    private int first;
    private int count;
    private int operandFirst;
    private int done;
    private int n;

    Run(final int sizeBytes) {
        this.sizeBytes = sizeBytes;
        this.sizeShift = Integer.numberOfTrailingZeros(sizeBytes); // a division takes longer than what it is for
    }

    /** Begins; parameters as of {@link BlockUpdate#update}. */
    void begin(final ArrayLayout array, final int firstElement, final int runCount, final int pushedFirst) {
        arrayOffset = array.offset();
        paddedEnd = (int) RegionDescriptor.alignUp(array.end());
        elementCount = array.spec().elementCount();
        region = array.region();
        first = firstElement;
        count = runCount;
        operandFirst = pushedFirst;
        done = 0;
        n = 0;
    }

    /** Goes on to the next block of at most so many elements; false if there is none. */
    boolean next(final int most) {
        n = Math.min(most, count - done);
        return n > 0;
    }

    /** The first elements of the present block are done. */
    void completed(final int elements) {
        done += elements;
        n -= elements;
    }

    /** The present block is done. */
    void completed() {
        completed(n);
    }

    /** Elements that are done. */
    int done() {
        return done;
    }

    int region() {
        return region;
    }

    /** Number of the block's elements. */
    int n() {
        return n;
    }

    /** The block's first element, counted in the array. */
    int element() {
        return first + done;
    }

    /** Offset of the block in its file, in bytes. */
    int offset() {
        return arrayOffset + (first + done) * sizeBytes;
    }

    /** The block's first element, counted in its file. */
    int fileElement() {
        return (arrayOffset >> sizeShift) + first + done;
    }

    /** Index of the operand, or of a result, that belongs to the block's first element. */
    int index() {
        return first + done - operandFirst;
    }

    /** Whether the block is the array's last one, and up to {@code end} nothing lies behind it but padding. */
    boolean isPadded(final int end) {
        return first + done + n == elementCount && end <= paddedEnd;
    }

    /** Saves the block's values and so many state arrays; {@code change} may be null, which saves nothing. */
    void save(final PartitionChange change, final int stateCount) {
        if (change != null) {
            change.saveFiles(stateCount, offset(), n * sizeBytes);
        }
    }
}
