package org.shmarrays.spark;

import java.util.Arrays;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Rows of equal length, which are appended number by number. For one thread. */
final class FloatRows {
    private static final int LEAST_CAPACITY = 1024;

    /** What the rows are, for people. */
    private final String what;

    private float[] values = new float[LEAST_CAPACITY];
    private int size;
    private int rowStart;
    private int rows;

    /** Length of each row, or -1 before the first one. */
    private int width = -1;

    FloatRows(final String what) {
        this.what = what;
    }

    void append(final float value) {
        if (size == values.length) {
            values = Arrays.copyOf(values, 2 * values.length);
        }
        values[size] = value;
        size++;
    }

    /** Appends zeros and a one. */
    void appendOneHot(final int index, final int count) {
        for (int i = 0; i < count; i++) {
            append(i == index ? 1 : 0);
        }
    }

    /**
     * Ends a row.
     *
     * @throws IllegalArgumentException if it is not as long as the first one
     */
    void endRow() {
        final int length = size - rowStart;
        if (width < 0) {
            width = length;
        }
        if (length != width || width == 0) {
            throw new IllegalArgumentException("all rows must have as many " + what + ", one or more: number=" + length
                    + ", of rows before=" + width);
        }
        rowStart = size;
        rows++;
    }

    /** The rows since the last call, as a matrix. */
    INDArray take() {
        final INDArray matrix = Nd4j.create(Arrays.copyOf(values, size), new long[] {rows, width}, 'c');
        size = 0;
        rowStart = 0;
        rows = 0;
        return matrix;
    }
}
