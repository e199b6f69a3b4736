package org.shmarrays.examples.mnist;

import java.util.LinkedHashMap;
import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A worker's own momentum, as each process of PyTorch's Hogwild example has it: v = momentum v + g. One thread. */
final class Velocity {
    private final float momentum;
    private final Map<String, Part> parts = new LinkedHashMap<>();

    private record Part(FloatMemory gradient, float[] staged, float[] velocity) {}

    Velocity(final Map<String, INDArray> gradients, final double momentum) {
        this.momentum = (float) momentum;
        gradients.forEach((name, array) -> {
            final int count = Math.toIntExact(array.length());
            parts.put(name, new Part(FloatMemory.of(array), new float[count], new float[count]));
        });
    }

    /** Takes the present gradients in. */
    void add() {
        for (final Part part : parts.values()) {
            part.gradient.read(part.staged);
            final float[] g = part.staged;
            final float[] v = part.velocity;
            for (int i = 0; i < v.length; i++) {
                v[i] = momentum * v[i] + g[i];
            }
        }
    }

    /** The velocities, by name: the arrays themselves. */
    Map<String, float[]> values() {
        final Map<String, float[]> values = new LinkedHashMap<>();
        parts.forEach((name, part) -> values.put(name, part.velocity));
        return values;
    }
}
