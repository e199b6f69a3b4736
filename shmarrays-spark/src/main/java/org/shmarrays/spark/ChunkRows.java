package org.shmarrays.spark;

import com.esotericsoftware.kryo.DefaultSerializer;
import com.esotericsoftware.kryo.serializers.JavaSerializer;
import java.io.Serializable;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * Rows of a chunk and their values, as they travel. A chunk of a dense array is one row. Immutable.
 *
 * @param rowLength elements of a row
 * @param isWhole whether these are all rows of the chunk; there are no gaps then
 * @param gaps how many rows are left out before each of these, as varints: 7 bits a byte, lowest first
 * @param values of the rows, one after the other
 */
@DefaultSerializer(JavaSerializer.class)
record ChunkRows(int rowLength, boolean isWhole, byte[] gaps, ChunkValues values) implements Serializable {
    private static final int MOST_VARINT_BYTES = 5;
    private static final int VARINT_BITS = 7;
    private static final int CONTINUED = 1 << VARINT_BITS;
    private static final byte[] NO_GAPS = {};

    /** All rows of a chunk. */
    static ChunkRows whole(final int rowLength, final ChunkValues values) {
        return new ChunkRows(rowLength, true, NO_GAPS, values);
    }

    /**
     * Some rows of a chunk.
     *
     * @param rows ascending indexes in the chunk
     * @param rowCount of the chunk
     */
    static ChunkRows of(final int rowLength, final int[] rows, final int rowCount, final ChunkValues values) {
        return rows.length == rowCount
                ? whole(rowLength, values)
                : new ChunkRows(rowLength, false, encoded(rows), values);
    }

    private static byte[] encoded(final int[] rows) {
        final byte[] bytes = new byte[MOST_VARINT_BYTES * rows.length];
        int length = 0;
        int next = 0;
        for (final int row : rows) {
            int gap = row - next;
            while (gap >= CONTINUED) {
                bytes[length++] = (byte) (gap | CONTINUED);
                gap >>>= VARINT_BITS;
            }
            bytes[length++] = (byte) gap;
            next = row + 1;
        }
        return Arrays.copyOf(bytes, length);
    }

    int rowCount() {
        return values.count() / rowLength;
    }

    /** Indexes of the rows in the chunk, ascending. */
    int[] rows() {
        final int count = rowCount();
        if (isWhole) {
            return IntStream.range(0, count).toArray();
        }
        final int[] rows = new int[count];
        int position = 0;
        int next = 0;
        for (int i = 0; i < count; i++) {
            int gap = 0;
            int shift = 0;
            byte part = gaps[position++];
            while (part < 0) {
                gap |= (part & CONTINUED - 1) << shift;
                shift += VARINT_BITS;
                part = gaps[position++];
            }
            rows[i] = next + (gap | part << shift);
            next = rows[i] + 1;
        }
        return rows;
    }

    /** Length of rows and values. */
    long lengthBytes() {
        return gaps.length + values.lengthBytes();
    }

    /**
     * Copies the rows to their places.
     *
     * @param array float[] or double[]
     * @param first index of the chunk's first element
     */
    void copyInto(final Object array, final int first) {
        copyInto(values, array, first);
    }

    /**
     * Copies other values of these rows to the rows' places.
     *
     * @param ofRows one row after the other
     */
    void copyInto(final ChunkValues ofRows, final Object array, final int first) {
        if (isWhole) {
            ofRows.copyInto(array, first);
            return;
        }
        final int[] rows = rows();
        for (int i = 0; i < rows.length; i++) {
            ofRows.copyInto(i * rowLength, array, first + rows[i] * rowLength, rowLength);
        }
    }

    /**
     * Copies those rows that are wanted and are among these, one after the other. The places of others stay as they
     * are.
     *
     * @param ofRows values of these rows
     * @param wanted ascending indexes in the chunk
     * @param into an array of rows
     */
    void select(final ChunkValues ofRows, final int[] wanted, final Object into) {
        final int[] rows = rows();
        int from = 0;
        for (int to = 0; to < wanted.length; to++) {
            while (from < rows.length && rows[from] < wanted[to]) {
                from++;
            }
            if (from < rows.length && rows[from] == wanted[to]) {
                ofRows.copyInto(from * rowLength, into, to * rowLength, rowLength);
            }
        }
    }
}
