package org.shmarrays.examples.mnist;

import java.util.List;
import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A dense layer, {@code values = W · inputs + b}: its products prepared, its memory made once.
 *
 * <p>Values, and their slopes (the loss's derivatives by them), are {@code [outputs, batchSize]} row-major: a column an image,
 * so that a step over a row meets the whole batch.
 */
final class Dense {
    private final int outputs;
    private final int batchSize;
    private final FloatMemory bias;
    private final FloatMemory biasGradient;
    private final FloatMemory valueMemory;
    private final FloatMemory slopeMemory;
    private final float[] b;
    private final float[] values;
    private final float[] slopes;
    private final MatrixProduct weightsByInputs;
    private final MatrixProduct weightGradient;
    private final MatrixProduct inputSlopes;

    private Dense(
            final List<ParameterSpec> parameters,
            final Map<String, INDArray> arrays,
            final Map<String, INDArray> gradients,
            final FloatMemory inputs,
            final boolean isRowAnImage,
            final FloatMemory slopesOfInputs) {
        final FloatMemory weights = FloatMemory.of(arrays, parameters.get(0));
        final FloatMemory weightGradients = FloatMemory.of(gradients, parameters.get(0));
        bias = FloatMemory.of(arrays, parameters.get(1));
        biasGradient = FloatMemory.of(gradients, parameters.get(1));
        outputs = parameters.get(1).elementCount();
        batchSize = (int) inputs.array().size(isRowAnImage ? 0 : 1);
        valueMemory = FloatMemory.zeros(outputs, batchSize);
        slopeMemory = FloatMemory.zeros(outputs, batchSize);
        b = new float[outputs];
        values = new float[outputs * batchSize];
        slopes = new float[outputs * batchSize];
        if (isRowAnImage) {
            weightsByInputs = MatrixProduct.ofTransposedB(weights, inputs, valueMemory);
            weightGradient = MatrixProduct.of(slopeMemory, inputs, weightGradients);
        } else {
            weightsByInputs = MatrixProduct.of(weights, inputs, valueMemory);
            weightGradient = MatrixProduct.ofTransposedB(slopeMemory, inputs, weightGradients);
        }
        inputSlopes = slopesOfInputs == null ? null : MatrixProduct.ofTransposedA(weights, slopeMemory, slopesOfInputs);
    }

    /**
     * A layer over the pixels.
     *
     * @param parameters its weight and its bias.
     * @param pixels {@code [batchSize, inputs]}.
     */
    static Dense first(
            final List<ParameterSpec> parameters,
            final Map<String, INDArray> arrays,
            final Map<String, INDArray> gradients,
            final FloatMemory pixels) {
        return new Dense(parameters, arrays, gradients, pixels, true, null);
    }

    /**
     * A layer over another.
     *
     * @param parameters its weight and its bias.
     * @param inputs {@code [inputs, batchSize]}.
     * @param inputSlopes of the same shape: where {@link #backward} leaves the loss's derivatives by the inputs.
     */
    static Dense after(
            final List<ParameterSpec> parameters,
            final Map<String, INDArray> arrays,
            final Map<String, INDArray> gradients,
            final FloatMemory inputs,
            final FloatMemory inputSlopes) {
        return new Dense(parameters, arrays, gradients, inputs, false, inputSlopes);
    }

    /** Computes the values from the inputs, and returns them: the layer's own array. */
    float[] forward() {
        weightsByInputs.run();
        valueMemory.read(values);
        bias.read(b);
        for (int k = 0; k < outputs; k++) {
            Rows.add(values, k * batchSize, batchSize, b[k]);
        }
        return values;
    }

    /** Where the caller puts the slopes of the values before {@link #backward}. */
    float[] slopes() {
        return slopes;
    }

    /** Computes the gradients, and the slopes of the inputs, from the slopes and the inputs of the last forward pass. */
    void backward() {
        slopeMemory.write(slopes);
        weightGradient.run();
        for (int k = 0; k < outputs; k++) {
            b[k] = Rows.sum(slopes, k * batchSize, batchSize);
        }
        biasGradient.write(b);
        if (inputSlopes != null) {
            inputSlopes.run();
        }
    }
}
