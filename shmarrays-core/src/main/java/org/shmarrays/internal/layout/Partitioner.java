package org.shmarrays.internal.layout;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.shmarrays.internal.Printable;
import org.shmarrays.layout.AliasSpec;
import org.shmarrays.layout.ArrayOrder;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.Mode;

/**
 * Deals arrays out over regions and partitions. Pure and deterministic: equal specifications give an equal layout.
 *
 * <ol>
 *   <li>Arrays with the same number of state arrays, which are float32 for 16-bit elements and else of the elements'
 *   type,
 *       stand in one region, those of one mode side by side, in the order of creation; a region that is full is
 *       followed by another one.
 *   <li>A partition holds arrays of one mode, and at most {@code partitionBytes} of values.
 *   <li>An array that fits into what is left of the present partition shares it; one that fits into an empty partition
 *       begins one; a larger one is split into pieces of nearly equal size, which begin with a row and with a cache
 *       line where a sixteenth of a partition has both, or else with a row, and with a line where no row fits. Its last
 *       piece may be shared by the arrays behind it.
 * </ol>
 */
public final class Partitioner {
    /** The smallest partition that is chosen without being asked for, in bytes of values. */
    public static final int MIN_PARTITION_BYTES = 16 * 1024;

    /** The largest partition, in bytes of values. */
    public static final int MAX_PARTITION_BYTES = 256 * 1024;

    /** Number of partitions of a small segment: workers in different partitions don't hinder each other. */
    static final int PARTITIONS_OF_SMALL_SEGMENT = 4;

    /** Pieces of fewer units than this would not be of nearly equal size. */
    private static final int LEAST_UNITS = 16;

    private final int partitionBytes;
    private final int maxRegionBytes;
    private final List<RegionLayout> regions = new ArrayList<>();
    private final List<PartitionLayout> partitions = new ArrayList<>();
    private final List<ArrayLayout> arrays = new ArrayList<>();

    private int stateCount;
    private int stateScale;
    private int cursor;
    private int partitionStart;
    private Mode partitionMode;

    private Partitioner(final int partitionBytes, final int maxRegionBytes) {
        this.partitionBytes = partitionBytes;
        this.maxRegionBytes = maxRegionBytes;
    }

    /**
     * Lays the arrays out.
     *
     * @param specs at least one; names, also those of aliases, must differ
     * @param partitionBytes the largest partition, in bytes of values, or 0 to have it chosen
     * @throws IllegalArgumentException if a name is given twice, there is no array, or the size is out of range
     */
    public static SegmentLayout layOut(final List<ArraySpec> specs, final int slotCount, final int partitionBytes) {
        return layOut(specs, slotCount, partitionBytes, ArraySpec.MAX_ARRAY_BYTES + RegionDescriptor.HEADER_LENGTH);
    }

    static SegmentLayout layOut(
            final List<ArraySpec> specs, final int slotCount, final int partitionBytes, final int maxRegionBytes) {
        checkNames(specs);
        if (partitionBytes != 0
                && (partitionBytes < RegionDescriptor.ARRAY_ALIGNMENT || partitionBytes > MAX_PARTITION_BYTES)) {
            throw new IllegalArgumentException("partition size out of range: bytes=" + partitionBytes + ", min="
                    + RegionDescriptor.ARRAY_ALIGNMENT + ", max=" + MAX_PARTITION_BYTES);
        }
        final int size =
                partitionBytes == 0 ? choosePartitionBytes(specs) : (int) RegionDescriptor.alignUp(partitionBytes);
        return new Partitioner(size, maxRegionBytes).place(specs, slotCount);
    }

    static int choosePartitionBytes(final List<ArraySpec> specs) {
        long total = 0;
        for (final ArraySpec spec : specs) {
            total += RegionDescriptor.alignUp(spec.lengthBytes());
        }
        final long quarter = (total + PARTITIONS_OF_SMALL_SEGMENT - 1) / PARTITIONS_OF_SMALL_SEGMENT;
        return (int) RegionDescriptor.alignUp(Math.min(MAX_PARTITION_BYTES, Math.max(MIN_PARTITION_BYTES, quarter)));
    }

    /**
     * Throws unless there is an array, and no name of an array or alias stands twice.
     *
     * @throws IllegalArgumentException otherwise
     */
    public static void checkNames(final List<ArraySpec> specs) {
        if (specs.isEmpty()) {
            throw new IllegalArgumentException("a segment needs at least one array");
        }
        final Set<String> names = new HashSet<>();
        for (final ArraySpec spec : specs) {
            checkUnique(names, spec.name());
            for (final AliasSpec alias : spec.aliases()) {
                checkUnique(names, alias.name());
            }
        }
    }

    private static void checkUnique(final Set<String> names, final String name) {
        if (!names.add(name)) {
            throw new IllegalArgumentException(
                    "two arrays or aliases have the same name: name=" + Printable.text(name));
        }
    }

    private SegmentLayout place(final List<ArraySpec> specs, final int slotCount) {
        final List<Integer> sequence = new ArrayList<>();
        for (int i = 0; i < specs.size(); i++) {
            sequence.add(i);
        }
        sequence.sort(Comparator.<Integer>comparingInt(i -> specs.get(i).stateCount())
                .thenComparingInt(i -> specs.get(i).stateScale())
                .thenComparing(i -> specs.get(i).mode()));
        boolean first = true;
        for (final int index : sequence) {
            final ArraySpec spec = specs.get(index);
            if (first
                    || spec.stateCount() != stateCount
                    || spec.stateScale() != stateScale
                    || RegionDescriptor.alignUp(cursor) + RegionDescriptor.alignUp(spec.lengthBytes())
                            > longestRegion()) {
                if (!first) {
                    closeRegion();
                }
                openRegion(spec);
                first = false;
            }
            place(index, spec);
        }
        closeRegion();
        arrays.sort(Comparator.comparingInt(ArrayLayout::index));
        return new SegmentLayout(arrays, partitions, regions, slotCount);
    }

    /** Of the values, so that no file has 2 GiB or more. */
    private int longestRegion() {
        return (maxRegionBytes - RegionDescriptor.HEADER_LENGTH) / stateScale + RegionDescriptor.HEADER_LENGTH;
    }

    private void openRegion(final ArraySpec spec) {
        stateCount = spec.stateCount();
        stateScale = spec.stateScale();
        cursor = RegionDescriptor.HEADER_LENGTH;
        partitionMode = null;
    }

    private void closeRegion() {
        closePartition(cursor);
        regions.add(new RegionLayout(regions.size(), (int) RegionDescriptor.alignUp(cursor), stateCount, stateScale));
    }

    private void closePartition(final int end) {
        if (partitionMode != null) {
            partitions.add(
                    new PartitionLayout(partitions.size(), regions.size(), partitionStart, end - partitionStart));
            partitionMode = null;
        }
    }

    private void openPartition(final int start, final Mode mode) {
        partitionStart = start;
        partitionMode = mode;
    }

    private void place(final int index, final ArraySpec spec) {
        final int offset = (int) RegionDescriptor.alignUp(cursor);
        final int length = spec.lengthBytes();
        final boolean shares =
                partitionMode == spec.mode() && (long) offset + length - partitionStart <= partitionBytes;
        if (!shares) {
            closePartition(cursor);
            openPartition(offset, spec.mode());
        }
        final int firstPartition = partitions.size();
        if (length > partitionBytes) {
            split(spec, offset);
        }
        cursor = offset + length;
        final int count = partitions.size() - firstPartition + 1;
        arrays.add(new ArrayLayout(index, spec, regions.size(), offset, firstPartition, count));
    }

    /** Closes all pieces but the last, which stays open. */
    private void split(final ArraySpec spec, final int offset) {
        final int length = spec.lengthBytes();
        final int unit = unit(rowBytes(spec));
        final int units = (int) (((long) length + unit - 1) / unit);
        final int unitsThatFit = partitionBytes / unit;
        final int pieces = (units + unitsThatFit - 1) / unitsThatFit;
        for (int piece = 1; piece < pieces; piece++) {
            final int boundary = offset + (int) ((long) units * piece / pieces) * unit;
            closePartition(boundary);
            openPartition(boundary, spec.mode());
        }
    }

    /** Bytes of one row, the largest run that one step of the slowest index spans; the whole array for a scalar. */
    static int rowBytes(final ArraySpec spec) {
        final int[] shape = spec.shape();
        if (shape.length == 0) {
            return spec.lengthBytes();
        }
        final int slowest = spec.order() == ArrayOrder.C ? shape[0] : shape[shape.length - 1];
        return spec.lengthBytes() / slowest;
    }

    /**
     * What is not divided: rows, so that one partition holds all of it, and cache lines, so that vectors are aligned
     * and no line is of two.
     */
    private int unit(final int rowBytes) {
        if (rowBytes > partitionBytes) {
            return RegionDescriptor.ARRAY_ALIGNMENT;
        }
        final int common = Math.min(Integer.lowestOneBit(rowBytes), RegionDescriptor.ARRAY_ALIGNMENT);
        final long aligned = (long) rowBytes * (RegionDescriptor.ARRAY_ALIGNMENT / common);
        return aligned <= partitionBytes / LEAST_UNITS ? (int) aligned : rowBytes;
    }
}
