package org.shmarrays.spark;

import java.io.Serializable;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.shmarrays.layout.ArrayOrder;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.ElementType;

/**
 * The arrays that hosts exchange, cut into chunks that are numbered through: those of the first array, then those of
 * the second. Partitions of segments don't matter here. A chunk of a sparse array consists of whole rows. Immutable.
 */
final class ChunkTable implements Serializable {
    private static final long serialVersionUID = 1L;

    /** 256 KiB of float32. */
    private static final int LEAST_ELEMENTS = 1 << 16;

    /** Beyond that chunks become larger: each of them costs Spark a record for each host. */
    private static final int MOST_CHUNKS = 4096;

    private final ArraySpec[] specs;
    private final String[] names;
    private final int[] elementCounts;
    private final boolean[] isDouble;
    private final boolean[] isSparse;
    private final int[] rowLengths;
    private final int[] chunkElements;

    /** {@code firstChunks[i]} is the first one of array i; the last entry is the number of all. */
    private final int[] firstChunks;

    /** Those of the specs that have floating-point elements, all of them dense. */
    ChunkTable(final List<ArraySpec> specs) {
        this(specs, Set.of());
    }

    /**
     * Those of the specs that have floating-point elements.
     *
     * @param sparse names of those of which hosts exchange rows
     * @throws IllegalArgumentException if none has floating-point elements, or one of the names is of no array with
     *     rows
     */
    ChunkTable(final List<ArraySpec> specs, final Set<String> sparse) {
        final List<ArraySpec> exchanged = specs.stream()
                .filter(spec -> spec.elementType().isFloatingPoint())
                .toList();
        if (exchanged.isEmpty()) {
            throw new IllegalArgumentException(
                    "hosts exchange floating-point arrays, and there is none: arrays=" + specs);
        }
        final int count = exchanged.size();
        this.specs = exchanged.toArray(new ArraySpec[0]);
        names = new String[count];
        elementCounts = new int[count];
        isDouble = new boolean[count];
        isSparse = new boolean[count];
        rowLengths = new int[count];
        chunkElements = new int[count];
        long elements = 0;
        for (int array = 0; array < count; array++) {
            final ArraySpec spec = exchanged.get(array);
            names[array] = spec.name();
            elementCounts[array] = spec.elementCount();
            isDouble[array] = spec.elementType() == ElementType.FLOAT64;
            isSparse[array] = sparse.contains(spec.name());
            rowLengths[array] = isSparse[array] ? rowLength(spec) : 1;
            elements += spec.elementCount();
        }
        checkNames(sparse);
        final int most = Math.toIntExact(Math.max(LEAST_ELEMENTS, (elements + MOST_CHUNKS - 1) / MOST_CHUNKS));
        firstChunks = new int[count + 1];
        for (int array = 0; array < count; array++) {
            chunkElements[array] = Math.max(1, most / rowLengths[array]) * rowLengths[array];
            firstChunks[array + 1] = firstChunks[array]
                    + (int) (((long) elementCounts[array] + chunkElements[array] - 1) / chunkElements[array]);
        }
    }

    private static int rowLength(final ArraySpec spec) {
        final int[] shape = spec.shape();
        if (shape.length == 0 || shape.length > 1 && spec.order() != ArrayOrder.C) {
            throw new IllegalArgumentException(
                    "a sparse array has rows: of order C, or one-dimensional: array=" + spec);
        }
        return spec.elementCount() / shape[0];
    }

    private void checkNames(final Set<String> sparse) {
        for (final String name : sparse) {
            if (!List.of(names).contains(name)) {
                throw new IllegalArgumentException("a sparse array is one of those that hosts exchange: name=" + name
                        + ", exchanged=" + List.of(names));
            }
        }
    }

    int arrayCount() {
        return names.length;
    }

    /** As the user gave it. */
    ArraySpec spec(final int array) {
        return specs[array];
    }

    String name(final int array) {
        return names[array];
    }

    int elementCount(final int array) {
        return elementCounts[array];
    }

    boolean isDouble(final int array) {
        return isDouble[array];
    }

    /** Whether hosts exchange rows of an array, instead of all of it. */
    boolean isSparse(final int array) {
        return isSparse[array];
    }

    /** Whether there is a sparse array. */
    boolean hasSparse() {
        for (final boolean array : isSparse) {
            if (array) {
                return true;
            }
        }
        return false;
    }

    /** Elements of the rows of a chunk, which are those of the array; a chunk of a dense array is one row. */
    int rowLength(final int chunk) {
        final int array = array(chunk);
        return isSparse[array] ? rowLengths[array] : count(chunk);
    }

    /** Elements of the rows of a sparse array. */
    int sparseRowLength(final int array) {
        return rowLengths[array];
    }

    int chunkCount() {
        return firstChunks[names.length];
    }

    /** Length of all values. */
    long lengthBytes() {
        long bytes = 0;
        for (int array = 0; array < names.length; array++) {
            bytes += (long) elementCounts[array] * (isDouble[array] ? Double.BYTES : Float.BYTES);
        }
        return bytes;
    }

    /** The array that a chunk is of. */
    int array(final int chunk) {
        int array = 0;
        while (firstChunks[array + 1] <= chunk) {
            array++;
        }
        return array;
    }

    /** Its first element, in its array. */
    int first(final int chunk) {
        final int array = array(chunk);
        return Math.multiplyExact(chunk - firstChunks[array], chunkElements[array]);
    }

    /** Its number of elements. */
    int count(final int chunk) {
        final int array = array(chunk);
        return Math.min(chunkElements[array], elementCounts[array] - first(chunk));
    }

    /** An array of zeros for each of these: float[] or double[]. */
    Object[] newCarriers() {
        final Object[] carriers = new Object[names.length];
        for (int array = 0; array < names.length; array++) {
            carriers[array] = newCarrier(array, elementCounts[array]);
        }
        return carriers;
    }

    /** Zeros for elements of an array: float[] or double[]. */
    Object newCarrier(final int array, final int count) {
        return isDouble[array] ? new double[count] : new float[count];
    }

    /** The carriers by the names of their arrays. */
    Map<String, Object> named(final Object[] carriers) {
        final Map<String, Object> named = new LinkedHashMap<>();
        for (int array = 0; array < names.length; array++) {
            named.put(names[array], carriers[array]);
        }
        return named;
    }

    /** A copy of the values of a chunk. */
    ChunkValues values(final Object[] carriers, final int chunk) {
        return ChunkValues.copyOf(carriers[array(chunk)], first(chunk), count(chunk));
    }

    /**
     * Copies rows of a chunk to their places.
     *
     * @throws IllegalStateException if they are of another table
     */
    void copyInto(final Object[] carriers, final int chunk, final ChunkRows rows) {
        if (rows.isWhole()) {
            copyInto(carriers, chunk, rows.values());
            return;
        }
        if (rows.rowLength() != rowLength(chunk)) {
            throw new IllegalStateException("the chunk has rows of another length: chunk=" + chunk + ", rowLength="
                    + rows.rowLength() + ", expected=" + rowLength(chunk));
        }
        rows.copyInto(carriers[array(chunk)], first(chunk));
    }

    /**
     * Copies a chunk to its place.
     *
     * @throws IllegalStateException if it is of another table
     */
    void copyInto(final Object[] carriers, final int chunk, final ChunkValues values) {
        if (values.count() != count(chunk)) {
            throw new IllegalStateException("the chunk has another size: chunk=" + chunk + ", elements="
                    + values.count() + ", expected=" + count(chunk));
        }
        values.copyInto(carriers[array(chunk)], first(chunk));
    }
}
