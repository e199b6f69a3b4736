package org.shmarrays.internal.kernel;

import jdk.incubator.vector.VectorShape;

/** The kernels that the Vector API gives. */
final class VectorKernels implements Kernel.Provider {
    private static final int LEAST_BITS = 128;

    VectorKernels() {}

    @Override
    public Kernel<?>[] get() {
        final int bits = VectorShape.preferredShape().vectorBitSize();
        if (bits < LEAST_BITS) {
            throw new UnsupportedOperationException("the vectors of this processor have " + bits + " bits");
        }
        final String obstacle = VectorMemory.INSTANCE.obstacle();
        if (obstacle != null) {
            throw new UnsupportedOperationException(obstacle);
        }
        return new Kernel<?>[] {new FloatKernel(), new DoubleKernel()};
    }

    @Override
    public ProductLoops products() {
        return new FloatProducts();
    }
}
