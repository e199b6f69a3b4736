package org.shmarrays.nd4j;

import java.nio.FloatBuffer;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.BinaryOperator;
import java.util.function.Function;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A user's function over whole INDArrays as the core calls it: with a Java array of the old elements. For one push.
 */
final class WholeArrayFunction implements BiFunction<String, Object, Object> {
    private final Transfer transfer;
    private final BinaryOperator<INDArray> function;
    private final Function<String, SharedArray> sharedArrays;
    private final Map<String, INDArray> gradients;
    private final Map<String, INDArray> results = new LinkedHashMap<>();

    WholeArrayFunction(
            final Transfer transfer,
            final Function<String, SharedArray> sharedArrays,
            final BinaryOperator<INDArray> function,
            final Map<String, INDArray> gradients) {
        this.transfer = transfer;
        this.sharedArrays = sharedArrays;
        this.function = function;
        this.gradients = new LinkedHashMap<>(gradients); // a resumed push may find the caller's map changed
    }

    /** The push has failed, and may be resumed when workspaces were left in which gradients lie. */
    void suspended() {
        gradients.replaceAll((name, gradient) -> GivenArray.detached(gradient));
    }

    /**
     * What the memory holds now, by name: what the function returned, or of 16-bit arrays a copy of what that was
     * rounded to.
     *
     * @param stored what the push has stored
     */
    Map<String, INDArray> results(final Map<String, Object> stored) {
        stored.forEach((name, values) -> {
            final SharedArray shared = sharedArrays.apply(name);
            if (shared.stored() != shared.carried()) {
                final Object copy = values instanceof FloatBuffer floats ? floats.array() : values;
                results.put(name, transfer.copyOf(copy, 0, shared.order(), shared.shape()));
            }
        });
        return results;
    }

    @Override
    public Object apply(final String name, final Object old) {
        final SharedArray shared = sharedArrays.apply(name);
        final INDArray state = transfer.copyOf(old, 0, shared.order(), shared.shape());
        final INDArray gradient = GivenArray.open(name, gradients.get(name)).castTo(shared.carried());
        final INDArray returned = function.apply(gradient, state);
        shared.checkSource("the result of the update function", returned);
        final INDArray updated = returned.castTo(shared.carried());
        results.put(name, updated);
        return transfer.source(shared, updated);
    }
}
