package org.shmarrays.checkpoint;

import java.util.Arrays;
import org.shmarrays.internal.layout.ArrayLayout;
import org.shmarrays.internal.layout.PartitionLayout;
import org.shmarrays.internal.layout.RegionLayout;
import org.shmarrays.internal.layout.SegmentLayout;
import org.shmarrays.internal.segment.Segment;

/** Private copy of a partition: values, optimizer state, and the step count of each of its pieces. For one thread. */
final class PartitionCopy {
    private final byte[][] files;
    private final long[] steps;

    private PartitionCopy(final int[] fileLengths, final int pieceCount) {
        files = new byte[fileLengths.length][];
        for (int file = 0; file < files.length; file++) {
            files[file] = new byte[fileLengths[file]];
        }
        steps = new long[pieceCount];
    }

    /** A buffer for any partition of the segment. */
    static PartitionCopy ofLargest(final SegmentLayout layout) {
        int[] fileLengths = new int[1];
        int pieceCount = 0;
        for (final PartitionLayout partition : layout.partitions()) {
            final RegionLayout region = region(layout, partition);
            fileLengths = Arrays.copyOf(fileLengths, Math.max(fileLengths.length, 1 + region.stateCount()));
            for (int file = 0; file <= region.stateCount(); file++) {
                fileLengths[file] = Math.max(fileLengths[file], partition.lengthBytes() * region.scale(file));
            }
            pieceCount = Math.max(pieceCount, layout.arraysOf(partition.index()).length);
        }
        return new PartitionCopy(fileLengths, pieceCount);
    }

    /** The region in which a partition lies. */
    static RegionLayout region(final SegmentLayout layout, final PartitionLayout partition) {
        return layout.regions().get(partition.region());
    }

    /** Copies what is in memory now. */
    void copyFrom(final Segment segment, final PartitionLayout partition) {
        final SegmentLayout layout = segment.layout();
        final RegionLayout region = region(layout, partition);
        for (int file = 0; file <= region.stateCount(); file++) {
            final int scale = region.scale(file);
            segment.file(partition.region(), file)
                    .atomic()
                    .getBytes(scale * partition.offset(), files[file], 0, scale * partition.lengthBytes());
        }
        final int[] arrays = layout.arraysOf(partition.index());
        for (int i = 0; i < arrays.length; i++) {
            final int piece = layout.piece(layout.arrays().get(arrays[i]), partition.index());
            steps[i] = segment.steps().stepsAcquire(piece);
        }
    }

    /** Bytes of file 0, the values, or k + 1, state array k; from the partition's first byte on. */
    byte[] file(final int file) {
        return files[file];
    }

    /** Step count of the piece of the partition's {@code i}-th array. */
    long steps(final int i) {
        return steps[i];
    }

    /** Sets {@link #steps(int)}. */
    void steps(final int i, final long count) {
        steps[i] = count;
    }

    /** Offset of an array's piece in {@link #file} 0; in others it is scaled, as the lengths are. */
    static int pieceStart(final ArrayLayout array, final PartitionLayout partition) {
        return SegmentLayout.pieceStart(array, partition) - partition.offset();
    }

    /** Length of an array's piece in {@link #file} 0. */
    static int pieceLength(final ArrayLayout array, final PartitionLayout partition) {
        return SegmentLayout.pieceEnd(array, partition) - SegmentLayout.pieceStart(array, partition);
    }
}
