package org.shmarrays.internal.layout;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.shmarrays.layout.AliasSpec;
import org.shmarrays.layout.ArraySpec;

/**
 * Where everything of a segment lies: its arrays, partitions and regions, and the number of its slots. Immutable.
 */
public final class SegmentLayout {
    /** The greatest number of slots: a token keeps the slot in 16 bits. */
    public static final int MAX_SLOT_COUNT = 4096;

    private final List<ArrayLayout> arrays;
    private final List<ArraySpec> specs;
    private final List<PartitionLayout> partitions;
    private final List<RegionLayout> regions;
    private final int slotCount;
    private final int[][] arraysOfPartition;
    private final int[] firstPieces;
    private final long dataLengthBytes;
    private final int undoWindowLength;
    private final int undoWindowStride;
    private final int undoWindowCount;
    private final Map<String, ArrayLayout> byName = new HashMap<>();
    private final Map<String, AliasSpec> aliasByName = new HashMap<>();
    private final Map<String, ArrayLayout> arrayOfAlias = new HashMap<>();

    SegmentLayout(
            final List<ArrayLayout> arrays,
            final List<PartitionLayout> partitions,
            final List<RegionLayout> regions,
            final int slotCount) {
        if (slotCount < 1 || slotCount > MAX_SLOT_COUNT) {
            throw new IllegalArgumentException(
                    "number of slots out of range: slots=" + slotCount + ", max=" + MAX_SLOT_COUNT);
        }
        this.arrays = List.copyOf(arrays);
        this.specs = this.arrays.stream().map(ArrayLayout::spec).toList();
        this.partitions = List.copyOf(partitions);
        this.regions = List.copyOf(regions);
        this.slotCount = slotCount;
        this.arraysOfPartition = arraysOfPartition();
        this.firstPieces = firstPieces();
        this.dataLengthBytes = dataLength(this.regions);
        this.undoWindowLength = mostUndoBytes();
        this.undoWindowStride = UndoSizes.windowStride(undoWindowLength, mostLockedScale());
        this.undoWindowCount = UndoSizes.windowCount(undoWindowStride, dataLengthBytes);
        for (final ArrayLayout array : this.arrays) {
            byName.put(array.spec().name(), array);
            for (final AliasSpec alias : array.spec().aliases()) {
                aliasByName.put(alias.name(), alias);
                arrayOfAlias.put(alias.name(), array);
            }
        }
    }

    private int[][] arraysOfPartition() {
        final List<List<Integer>> lists = new ArrayList<>();
        for (int i = 0; i < partitions.size(); i++) {
            lists.add(new ArrayList<>(1));
        }
        for (final ArrayLayout array : arrays) {
            for (int p = array.firstPartition(); p < array.partitionsEnd(); p++) {
                lists.get(p).add(array.index());
            }
        }
        return lists.stream()
                .map(list -> list.stream().mapToInt(Integer::intValue).toArray())
                .toArray(int[][]::new);
    }

    private int[] firstPieces() {
        final int[] first = new int[arrays.size() + 1];
        for (int i = 0; i < arrays.size(); i++) {
            first[i + 1] = first[i] + arrays.get(i).partitionCount();
        }
        return first;
    }

    private int mostLockedScale() {
        int most = 1;
        for (final ArrayLayout array : arrays) {
            if (array.spec().mode().isLocked()) {
                most = Math.max(most, regions.get(array.region()).totalScale());
            }
        }
        return most;
    }

    private int mostUndoBytes() {
        long longest = 0;
        for (final PartitionLayout partition : partitions) {
            // A block of the values has one entry, and one of equal length for each such part of its state.
            final int scale = regions.get(partition.region()).totalScale();
            final int blockLength = UndoSizes.kernelBlockLength(scale, dataLengthBytes);
            long length = 0;
            for (final int index : arraysOfPartition[partition.index()]) {
                final ArrayLayout array = arrays.get(index);
                if (array.spec().mode().isLocked()) {
                    // A push by aliases saves each of them apart, and each of their blocks.
                    final int runs = 1 + array.spec().aliases().size();
                    // Small pieces are saved together with the padding between them.
                    final long lengthBytes =
                            RegionDescriptor.alignUp(pieceEnd(array, partition) - pieceStart(array, partition));
                    length += UndoSizes.entriesLength(lengthBytes, runs, scale, blockLength)
                            + UndoSizes.entryLength(Long.BYTES);
                }
            }
            longest = Math.max(longest, length);
        }
        final long aligned = RegionDescriptor.alignUp(longest);
        if (UndoSizes.HEADER_LENGTH + aligned > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("an undo area would have 2 GiB or more: bytes=" + aligned
                    + "; ask for smaller partitions, or give arrays fewer aliases");
        }
        return (int) aligned;
    }

    /** Offset in the region's file where the array's piece in a partition begins. */
    public static int pieceStart(final ArrayLayout array, final PartitionLayout partition) {
        return Math.max(array.offset(), partition.offset());
    }

    /** Offset in the region's file of the first byte behind the array's piece in a partition. */
    public static int pieceEnd(final ArrayLayout array, final PartitionLayout partition) {
        return Math.min(array.end(), partition.end());
    }

    /** Ordinal of the partition in which an element of an array lies. */
    public int partitionOf(final ArrayLayout array, final int element) {
        final int offset = array.offset() + element * array.spec().elementType().sizeBytes();
        int from = array.firstPartition();
        int to = array.partitionsEnd();
        while (to - from > 1) {
            final int middle = (from + to) >>> 1;
            if (partitions.get(middle).offset() <= offset) {
                from = middle;
            } else {
                to = middle;
            }
        }
        return from;
    }

    /** Number of pieces: an array has one in each of its partitions. */
    public int pieceCount() {
        return firstPieces[arrays.size()];
    }

    /** Ordinal of the array's piece in a partition, among the pieces of all arrays. */
    public int piece(final ArrayLayout array, final int partition) {
        return firstPieces[array.index()] + partition - array.firstPartition();
    }

    /** In the order of creation. */
    public List<ArrayLayout> arrays() {
        return arrays;
    }

    public List<PartitionLayout> partitions() {
        return partitions;
    }

    public List<RegionLayout> regions() {
        return regions;
    }

    public int slotCount() {
        return slotCount;
    }

    /** Ordinals of the arrays that lie in a partition, ascending. The array is shared: don't change it. */
    public int[] arraysOf(final int partition) {
        return arraysOfPartition[partition];
    }

    /** Bytes in each file of a block that a kernel saves and changes with so many state arrays. */
    public int kernelBlockLength(final int stateCount) {
        return UndoSizes.kernelBlockLength(1 + stateCount, dataLengthBytes);
    }

    /** Length of a slot's undo area. */
    public int undoLengthBytes() {
        return UndoSizes.HEADER_LENGTH + (undoWindowCount - 1) * undoWindowStride + undoWindowLength;
    }

    /** Bytes that the entries of a change may take: enough for the largest partition, state arrays included. */
    public int undoWindowLength() {
        return undoWindowLength;
    }

    /** Number of the window that has the entries of a partition's change. */
    public int undoWindow(final int partition) {
        return partition % undoWindowCount;
    }

    /** Bytes from a window to the next one. */
    int undoWindowStride() {
        return undoWindowStride;
    }

    /** The array of this name, or null; names of aliases are not looked at. */
    public ArrayLayout array(final String name) {
        return byName.get(name);
    }

    /** The alias of this name, or null. */
    public AliasSpec alias(final String name) {
        return aliasByName.get(name);
    }

    /** The array in which the alias of this name lies, or null. */
    public ArrayLayout arrayOfAlias(final String name) {
        return arrayOfAlias.get(name);
    }

    /** The specifications of the arrays, in the order of creation. */
    public List<ArraySpec> specs() {
        return specs;
    }

    /** Bytes of all values and state arrays with the headers of their files. */
    public long dataLengthBytes() {
        return dataLengthBytes;
    }

    private static long dataLength(final List<RegionLayout> regions) {
        return regions.stream()
                .mapToLong(region -> (long) region.lengthBytes() * region.totalScale())
                .sum();
    }
}
