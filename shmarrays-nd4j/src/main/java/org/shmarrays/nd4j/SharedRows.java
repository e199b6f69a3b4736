package org.shmarrays.nd4j;

import java.util.Arrays;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.shmarrays.layout.Names;

/** Some rows of a shared array, in ND4J's terms. */
record SharedRows(SharedArray array, int[] rows) {
    /** Rows in the type in which ND4J has indexes. */
    static SharedRows of(final SharedArray array, final long[] rows) {
        if (rows == null) {
            return new SharedRows(array, null);
        }
        final int[] ints = new int[rows.length];
        for (int i = 0; i < rows.length; i++) {
            if (rows[i] != (int) rows[i]) {
                throw new IllegalArgumentException("a row is out of range: name=" + Names.printable(array.name())
                        + ", shape=" + Arrays.toString(array.shape()) + ", rows[" + i + "]=" + rows[i]);
            }
            ints[i] = (int) rows[i];
        }
        return new SharedRows(array, ints);
    }

    /** The shape of the rows' values: the number of rows stands for the first dimension. */
    long[] shape() {
        final long[] shape = array.shape().clone();
        if (shape.length > 0 && rows != null) { // if not, the core says what is wrong
            shape[0] = rows.length;
        }
        return shape;
    }

    /**
     * What the core takes for values of these rows.
     *
     * @throws IllegalArgumentException if they have another shape, or a type that would lose something
     */
    Object source(final Transfer transfer, final String what, final INDArray values) {
        if (rows != null && rows.length == 0) {
            return JavaArrays.allocate(array.carried(), 0);
        }
        array.checkShape(what, values, shape());
        array.checkSourceType(what, values);
        return transfer.sourceOfRows(array, values);
    }
}
