package org.shmarrays.internal.layout;

/**
 * The range of a region, and of its state arrays, which one lock and one version guard.
 *
 * @param index ordinal among the segment's partitions
 * @param region ordinal of its region
 * @param offset of its first byte in the region's file
 * @param lengthBytes bytes of values, not counting the state arrays
 */
public record PartitionLayout(int index, int region, int offset, int lengthBytes) {

    /** Offset of the first byte behind the partition in the region's file. */
    public int end() {
        return offset + lengthBytes;
    }
}
