package org.shmarrays.benchmarks.loops;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import org.bytedeco.openblas.global.openblas;

/**
 * OpenBLAS's scal and axpy over mapped memory, block by block, so that the second finds in the cache what the first has
 * scaled. It has nothing for the updates with state arrays.
 */
public final class BlasLoops implements DenseLoops {
    private static final int BLOCK = 4096;

    private final int count;
    private final FloatBuffer floats;
    private final FloatBuffer floatGradient;
    private final DoubleBuffer doubles;
    private final DoubleBuffer doubleGradient;

    public BlasLoops(final ByteBuffer[] memory, final Object gradient) {
        final ByteBuffer w = memory[0].duplicate().order(ByteOrder.nativeOrder());
        if (gradient instanceof float[] values) {
            count = values.length;
            floats = w.asFloatBuffer();
            floatGradient = nativeMemory(count, Float.BYTES).asFloatBuffer().put(0, values);
            doubles = null;
            doubleGradient = null;
        } else {
            final double[] values = (double[]) gradient;
            count = values.length;
            doubles = w.asDoubleBuffer();
            doubleGradient = nativeMemory(count, Double.BYTES).asDoubleBuffer().put(0, values);
            floats = null;
            floatGradient = null;
        }
    }

    private static ByteBuffer nativeMemory(final int count, final int bytes) {
        return ByteBuffer.allocateDirect(Math.multiplyExact(count, bytes)).order(ByteOrder.nativeOrder());
    }

    @Override
    public void blend(final double keep, final double rate) {
        final int step = keep == 1 ? count : BLOCK;
        for (int start = 0; start < count; start += step) {
            final int n = Math.min(step, count - start);
            if (floats != null) {
                blendFloats(start, n, (float) keep, (float) rate);
            } else {
                blendDoubles(start, n, keep, rate);
            }
        }
    }

    private void blendFloats(final int start, final int n, final float keep, final float rate) {
        floats.position(start);
        floatGradient.position(start);
        if (keep != 1) {
            openblas.cblas_sscal(n, keep, floats, 1);
        }
        openblas.cblas_saxpy(n, rate, floatGradient, 1, floats, 1);
    }

    private void blendDoubles(final int start, final int n, final double keep, final double rate) {
        doubles.position(start);
        doubleGradient.position(start);
        if (keep != 1) {
            openblas.cblas_dscal(n, keep, doubles, 1);
        }
        openblas.cblas_daxpy(n, rate, doubleGradient, 1, doubles, 1);
    }

    @Override
    public void momentum(final double learningRate, final double mu) {
        throw new UnsupportedOperationException("BLAS has no momentum");
    }

    @Override
    public void adam(final double learningRate, final long t) {
        throw new UnsupportedOperationException("BLAS has no Adam");
    }
}
