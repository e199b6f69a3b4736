package org.shmarrays.examples.mnist;

import java.util.List;

/**
 * One array of parameters: single-precision, row-major.
 *
 * @param name layer and role, as {@code conv1/W}.
 * @param shape a weight is {@code [outputs, inputs]}, where a convolution's inputs are {@code channel, row, column} of its
 *     kernel in this order (so its elements stand as in PyTorch's); a bias is {@code [outputs]}.
 * @param fanIn inputs that one output of the layer sums up, which scales its initial values.
 */
public record ParameterSpec(String name, List<Long> shape, int fanIn) {
    static List<ParameterSpec> layer(final String name, final int outputs, final int inputs) {
        return List.of(
                new ParameterSpec(name + "/W", List.of((long) outputs, (long) inputs), inputs),
                new ParameterSpec(name + "/b", List.of((long) outputs), inputs));
    }

    /** The shape, as ND4J takes it. */
    public long[] dimensions() {
        return shape.stream().mapToLong(Long::longValue).toArray();
    }

    /** Number of values. */
    public int elementCount() {
        return (int) shape.stream().mapToLong(Long::longValue).reduce(1, Math::multiplyExact);
    }
}
