package org.shmarrays.internal.layout;

import org.shmarrays.layout.ArraySpec;

/**
 * Where an array lies.
 *
 * @param index ordinal among the segment's arrays, in the order of creation
 * @param region ordinal of its region
 * @param offset of its first byte in the region's file
 * @param firstPartition ordinal of the partition that holds its first byte
 * @param partitionCount number of partitions, one after the other, over which it spans
 */
public record ArrayLayout(int index, ArraySpec spec, int region, int offset, int firstPartition, int partitionCount) {

    /** Offset of the first byte behind the array in the region's file. */
    public int end() {
        return offset + spec.lengthBytes();
    }

    /** Ordinal of the first partition behind the array's last one. */
    public int partitionsEnd() {
        return firstPartition + partitionCount;
    }
}
