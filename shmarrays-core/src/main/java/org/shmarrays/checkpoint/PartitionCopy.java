package org.shmarrays.checkpoint;

import org.shmarrays.layout.ArrayLayout;
import org.shmarrays.layout.ControlLayout;
import org.shmarrays.layout.PartitionLayout;
import org.shmarrays.layout.SegmentLayout;
import org.shmarrays.segment.Segment;

/** Private copy of a partition: values, companions, and the step count of each of its pieces. For one thread. */
final class PartitionCopy {
    private final byte[][] files;
    private final long[] steps;

    private PartitionCopy(final int fileCount, final int lengthBytes, final int pieceCount) {
        files = new byte[fileCount][lengthBytes];
        steps = new long[pieceCount];
    }

    /** A buffer for any partition of the segment. */
    static PartitionCopy ofLargest(final SegmentLayout layout) {
        int fileCount = 0;
        int lengthBytes = 0;
        int pieceCount = 0;
        for (final PartitionLayout partition : layout.partitions()) {
            fileCount = Math.max(fileCount, fileCount(layout, partition));
            lengthBytes = Math.max(lengthBytes, partition.lengthBytes());
            pieceCount = Math.max(pieceCount, layout.arraysOf(partition.index()).length);
        }
        return new PartitionCopy(fileCount, lengthBytes, pieceCount);
    }

    /** Number of files that hold a partition: its values, and each of its companions. */
    static int fileCount(final SegmentLayout layout, final PartitionLayout partition) {
        return 1 + layout.regions().get(partition.region()).stateCount();
    }

    /** Copies what is in memory now. */
    void copyFrom(final Segment segment, final PartitionLayout partition) {
        final SegmentLayout layout = segment.layout();
        final ControlLayout control = segment.controlLayout();
        for (int file = 0; file < fileCount(layout, partition); file++) {
            segment.file(partition.region(), file)
                    .atomic()
                    .getBytes(partition.offset(), files[file], 0, partition.lengthBytes());
        }
        final int[] arrays = layout.arraysOf(partition.index());
        for (int i = 0; i < arrays.length; i++) {
            final int piece = layout.piece(layout.arrays().get(arrays[i]), partition.index());
            steps[i] = segment.control().getLongAcquire(control.step(piece));
        }
    }

    /** Bytes of file 0, the values, or k + 1, companion k; from the partition's first byte on. */
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

    /** Offset in {@link #file} of an array's piece. */
    static int pieceStart(final ArrayLayout array, final PartitionLayout partition) {
        return SegmentLayout.pieceStart(array, partition) - partition.offset();
    }

    /** Length of an array's piece. */
    static int pieceLength(final ArrayLayout array, final PartitionLayout partition) {
        return SegmentLayout.pieceEnd(array, partition) - SegmentLayout.pieceStart(array, partition);
    }
}
