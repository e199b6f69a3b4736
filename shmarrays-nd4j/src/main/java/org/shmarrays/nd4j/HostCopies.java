package org.shmarrays.nd4j;

import org.nd4j.common.util.ArrayUtil;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.shmarrays.update.OwnedValues;

/** The way of backends whose arrays live on a device: everything goes through Java arrays. */
final class HostCopies implements Transfer {
    @Override
    public boolean isZeroCopy() {
        return false;
    }

    @Override
    public OwnedValues source(final SharedArray shared, final INDArray array) {
        return new CopiedSource(shared, array, shared.order());
    }

    @Override
    public OwnedValues sourceOfRows(final SharedArray shared, final INDArray rows) {
        return new CopiedSource(shared, rows, 'c');
    }

    @Override
    public OwnedValues destination(final SharedArray shared, final INDArray array) {
        return new CopiedDestination(shared, array);
    }

    private static final class CopiedSource extends GivenArray.Source {
        private final SharedArray shared;
        private final char order;

        CopiedSource(final SharedArray shared, final INDArray array, final char order) {
            super(shared.name(), array);
            this.shared = shared;
            this.order = order;
        }

        @Override
        public Object values() {
            return JavaArrays.copyOf(array().castTo(shared.carried()).dup(order));
        }
    }

    private static final class CopiedDestination extends GivenArray.Destination {
        private final SharedArray shared;
        private final Object values;

        CopiedDestination(final SharedArray shared, final INDArray array) {
            super(shared.name(), array);
            this.shared = shared;
            this.values = JavaArrays.allocate(shared.carried(), Math.toIntExact(array.length()));
        }

        @Override
        Object memory() {
            return values;
        }

        @Override
        public void done() {
            array().assign(JavaArrays.toArray(values, shared.order(), shared.shape()));
        }
    }

    @Override
    public void copy(final INDArray array, final Object into, final int first) {
        System.arraycopy(JavaArrays.copyOf(array), 0, into, first, Math.toIntExact(array.length()));
    }

    @Override
    public void copyInto(final Object values, final INDArray array) {
        JavaArrays.setData(array, values);
    }

    @Override
    public INDArray copyOf(final Object values, final int first, final char order, final long... shape) {
        final int count = Math.toIntExact(ArrayUtil.prodLong(shape));
        final Object run = JavaArrays.allocate(JavaArrays.type(values), count);
        System.arraycopy(values, first, run, 0, count);
        return JavaArrays.toArray(run, order, shape);
    }
}
