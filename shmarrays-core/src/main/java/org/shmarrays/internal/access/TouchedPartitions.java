package org.shmarrays.internal.access;

import java.util.List;
import org.agrona.collections.IntArrayList;
import org.shmarrays.internal.layout.ArrayLayout;
import org.shmarrays.internal.layout.PartitionLayout;

/**
 * Which partitions some targets touch. Finding them takes as long as there are parts of targets in partitions, however
 * many partitions the segment or an alias's array has.
 *
 * @param partitions ordinals in the segment, ascending
 * @param firstTarget for each of them the first target that touches it
 * @param targetsEnd for each of them the index after the last target that touches it
 */
record TouchedPartitions(int[] partitions, int[] firstTarget, int[] targetsEnd) {
    /**
     * Finds them.
     *
     * @param all the segment's partitions
     * @param sorted targets that don't overlap, in the order of the memory
     */
    static TouchedPartitions of(final List<PartitionLayout> all, final Target[] sorted) {
        final IntArrayList partitions = new IntArrayList();
        final IntArrayList first = new IntArrayList();
        final IntArrayList end = new IntArrayList();
        for (int t = 0; t < sorted.length; t++) {
            final Target target = sorted[t];
            final ArrayLayout array = target.array();
            for (int p = firstPartition(all, target);
                    p < array.partitionsEnd() && all.get(p).offset() < target.end();
                    p++) {
                final int last = partitions.size() - 1;
                if (last >= 0 && partitions.getInt(last) == p) {
                    end.setInt(last, t + 1);
                } else {
                    partitions.addInt(p);
                    first.addInt(t);
                    end.addInt(t + 1);
                }
            }
        }
        return new TouchedPartitions(partitions.toIntArray(), first.toIntArray(), end.toIntArray());
    }

    /** The partition of a target's first byte, by bisection of its array's partitions, which lie side by side. */
    private static int firstPartition(final List<PartitionLayout> all, final Target target) {
        int low = target.array().firstPartition();
        int high = target.array().partitionsEnd() - 1;
        while (low < high) {
            final int middle = (low + high) >>> 1;
            if (all.get(middle).end() > target.start()) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        return low;
    }
}
