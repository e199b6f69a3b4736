package org.shmarrays.internal.kernel;

import java.nio.Buffer;
import org.shmarrays.internal.layout.ArrayLayout;
import org.shmarrays.internal.layout.UndoSizes;
import org.shmarrays.internal.segment.MappedFile;
import org.shmarrays.internal.segment.Segment;

/**
 * Copies single rows of arrays of one element type out of mapped memory. For one thread; knows no lock.
 *
 * @param <A> the carrier of the element type
 */
public final class RowGather<A> {
    private final Segment segment;
    private final ElementAccess<A> access;
    private final RowLoops<A> loops;
    private final Kernel<A> kernel;
    private final KernelMemory memory;
    private final RowPrefetch prefetch = new RowPrefetch();
    private final int blockElements;
    private final A block;

    @SuppressWarnings("unchecked") // the carrier of loops and kernel is that of their type
    private RowGather(final Segment segment, final ElementAccess<A> access) {
        this.segment = segment;
        this.access = access;
        this.loops = access.newRowLoops();
        this.kernel =
                segment.isReadOnly() ? null : (Kernel<A>) Kernel.of(access.type()); // kernels want memory to write
        this.memory = new KernelMemory(segment, kernel);
        this.blockElements = UndoSizes.BLOCK_LENGTH / access.type().sizeBytes();
        this.block = access.allocate(blockElements);
    }

    public static <A> RowGather<A> of(final Segment segment, final ElementAccess<A> access) {
        return new RowGather<>(segment, access);
    }

    /**
     * Copies rows {@code from} to {@code to - 1} of those that are named.
     *
     * @param first element of the array with which row 0 begins
     * @param rowLength elements of a row
     * @param into a carrier or a buffer for all named rows, in their order
     */
    public void copy(
            final ArrayLayout array,
            final int first,
            final int rowLength,
            final int[] rows,
            final int from,
            final int to,
            final Object into) {
        if (kernel != null && kernel.whole(rowLength) == rowLength && access.isCarrier(into)) {
            final int offset = array.offset() + first * access.type().sizeBytes();
            final Object file = memory.of(array.region())[0];
            kernel.gather(file, offset, rows, from, to, rowLength, access.carrier(into), from * rowLength);
            return;
        }
        if (rowLength >= RowLoops.LONG_ROW) {
            copyLong(array, first, rowLength, rows, from, to, into);
            return;
        }
        final MappedFile file = segment.file(array.region(), 0);
        final int fileFirst = array.offset() / access.type().sizeBytes() + first;
        if (access.isCarrier(into)) {
            loops.gather(file, fileFirst, rows, from, to, rowLength, access.carrier(into), from * rowLength);
            return;
        }
        final int most = blockElements / rowLength;
        for (int r = from; r < to; r += most) {
            final int end = Math.min(to, r + most);
            loops.gather(file, fileFirst, rows, r, end, rowLength, block, 0);
            access.copy(block, 0, into, r * rowLength, (end - r) * rowLength);
        }
    }

    private void copyLong(
            final ArrayLayout array,
            final int first,
            final int rowLength,
            final int[] rows,
            final int from,
            final int to,
            final Object into) {
        final MappedFile file = segment.file(array.region(), 0);
        final int sizeBytes = access.type().sizeBytes();
        final int fileFirst = array.offset() + first * sizeBytes;
        final int rowBytes = rowLength * sizeBytes;
        final int ahead = RowPrefetch.rowsAhead(rowBytes, 1);
        for (int r = from; r < to; ) {
            final int end = Math.min(to, r + Math.max(1, ahead));
            for (int next = r; next < end && ahead > 1; next++) {
                prefetch.fetch(file, fileFirst + rows[next] * rowBytes, rowBytes);
            }
            for (; r < end; r++) {
                copyRun(array, first + rows[r] * rowLength, rowLength, into, r * rowLength);
            }
        }
    }

    /** Copies {@code n} elements that lie side by side. */
    public void copyRun(final ArrayLayout array, final int element, final int n, final Object into, final int index) {
        final MappedFile file = segment.file(array.region(), 0);
        final int offset = array.offset() + element * access.type().sizeBytes();
        if (access.isCarrier(into)) {
            access.load(file, offset, access.carrier(into), index, n);
        } else {
            access.loadIntoBuffer(file, offset, (Buffer) into, index, n);
        }
    }
}
