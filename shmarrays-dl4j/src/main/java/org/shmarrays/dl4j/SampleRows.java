package org.shmarrays.dl4j;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Samples of an array, copied by number. */
final class SampleRows {
    private final INDArray rows;
    private final long[] shape;

    /**
     * The samples of an array; it is copied first unless it is row-major.
     *
     * @param samples {@code [samples, …]}
     */
    SampleRows(final INDArray samples) {
        shape = samples.shape();
        final INDArray rowMajor = samples.ordering() == 'c' && !samples.isView() ? samples : samples.dup('c');
        rows = rowMajor.reshape('c', shape[0], samples.length() / Math.max(1, shape[0]));
    }

    /** A new array of some samples, in this order. */
    INDArray of(final int[] samples) {
        final long[] ofSome = shape.clone();
        ofSome[0] = samples.length;
        return Nd4j.pullRows(rows, 1, samples, 'c').reshape('c', ofSome);
    }
}
