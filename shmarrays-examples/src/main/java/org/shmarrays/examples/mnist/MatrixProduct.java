package org.shmarrays.examples.mnist;

import org.nd4j.linalg.api.blas.params.MMulTranspose;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.CustomOp;
import org.nd4j.linalg.api.ops.OpContext;
import org.nd4j.linalg.api.ops.impl.reduce.Mmul;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A product of matrices prepared once, {@code c = op(a) · op(b)}, to be computed again and again from what the arrays then
 * hold. Reusing the operation's context takes 7 µs off each call, against {@code Nd4j.gemm}.
 */
final class MatrixProduct {
    private final CustomOp operation;
    private final OpContext context;

    private MatrixProduct(
            final INDArray a, final boolean transposeA, final INDArray b, final boolean transposeB, final INDArray c) {
        final MMulTranspose transpose = MMulTranspose.builder()
                .transposeA(transposeA)
                .transposeB(transposeB)
                .build();
        operation = new Mmul(a, b, c, 1, 0, transpose);
        context = Nd4j.getExecutioner().buildContext();
        context.setInputArrays(a, b);
        context.setOutputArrays(c);
        context.setIArguments(operation.iArgs());
        context.setTArguments(operation.tArgs());
    }

    /** {@code c = a · b}. */
    static MatrixProduct of(final FloatMemory a, final FloatMemory b, final FloatMemory c) {
        return new MatrixProduct(a.array(), false, b.array(), false, c.array());
    }

    /** {@code c = aᵀ · b}. */
    static MatrixProduct ofTransposedA(final FloatMemory a, final FloatMemory b, final FloatMemory c) {
        return new MatrixProduct(a.array(), true, b.array(), false, c.array());
    }

    /** {@code c = a · bᵀ}. */
    static MatrixProduct ofTransposedB(final FloatMemory a, final FloatMemory b, final FloatMemory c) {
        return new MatrixProduct(a.array(), false, b.array(), true, c.array());
    }

    void run() {
        Nd4j.exec(operation, context);
    }
}
