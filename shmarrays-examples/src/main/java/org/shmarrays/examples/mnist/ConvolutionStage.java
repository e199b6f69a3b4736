package org.shmarrays.examples.mnist;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A convolution of 5 × 5, a factor for each of its maps (dropout), the maximum of each 2 × 2, and ReLU.
 *
 * <p>Everything is {@code [channel, row, column, image]} with the image innermost, so that a row of a map is one run of
 * memory for the whole batch. The convolution is a product of matrices: {@code W [maps, channels·25] · patches [channels·25,
 * rows·columns·batch]}, where a row of patches is the input shifted by a place of the kernel, copied in runs of a row. Bias,
 * factor and ReLU never change which of four is the greatest, so they come after the maximum, on a quarter of the values.
 */
final class ConvolutionStage {
    private static final int KERNEL = 5;

    private final int channels;
    private final int inputSide;
    private final int maps;
    private final int side;
    private final int batchSize;
    private final FloatMemory bias;
    private final FloatMemory biasGradient;
    private final FloatMemory patches;
    private final FloatMemory patchSlopes;
    private final FloatMemory values;
    private final float[] b;
    private final float[] map;
    private final float[] row;
    private final float[] activations;
    private final float[] slopes;
    private final MatrixProduct convolution;
    private final MatrixProduct weightGradient;
    private final MatrixProduct slopesOfPatches;

    /**
     * A stage over {@code channels} maps of {@code inputSide} × {@code inputSide}.
     *
     * @param parameters its weight and its bias.
     * @param isFirst if nobody needs the slopes of its inputs.
     */
    ConvolutionStage(
            final List<ParameterSpec> parameters,
            final Map<String, INDArray> arrays,
            final Map<String, INDArray> gradients,
            final int channels,
            final int inputSide,
            final int batchSize,
            final boolean isFirst) {
        this.channels = channels;
        this.inputSide = inputSide;
        this.batchSize = batchSize;
        maps = parameters.get(1).elementCount();
        side = inputSide - KERNEL + 1;
        bias = FloatMemory.of(arrays, parameters.get(1));
        biasGradient = FloatMemory.of(gradients, parameters.get(1));
        final FloatMemory weights = FloatMemory.of(arrays, parameters.get(0));
        final FloatMemory weightGradients = FloatMemory.of(gradients, parameters.get(0));
        final int kernelSize = channels * KERNEL * KERNEL;
        patches = FloatMemory.zeros(kernelSize, side * side * batchSize);
        patchSlopes = isFirst ? null : FloatMemory.zeros(kernelSize, side * side * batchSize);
        values = FloatMemory.zeros(maps, side * side * batchSize);
        b = new float[maps];
        map = new float[side * side * batchSize];
        row = new float[side * batchSize];
        activations = new float[maps * (side / 2) * (side / 2) * batchSize];
        slopes = new float[activations.length];
        convolution = MatrixProduct.of(weights, patches, values);
        weightGradient = MatrixProduct.ofTransposedB(values, patches, weightGradients);
        slopesOfPatches = isFirst ? null : MatrixProduct.ofTransposedA(weights, values, patchSlopes);
    }

    /** Where the caller puts the slopes of the activations before {@link #backward}. */
    float[] slopes() {
        return slopes;
    }

    /**
     * Computes the activations, {@code [maps, side / 2, side / 2, batchSize]}, and returns them: the stage's own array.
     *
     * @param factors {@code [maps, batchSize]}, none negative.
     */
    float[] forward(final float[] inputs, final float[] factors) {
        fillPatches(inputs);
        convolution.run();
        bias.read(b);
        final int pooledSide = side / 2;
        final int rowLength = side * batchSize;
        for (int m = 0; m < maps; m++) {
            values.read(m * map.length, map, 0, map.length);
            for (int y = 0; y < pooledSide; y++) {
                for (int x = 0; x < pooledSide; x++) {
                    final int upper = 2 * y * rowLength + 2 * x * batchSize;
                    final int pooled = ((m * pooledSide + y) * pooledSide + x) * batchSize;
                    maximum(map, upper, upper + rowLength, pooled);
                    Rows.scaledRelu(activations, pooled, b[m], factors, m * batchSize, batchSize);
                }
            }
        }
        return activations;
    }

    private void maximum(final float[] from, final int upper, final int lower, final int to) {
        for (int n = 0; n < batchSize; n++) {
            activations[to + n] = Math.max(
                    Math.max(from[upper + n], from[upper + batchSize + n]),
                    Math.max(from[lower + n], from[lower + batchSize + n]));
        }
    }

    /**
     * Computes the gradients from the slopes, after a forward pass.
     *
     * @param factors those of the forward pass.
     * @param inputSlopes set to the loss's derivatives by the inputs; null for a first stage.
     */
    void backward(final float[] factors, final float[] inputSlopes) {
        Rows.reluSlopes(activations, slopes);
        final int pooledSide = side / 2;
        final int rowLength = side * batchSize;
        for (int m = 0; m < maps; m++) {
            values.read(m * map.length, map, 0, map.length);
            float sum = 0;
            for (int y = 0; y < pooledSide; y++) {
                for (int x = 0; x < pooledSide; x++) {
                    final int upper = 2 * y * rowLength + 2 * x * batchSize;
                    final int pooled = ((m * pooledSide + y) * pooledSide + x) * batchSize;
                    for (int n = 0; n < batchSize; n++) {
                        slopes[pooled + n] *= factors[m * batchSize + n];
                    }
                    sum += Rows.sum(slopes, pooled, batchSize);
                    toWinner(upper, upper + rowLength, pooled);
                }
            }
            b[m] = sum;
            values.write(m * map.length, map, 0, map.length);
        }
        biasGradient.write(b);
        weightGradient.run();
        if (inputSlopes != null) {
            slopesOfPatches.run();
            addPatchSlopes(inputSlopes);
        }
    }

    /** Replaces each four values by the slope of their maximum, at the place of the first greatest, and zeros; no branches. */
    private void toWinner(final int upper, final int lower, final int pooled) {
        for (int n = 0; n < batchSize; n++) {
            final int i = upper + n;
            final int j = lower + n;
            final int rightInUpper = isLess(map[i], map[i + batchSize]);
            final int rightInLower = isLess(map[j], map[j + batchSize]);
            final int isLower = isLess(Math.max(map[i], map[i + batchSize]), Math.max(map[j], map[j + batchSize]));
            final int right = rightInUpper + (rightInLower - rightInUpper) * isLower;
            map[i] = 0;
            map[i + batchSize] = 0;
            map[j] = 0;
            map[j + batchSize] = 0;
            map[i + (j - i) * isLower + batchSize * right] = slopes[pooled + n];
        }
    }

    private static int isLess(final float a, final float b) {
        return Float.floatToRawIntBits(a - b) >>> 31;
    }

    private void fillPatches(final float[] inputs) {
        int to = 0;
        for (int c = 0; c < channels; c++) {
            for (int ky = 0; ky < KERNEL; ky++) {
                for (int kx = 0; kx < KERNEL; kx++) {
                    for (int y = 0; y < side; y++) {
                        final int from = ((c * inputSide + y + ky) * inputSide + kx) * batchSize;
                        patches.write(to, inputs, from, row.length);
                        to += row.length;
                    }
                }
            }
        }
    }

    private void addPatchSlopes(final float[] inputSlopes) {
        Arrays.fill(inputSlopes, 0);
        int from = 0;
        for (int c = 0; c < channels; c++) {
            for (int ky = 0; ky < KERNEL; ky++) {
                for (int kx = 0; kx < KERNEL; kx++) {
                    for (int y = 0; y < side; y++) {
                        patchSlopes.read(from, row, 0, row.length);
                        final int to = ((c * inputSide + y + ky) * inputSide + kx) * batchSize;
                        for (int i = 0; i < row.length; i++) {
                            inputSlopes[to + i] += row[i];
                        }
                        from += row.length;
                    }
                }
            }
        }
    }
}
