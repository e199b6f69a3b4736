package org.shmarrays.internal.layout;

import java.nio.BufferOverflowException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.shmarrays.internal.Printable;
import org.shmarrays.layout.AliasSpec;
import org.shmarrays.layout.ArrayOrder;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.ElementType;
import org.shmarrays.layout.Mode;
import org.shmarrays.layout.Names;
import org.shmarrays.layout.Rounding;

// Over 300 lines: the writer of a format beside its reader, which must agree.
/**
 * The catalog of a segment, its tables of regions, partitions, arrays and aliases, as bytes: see
 * {@code docs/format/layout.md}. Whatever bytes it is given, decoding ends in a layout that lies inside its regions, or
 * in an IllegalArgumentException.
 */
public final class CatalogCodec {
    /** The longest catalog. */
    public static final int MAX_LENGTH = 512 * 1024 * 1024;

    private static final int MOST_STATE_SCALE = 2;
    private static final int COUNTS_LENGTH = 6 * Integer.BYTES;
    private static final int REGION_LENGTH = 3 * Integer.BYTES;
    private static final int PARTITION_LENGTH = 3 * Integer.BYTES;
    private static final int ARRAY_LENGTH = 13 * Integer.BYTES;
    private static final int ALIAS_LENGTH = 4 * Integer.BYTES;

    private CatalogCodec() {}

    /** The layout as bytes, in native byte order. */
    public static byte[] encode(final SegmentLayout layout) {
        long length = COUNTS_LENGTH
                + (long) layout.regions().size() * REGION_LENGTH
                + (long) layout.partitions().size() * PARTITION_LENGTH;
        int aliasCount = 0;
        for (final ArrayLayout array : layout.arrays()) {
            length += ARRAY_LENGTH
                    + (long) array.spec().shape().length * Integer.BYTES
                    + nameLength(array.spec().name());
            for (final AliasSpec alias : array.spec().aliases()) {
                length += ALIAS_LENGTH + (long) alias.shape().length * Integer.BYTES + nameLength(alias.name());
                aliasCount++;
            }
        }
        if (length > MAX_LENGTH) {
            throw new IllegalArgumentException(
                    "the catalog is too long: arrays=" + layout.arrays().size() + ", partitions="
                            + layout.partitions().size() + ", bytes=" + length + ", max=" + MAX_LENGTH);
        }
        final ByteBuffer out = ByteBuffer.allocate((int) length).order(ByteOrder.nativeOrder());
        try {
            out.putInt(layout.regions().size())
                    .putInt(layout.partitions().size())
                    .putInt(layout.arrays().size())
                    .putInt(aliasCount)
                    .putInt(layout.slotCount())
                    .putInt(0);
            for (final RegionLayout region : layout.regions()) {
                out.putInt(region.lengthBytes()).putInt(region.stateCount()).putInt(region.stateScale());
            }
            for (final PartitionLayout partition : layout.partitions()) {
                out.putInt(partition.region()).putInt(partition.offset()).putInt(partition.lengthBytes());
            }
            layout.arrays().forEach(array -> encode(out, array));
            layout.arrays().forEach(array -> array.spec().aliases().forEach(alias -> encode(out, array, alias)));
        } catch (final BufferOverflowException e) {
            throw new IllegalStateException("the catalog's length was computed wrongly: " + length, e);
        }
        return out.array();
    }

    private static void encode(final ByteBuffer out, final ArrayLayout array) {
        final ArraySpec spec = array.spec();
        final int[] shape = spec.shape();
        out.putInt(spec.elementType().code())
                .putInt(spec.mode().code())
                .putInt(spec.order().code())
                .putInt(spec.stateCount())
                .putInt(array.region())
                .putInt(array.offset())
                .putInt(array.firstPartition())
                .putInt(array.partitionCount())
                .putInt(spec.rounding().code())
                .putInt((int) (spec.rounding().seed() >>> Integer.SIZE))
                .putInt((int) spec.rounding().seed())
                .putInt(shape.length);
        encodeName(out, spec.name());
        for (final int dimension : shape) {
            out.putInt(dimension);
        }
    }

    private static void encode(final ByteBuffer out, final ArrayLayout array, final AliasSpec alias) {
        final int[] shape = alias.shape();
        out.putInt(array.index())
                .putInt(alias.elementOffset())
                .putInt(alias.order().code() | shape.length << 16);
        encodeName(out, alias.name());
        for (final int dimension : shape) {
            out.putInt(dimension);
        }
    }

    /**
     * Reads a layout back.
     *
     * @param in the catalog, in native byte order, and nothing behind it
     * @throws IllegalArgumentException if the bytes describe no layout
     */
    public static SegmentLayout decode(final ByteBuffer in) {
        try {
            final int regionCount = count(in, "regions", REGION_LENGTH);
            final int partitionCount = count(in, "partitions", PARTITION_LENGTH);
            final int arrayCount = count(in, "arrays", ARRAY_LENGTH);
            final int aliasCount = count(in, "aliases", ALIAS_LENGTH);
            final int slotCount = in.getInt();
            in.getInt();
            final List<RegionLayout> regions = new ArrayList<>(regionCount);
            for (int i = 0; i < regionCount; i++) {
                regions.add(checked(new RegionLayout(i, in.getInt(), in.getInt(), in.getInt())));
            }
            final List<PartitionLayout> partitions = new ArrayList<>(partitionCount);
            for (int i = 0; i < partitionCount; i++) {
                partitions.add(checked(new PartitionLayout(i, in.getInt(), in.getInt(), in.getInt()), regions));
            }
            final List<ArrayLayout> arrays = new ArrayList<>(arrayCount);
            final Set<String> names = new HashSet<>();
            for (int i = 0; i < arrayCount; i++) {
                final ArrayLayout array = decodeArray(in, i);
                checkUnique(names, array.spec().name());
                arrays.add(checked(array, regions, partitions));
            }
            checkApart(arrays, partitions);
            decodeAliases(in, aliasCount, arrays, names);
            if (in.hasRemaining()) {
                throw new IllegalArgumentException("catalog has bytes left over: " + in.remaining());
            }
            return new SegmentLayout(arrays, partitions, regions, slotCount);
        } catch (final BufferUnderflowException e) {
            throw new IllegalArgumentException("catalog is cut short", e);
        }
    }

    private static int count(final ByteBuffer in, final String what, final int entryLength) {
        final int count = in.getInt();
        if (count < 0 || (long) count * entryLength > in.remaining()) {
            throw new IllegalArgumentException("catalog cannot hold so many " + what + ": " + count);
        }
        return count;
    }

    private static ArrayLayout decodeArray(final ByteBuffer in, final int index) {
        final ElementType type = ElementType.ofCode(in.getInt());
        final Mode mode = Mode.ofCode(in.getInt());
        final ArrayOrder order = ArrayOrder.ofCode(in.getInt());
        final int stateCount = in.getInt();
        final int region = in.getInt();
        final int offset = in.getInt();
        final int firstPartition = in.getInt();
        final int partitionCount = in.getInt();
        final int rounding = in.getInt();
        final long seed = (long) in.getInt() << Integer.SIZE | Integer.toUnsignedLong(in.getInt());
        final int rank = in.getInt();
        final String name = decodeName(in);
        final ArraySpec spec = ArraySpec.of(name, type, decodeShape(in, rank))
                .inMode(mode)
                .inOrder(order)
                .withState(stateCount)
                .withRounding(Rounding.ofCode(rounding, seed));
        return new ArrayLayout(index, spec, region, offset, firstPartition, partitionCount);
    }

    /** Reads the aliases, and gives each array its own. */
    private static void decodeAliases(
            final ByteBuffer in, final int count, final List<ArrayLayout> arrays, final Set<String> names) {
        final Map<Integer, List<AliasSpec>> aliases = new HashMap<>();
        for (int i = 0; i < count; i++) {
            final int index = in.getInt();
            final int elementOffset = in.getInt();
            final int orderAndRank = in.getInt();
            final String name = decodeName(in);
            final int[] shape = decodeShape(in, orderAndRank >>> 16);
            if (index < 0 || index >= arrays.size()) {
                throw new IllegalArgumentException(
                        "alias of an array that does not exist: name=" + Printable.text(name) + ", array=" + index);
            }
            checkUnique(names, name);
            aliases.computeIfAbsent(index, ofArray -> new ArrayList<>())
                    .add(new AliasSpec(name, elementOffset, ArrayOrder.ofCode(orderAndRank & 0xFFFF), shape));
        }
        aliases.forEach((index, ofArray) -> {
            final ArrayLayout array = arrays.get(index);
            arrays.set(
                    index,
                    new ArrayLayout(
                            index,
                            array.spec().withAliases(ofArray),
                            array.region(),
                            array.offset(),
                            array.firstPartition(),
                            array.partitionCount()));
        });
    }

    private static int[] decodeShape(final ByteBuffer in, final int rank) {
        if (rank < 0 || rank > ArraySpec.MAX_RANK) {
            throw new IllegalArgumentException("rank out of range: " + rank);
        }
        final int[] shape = new int[rank];
        for (int i = 0; i < rank; i++) {
            shape[i] = in.getInt();
        }
        return shape;
    }

    private static RegionLayout checked(final RegionLayout region) {
        if (region.lengthBytes() < RegionDescriptor.HEADER_LENGTH
                || region.lengthBytes() % RegionDescriptor.ARRAY_ALIGNMENT != 0 // whole vectors end with it
                || region.stateCount() < 0
                || region.stateCount() > ArraySpec.MAX_STATE_COUNT
                || region.stateScale() < 1
                || region.stateScale() > (region.stateCount() == 0 ? 1 : MOST_STATE_SCALE)
                || region.lengthBytes() > Integer.MAX_VALUE / region.stateScale()) {
            throw new IllegalArgumentException("invalid region: " + region);
        }
        return region;
    }

    private static PartitionLayout checked(final PartitionLayout partition, final List<RegionLayout> regions) {
        if (partition.region() < 0
                || partition.region() >= regions.size()
                || partition.offset() < RegionDescriptor.HEADER_LENGTH
                || partition.lengthBytes() < 1
                || partition.lengthBytes() > Partitioner.MAX_PARTITION_BYTES
                || (long) partition.offset() + partition.lengthBytes()
                        > regions.get(partition.region()).lengthBytes()) {
            throw new IllegalArgumentException("partition lies outside of its region: " + partition);
        }
        return partition;
    }

    private static ArrayLayout checked(
            final ArrayLayout array, final List<RegionLayout> regions, final List<PartitionLayout> partitions) {
        final boolean inside = array.region() >= 0
                && array.region() < regions.size()
                && array.offset() >= RegionDescriptor.HEADER_LENGTH
                && array.offset() % RegionDescriptor.ARRAY_ALIGNMENT == 0
                && (long) array.offset() + array.spec().lengthBytes()
                        <= regions.get(array.region()).lengthBytes()
                && array.spec().stateCount() == regions.get(array.region()).stateCount()
                && array.spec().stateScale() == regions.get(array.region()).stateScale();
        if (!inside) {
            throw new IllegalArgumentException("array lies outside of its region: " + array);
        }
        final int first = array.firstPartition();
        final int count = array.partitionCount();
        boolean covered = first >= 0 && count >= 1 && (long) first + count <= partitions.size();
        int reached = array.offset();
        for (int p = first; covered && p < first + count; p++) {
            final PartitionLayout partition = partitions.get(p);
            covered = partition.region() == array.region()
                    && reached < array.end()
                    && partition.offset() <= reached
                    && partition.end() > reached
                    && (partition.end() >= array.end()
                            || partition.end() % array.spec().elementType().sizeBytes() == 0)
                    && (p == first || partition.offset() == reached);
            reached = partition.end();
        }
        if (!covered || reached < array.end()) {
            throw new IllegalArgumentException("array is not covered by its partitions: " + array);
        }
        return array;
    }

    /** No two partitions and no two arrays overlap, and a partition holds arrays, all of one mode. */
    private static void checkApart(final List<ArrayLayout> arrays, final List<PartitionLayout> partitions) {
        for (int p = 1; p < partitions.size(); p++) {
            final PartitionLayout before = partitions.get(p - 1);
            final PartitionLayout partition = partitions.get(p);
            if (before.region() > partition.region()
                    || before.region() == partition.region() && before.end() > partition.offset()) {
                throw new IllegalArgumentException("partitions overlap: " + before + " and " + partition);
            }
        }
        final List<ArrayLayout> sorted = new ArrayList<>(arrays);
        sorted.sort(Comparator.comparingInt(ArrayLayout::region).thenComparingInt(ArrayLayout::offset));
        final Mode[] modes = new Mode[partitions.size()];
        for (int a = 0; a < sorted.size(); a++) {
            final ArrayLayout array = sorted.get(a);
            if (a > 0
                    && sorted.get(a - 1).region() == array.region()
                    && sorted.get(a - 1).end() > array.offset()) {
                throw new IllegalArgumentException("arrays overlap: " + sorted.get(a - 1) + " and " + array);
            }
            for (int p = array.firstPartition(); p < array.partitionsEnd(); p++) {
                if (modes[p] != null && modes[p] != array.spec().mode()) {
                    throw new IllegalArgumentException("a partition has arrays of two modes: partition=" + p);
                }
                modes[p] = array.spec().mode();
            }
        }
        for (int p = 0; p < modes.length; p++) {
            if (modes[p] == null) {
                throw new IllegalArgumentException("a partition holds no array: " + partitions.get(p));
            }
        }
    }

    private static void checkUnique(final Set<String> names, final String name) {
        if (!names.add(name)) {
            throw new IllegalArgumentException(
                    "two arrays or aliases have the same name: name=" + Printable.text(name));
        }
    }

    /** A name is its length in bytes, the bytes of UTF-8, and zeros up to a multiple of 4. */
    private static int nameLength(final String name) {
        return padded(name.getBytes(StandardCharsets.UTF_8).length);
    }

    private static int padded(final int length) {
        return (length + Integer.BYTES - 1) & -Integer.BYTES;
    }

    private static void encodeName(final ByteBuffer out, final String name) {
        final byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
        out.putInt(bytes.length).put(bytes);
        for (int i = bytes.length; i < padded(bytes.length); i++) {
            out.put((byte) 0);
        }
    }

    private static String decodeName(final ByteBuffer in) {
        final int length = in.getInt();
        if (length < 1 || length > Names.MAX_ARRAY_NAME_BYTES || padded(length) > in.remaining()) {
            throw new IllegalArgumentException("length of a name out of range: " + length);
        }
        final byte[] bytes = new byte[padded(length)];
        in.get(bytes);
        return new String(bytes, 0, length, StandardCharsets.UTF_8);
    }
}
