package org.shmarrays.nd4j;

import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BinaryOperator;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A user's function over whole INDArrays as the core calls it, over the elements of each. For one push. The core's operand
 * tells for which array it is called.
 */
final class WholeArrayFunction implements BinaryOperator<Object> {
    private final Transfer transfer;
    private final BinaryOperator<INDArray> function;
    private final Map<Object, SharedArray> sharedOf = new IdentityHashMap<>();
    private final Map<String, INDArray> gradients;
    private final Map<String, INDArray> results = new LinkedHashMap<>();

    WholeArrayFunction(
            final Transfer transfer, final BinaryOperator<INDArray> function, final Map<String, INDArray> gradients) {
        this.transfer = transfer;
        this.function = function;
        this.gradients = gradients;
    }

    /** What to give the core as operand for an array. */
    Object operand(final SharedArray shared) {
        final Object operand = transfer.destination(shared, gradients.get(shared.name()));
        sharedOf.put(operand, shared);
        return operand;
    }

    /** What the function returned, by name. */
    Map<String, INDArray> results() {
        return results;
    }

    @Override
    public Object apply(final Object operand, final Object old) {
        final SharedArray shared = sharedOf.get(operand);
        final INDArray state = JavaArrays.toArray(old, shared.order(), shared.shape());
        final INDArray gradient = gradients.get(shared.name()).castTo(shared.carried());
        final INDArray returned = function.apply(gradient, state);
        shared.checkSource("what the update function returned", returned);
        final INDArray updated = returned.castTo(shared.carried());
        results.put(shared.name(), updated);
        return transfer.source(shared, updated);
    }
}
