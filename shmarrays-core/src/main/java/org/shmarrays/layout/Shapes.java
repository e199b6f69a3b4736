package org.shmarrays.layout;

import java.util.Arrays;
import org.shmarrays.internal.Printable;

/** Arithmetic of shapes. */
final class Shapes {
    static final int MAX_RANK = 32;

    private Shapes() {}

    /**
     * Number of elements of a shape; 1 for a scalar, whose shape is empty.
     *
     * @throws IllegalArgumentException if a dimension is less than 1, or there are more than {@value #MAX_RANK}
     */
    static long elementCount(final String name, final int[] shape) {
        if (shape.length > MAX_RANK) {
            throw new IllegalArgumentException("too many dimensions: name=" + Printable.text(name) + ", rank="
                    + shape.length + ", max=" + MAX_RANK);
        }
        long count = 1;
        for (final int dimension : shape) {
            if (dimension < 1) {
                throw new IllegalArgumentException("a dimension is less than 1: name=" + Printable.text(name)
                        + ", shape=" + Arrays.toString(shape));
            }
            count *= dimension;
            if (count > Integer.MAX_VALUE) {
                return Long.MAX_VALUE;
            }
        }
        return count;
    }
}
