package org.shmarrays.checkpoint;

import org.agrona.UnsafeApi;
import org.agrona.concurrent.UnsafeBuffer;
import org.shmarrays.errors.InsufficientSpaceException;
import org.shmarrays.internal.layout.PartitionLayout;
import org.shmarrays.internal.layout.RegionLayout;
import org.shmarrays.internal.layout.SegmentLayout;
import org.shmarrays.internal.segment.FreeSpace;
import org.shmarrays.internal.segment.MemoryLimits;
import org.shmarrays.internal.segment.Segment;

/**
 * Private copy of all partitions of a segment, in memory outside of the Java heap: a training's heap need not have room
 * for its whole model. For one thread; nothing of it may be used after {@link #close()}.
 */
final class WholeCopy implements AutoCloseable {
    /** What the process may need for other things meanwhile. */
    private static final long SPARE_BYTES = 16L << 20;

    private final SegmentLayout layout;
    private final long[] offsets;
    private final long[] steps;
    private final UnsafeBuffer window = new UnsafeBuffer(0, 0);
    private long address;

    private WholeCopy(final SegmentLayout layout) {
        this.layout = layout;
        this.offsets = new long[layout.partitions().size() + 1];
        for (final PartitionLayout partition : layout.partitions()) {
            offsets[partition.index() + 1] = offsets[partition.index()]
                    + (long) partition.lengthBytes()
                            * PartitionCopy.region(layout, partition).totalScale();
        }
        this.steps = new long[layout.pieceCount()];
    }

    /**
     * Memory for a copy, which is touched, so that copying takes no longer than it must.
     *
     * @throws InsufficientSpaceException if the system has too little
     */
    static WholeCopy of(final Segment segment, final MemoryLimits limits) {
        final WholeCopy copy = new WholeCopy(segment.layout());
        final long needed = copy.offsets[copy.offsets.length - 1];
        final long free = limits.leftBytes(true) - SPARE_BYTES;
        if (needed > free) {
            throw tooLittle(segment, needed, free, limits.whoLimits(true));
        }
        try {
            copy.address = UnsafeApi.allocateMemory(needed);
        } catch (final OutOfMemoryError e) {
            throw tooLittle(segment, needed, free, " by this process's address space");
        }
        UnsafeApi.setMemory(copy.address, needed, (byte) 0);
        return copy;
    }

    private static InsufficientSpaceException tooLittle(
            final Segment segment, final long needed, final long free, final String who) {
        return new InsufficientSpaceException("not enough memory for a copy of the whole segment: name="
                + segment.name() + ", " + FreeSpace.neededAndFree(needed, free) + ", limited" + who
                + "; raise that limit, or take the checkpoint per partition");
    }

    /** Copies what is in memory now. */
    void copyFrom(final Segment segment, final PartitionLayout partition) {
        final RegionLayout region = PartitionCopy.region(layout, partition);
        for (int file = 0; file <= region.stateCount(); file++) {
            wrap(partition, region, file);
            segment.file(partition.region(), file)
                    .atomic()
                    .getBytes(region.scale(file) * partition.offset(), window, 0, window.capacity());
        }
        for (final int array : layout.arraysOf(partition.index())) {
            final int piece = layout.piece(layout.arrays().get(array), partition.index());
            steps[piece] = segment.steps().stepsAcquire(piece);
        }
    }

    /** Gives a partition as it was copied. */
    void copyTo(final PartitionCopy copy, final PartitionLayout partition) {
        final RegionLayout region = PartitionCopy.region(layout, partition);
        for (int file = 0; file <= region.stateCount(); file++) {
            wrap(partition, region, file);
            window.getBytes(0, copy.file(file), 0, window.capacity());
        }
        final int[] arrays = layout.arraysOf(partition.index());
        for (int i = 0; i < arrays.length; i++) {
            copy.steps(i, steps[layout.piece(layout.arrays().get(arrays[i]), partition.index())]);
        }
    }

    /** The values come first, then the state arrays, all of which have one length. */
    private void wrap(final PartitionLayout partition, final RegionLayout region, final int file) {
        if (address == 0) {
            throw new IllegalStateException("the copy was closed");
        }
        final int scale = region.scale(file);
        final long before = file == 0 ? 0 : 1 + (file - 1L) * scale;
        window.wrap(
                address + offsets[partition.index()] + before * partition.lengthBytes(),
                scale * partition.lengthBytes());
    }

    @Override
    public void close() {
        if (address != 0) {
            UnsafeApi.freeMemory(address);
            address = 0;
        }
    }
}
