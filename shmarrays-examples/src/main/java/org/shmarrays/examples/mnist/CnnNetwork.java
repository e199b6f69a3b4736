package org.shmarrays.examples.mnist;

import static org.shmarrays.examples.mnist.LabelledImages.CLASSES;
import static org.shmarrays.examples.mnist.LabelledImages.PIXELS;
import static org.shmarrays.examples.mnist.LabelledImages.SIDE;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The convolutional network of PyTorch's {@code mnist_hogwild} example: two stages of convolution 5 × 5, maximum of 2 × 2 and
 * ReLU, with 10 and 20 maps, the second with whole maps dropped; then 320-50-10 with ReLU and dropout.
 */
final class CnnNetwork implements Network {
    private static final int MAPS_1 = 10;
    private static final int MAPS_2 = 20;
    private static final int KERNEL_SIZE = 25;
    private static final int POOLED_SIDE = (SIDE - 4) / 2;
    private static final int FEATURES = MAPS_2 * 4 * 4;
    private static final int HIDDEN = 50;
    private static final List<ParameterSpec> CONV_1 = ParameterSpec.layer("conv1", MAPS_1, KERNEL_SIZE);
    private static final List<ParameterSpec> CONV_2 = ParameterSpec.layer("conv2", MAPS_2, MAPS_1 * KERNEL_SIZE);
    private static final List<ParameterSpec> DENSE_1 = ParameterSpec.layer("dense1", HIDDEN, FEATURES);
    private static final List<ParameterSpec> DENSE_2 = ParameterSpec.layer("dense2", CLASSES, HIDDEN);

    static final List<ParameterSpec> PARAMETERS =
            Stream.of(CONV_1, CONV_2, DENSE_1, DENSE_2).flatMap(List::stream).toList();

    private final int batchSize;
    private final Dropout dropout;
    private final float[] pixels;
    private final float[] keepAll;
    private final float[] keepMaps;
    private final float[] keepHidden;
    private final FloatMemory features;
    private final FloatMemory featureSlopes;
    private final FloatMemory hidden;
    private final FloatMemory hiddenSlopes;
    private final Convolution conv1;
    private final MaxPool pool1;
    private final Convolution conv2;
    private final MaxPool pool2;
    private final Dense dense1;
    private final Dense dense2;
    private float[] hiddenValues;

    CnnNetwork(
            final Map<String, INDArray> parameters,
            final Map<String, INDArray> gradients,
            final int batchSize,
            final Dropout dropout) {
        this.batchSize = batchSize;
        this.dropout = dropout;
        pixels = new float[PIXELS * batchSize];
        keepAll = new float[MAPS_1 * batchSize];
        Arrays.fill(keepAll, 1);
        keepMaps = new float[MAPS_2 * batchSize];
        keepHidden = new float[HIDDEN * batchSize];
        features = FloatMemory.zeros(FEATURES, batchSize);
        featureSlopes = FloatMemory.zeros(FEATURES, batchSize);
        hidden = FloatMemory.zeros(HIDDEN, batchSize);
        hiddenSlopes = FloatMemory.zeros(HIDDEN, batchSize);
        conv1 = convolution(CONV_1, parameters, gradients, 1, SIDE);
        pool1 = pool(conv1, CONV_1, parameters, gradients);
        conv2 = convolution(CONV_2, parameters, gradients, MAPS_1, POOLED_SIDE);
        pool2 = pool(conv2, CONV_2, parameters, gradients);
        dense1 = Dense.after(DENSE_1, parameters, gradients, features, featureSlopes);
        dense2 = Dense.after(DENSE_2, parameters, gradients, hidden, hiddenSlopes);
    }

    private Convolution convolution(
            final List<ParameterSpec> specs,
            final Map<String, INDArray> parameters,
            final Map<String, INDArray> gradients,
            final int channels,
            final int inputSide) {
        return new Convolution(
                FloatMemory.of(parameters, specs.get(0)),
                FloatMemory.of(gradients, specs.get(0)),
                channels,
                inputSide,
                batchSize,
                specs == CONV_1);
    }

    private MaxPool pool(
            final Convolution convolution,
            final List<ParameterSpec> specs,
            final Map<String, INDArray> parameters,
            final Map<String, INDArray> gradients) {
        return new MaxPool(
                convolution,
                FloatMemory.of(parameters, specs.get(1)),
                FloatMemory.of(gradients, specs.get(1)),
                batchSize);
    }

    @Override
    public double gradient(final Batch batch, final long step) {
        final float[] logits = forward(batch, dropout, step);
        final double loss = CrossEntropy.meanAndSlopes(logits, batch, dense2.slopes());
        dense2.backward();
        final float[] slopes = dense1.slopes();
        hiddenSlopes.read(slopes);
        Rows.multiply(slopes, keepHidden);
        Rows.reluSlopes(hiddenValues, slopes);
        dense1.backward();
        featureSlopes.read(pool2.slopes());
        pool2.backward(keepMaps);
        conv2.backward(pool1.slopes());
        pool1.backward(keepAll);
        conv1.backward(null);
        return loss;
    }

    @Override
    public float[] logits(final Batch batch) {
        return forward(batch, Dropout.off(), 0);
    }

    private float[] forward(final Batch batch, final Dropout dropped, final long step) {
        batch.requireFor(this);
        dropped.fill(step, keepMaps, keepHidden);
        columnAnImage(batch.pixels());
        conv1.forward(pixels);
        conv2.forward(pool1.forward(keepAll));
        features.write(pool2.forward(keepMaps));
        hiddenValues = dense1.forward();
        Rows.scaledRelu(hiddenValues, 0, keepHidden);
        hidden.write(hiddenValues);
        return dense2.forward();
    }

    private void columnAnImage(final float[] images) {
        for (int p = 0; p < PIXELS; p++) {
            for (int n = 0; n < batchSize; n++) {
                pixels[p * batchSize + n] = images[n * PIXELS + p];
            }
        }
    }

    @Override
    public int batchSize() {
        return batchSize;
    }
}
