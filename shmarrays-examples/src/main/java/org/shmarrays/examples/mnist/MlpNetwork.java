package org.shmarrays.examples.mnist;

import static org.shmarrays.examples.mnist.LabelledImages.CLASSES;
import static org.shmarrays.examples.mnist.LabelledImages.PIXELS;

import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A multilayer perceptron: {@code logits = W2 · relu(W1 · pixels + b1) + b2}. */
final class MlpNetwork implements Network {
    private static final int HIDDEN = 128;
    private static final List<ParameterSpec> DENSE_1 = ParameterSpec.layer("dense1", HIDDEN, PIXELS);
    private static final List<ParameterSpec> DENSE_2 = ParameterSpec.layer("dense2", CLASSES, HIDDEN);

    static final List<ParameterSpec> PARAMETERS =
            Stream.of(DENSE_1, DENSE_2).flatMap(List::stream).toList();

    private final int batchSize;
    private final FloatMemory pixels;
    private final FloatMemory hidden;
    private final FloatMemory hiddenSlopes;
    private final Dense dense1;
    private final Dense dense2;
    private float[] activations;

    MlpNetwork(final Map<String, INDArray> parameters, final Map<String, INDArray> gradients, final int batchSize) {
        this.batchSize = batchSize;
        pixels = FloatMemory.zeros(batchSize, PIXELS);
        hidden = FloatMemory.zeros(HIDDEN, batchSize);
        hiddenSlopes = FloatMemory.zeros(HIDDEN, batchSize);
        dense1 = Dense.first(DENSE_1, parameters, gradients, pixels);
        dense2 = Dense.after(DENSE_2, parameters, gradients, hidden, hiddenSlopes);
    }

    @Override
    public double gradient(final Batch batch, final long step) {
        final double loss = CrossEntropy.meanAndSlopes(logits(batch), batch, dense2.slopes());
        dense2.backward();
        hiddenSlopes.read(dense1.slopes());
        Rows.reluSlopes(activations, dense1.slopes());
        dense1.backward();
        return loss;
    }

    @Override
    public float[] logits(final Batch batch) {
        batch.requireFor(this);
        pixels.write(batch.pixels());
        activations = dense1.forward();
        Rows.relu(activations);
        hidden.write(activations);
        return dense2.forward();
    }

    @Override
    public int batchSize() {
        return batchSize;
    }
}
