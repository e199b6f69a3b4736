package org.shmarrays.examples.mnist;

import static org.shmarrays.examples.mnist.LabelledImages.CLASSES;
import static org.shmarrays.examples.mnist.LabelledImages.PIXELS;

import java.util.List;
import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Softmax regression: {@code logits = W · pixels + b}. */
final class SoftmaxNetwork implements Network {
    static final List<ParameterSpec> PARAMETERS = ParameterSpec.layer("dense1", CLASSES, PIXELS);

    private final int batchSize;
    private final FloatMemory pixels;
    private final Dense dense;

    SoftmaxNetwork(final Map<String, INDArray> parameters, final Map<String, INDArray> gradients, final int batchSize) {
        this.batchSize = batchSize;
        pixels = FloatMemory.zeros(batchSize, PIXELS);
        dense = Dense.first(PARAMETERS, parameters, gradients, pixels);
    }

    @Override
    public double gradient(final Batch batch, final long step) {
        final double loss = CrossEntropy.meanAndSlopes(logits(batch), batch, dense.slopes());
        dense.backward();
        return loss;
    }

    @Override
    public float[] logits(final Batch batch) {
        batch.requireFor(this);
        pixels.write(batch.pixels());
        return dense.forward();
    }

    @Override
    public int batchSize() {
        return batchSize;
    }
}
