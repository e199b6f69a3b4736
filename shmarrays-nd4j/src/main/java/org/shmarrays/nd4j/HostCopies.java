package org.shmarrays.nd4j;

import org.nd4j.common.util.ArrayUtil;
import org.nd4j.linalg.api.ndarray.INDArray;

/** The way of backends whose arrays live on a device: everything goes through Java arrays. */
final class HostCopies implements Transfer {
    @Override
    public boolean isZeroCopy() {
        return false;
    }

    @Override
    public Object source(final SharedArray shared, final INDArray array) {
        return elements(array.castTo(shared.carried()).dup(shared.order()));
    }

    @Override
    public INDArray copyOf(final Object values, final int first, final char order, final long... shape) {
        final int count = Math.toIntExact(ArrayUtil.prodLong(shape));
        final Object run = JavaArrays.allocate(JavaArrays.type(values), count);
        System.arraycopy(values, first, run, 0, count);
        return JavaArrays.toArray(run, order, shape);
    }

    @Override
    public Object elements(final INDArray array) {
        return JavaArrays.copyOf(array);
    }

    @Override
    public Object destination(final SharedArray shared, final INDArray array) {
        return JavaArrays.allocate(shared.carried(), Math.toIntExact(array.length()));
    }

    @Override
    public void arrive(final SharedArray shared, final Object destination, final INDArray array) {
        array.assign(JavaArrays.toArray(destination, shared.order(), shared.shape()));
    }
}
