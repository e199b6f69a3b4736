package org.shmarrays.nd4j;

import java.util.function.BinaryOperator;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.shmarrays.update.ElementwiseFunction;

/** A user's element-wise function over vectors of ND4J as the core calls it, over runs of Java arrays. */
final class RunFunction implements ElementwiseFunction<Object> {
    private final Transfer transfer;
    private final BinaryOperator<INDArray> function;

    RunFunction(final Transfer transfer, final BinaryOperator<INDArray> function) {
        this.transfer = transfer;
        this.function = function;
    }

    @Override
    public boolean wantsLongRuns() {
        return true;
    }

    @Override
    public void apply(final Object g, final int gOffset, final Object w, final int wOffset, final int n) {
        final INDArray state = transfer.copyOf(w, wOffset, 'c', n);
        final INDArray updated = function.apply(transfer.copyOf(g, gOffset, 'c', n), state);
        final DataType type = state.dataType();
        if (updated == null) {
            throw new IllegalArgumentException("the update function returned null: return the state, or a new array");
        }
        if (updated.length() != n || !ElementTypes.isLossless(updated.dataType(), type)) {
            throw new IllegalArgumentException("the update function returned an array of the wrong length or type:"
                    + " expected=" + n + " of " + type + ", given=" + updated.length() + " of " + updated.dataType());
        }
        final INDArray cast = updated.castTo(type);
        final INDArray values = SharedArray.lies(cast, 'c') ? cast : cast.dup('c');
        transfer.copy(values, w, wOffset);
    }
}
