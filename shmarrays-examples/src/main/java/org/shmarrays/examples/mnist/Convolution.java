package org.shmarrays.examples.mnist;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A convolution of 5 × 5 without padding, as a product of matrices; its bias is left to {@link MaxPool}.
 *
 * <p>Maps are {@code [channel, row, column, image]} with the image innermost, so that a row of a map is one run of
 * memory for the whole batch. In {@code W [maps, channels · 25] · patches [channels · 25, rows · columns · batch]} a
 * row of patches is a map of the input shifted by a place of the kernel: it is copied in runs of a row.
 */
final class Convolution {
    private static final int KERNEL = 5;

    /**
     * The weights' gradient is computed for so many maps at a time: oneDNN's product of few rows over a long sum is
     * several times faster for up to 12 rows than for 16 and more (20 maps: two of 0.15 to 0.26 ms, one of 1.1 to
     * 1.5).
     */
    private static final int MAPS_AT_A_TIME = 10;

    private final int channels;
    private final int inputSide;
    private final int side;
    private final int batchSize;
    private final int runLength;
    private final FloatMemory patches;
    private final FloatMemory values;
    private final float[][] shiftedRuns;
    private final float[] inputRow;
    private final MatrixProduct weightsByPatches;
    private final List<MatrixProduct> weightGradients;
    private final MatrixProduct weightsBySlopes;

    /**
     * A convolution over {@code channels} maps of {@code inputSide} × {@code inputSide}.
     *
     * @param weights {@code [maps, channels · 25]}.
     * @param weightGradient of the same shape.
     * @param isFirst if the slopes of its inputs are not needed.
     */
    Convolution(
            final FloatMemory weights,
            final FloatMemory weightGradient,
            final int channels,
            final int inputSide,
            final int batchSize,
            final boolean isFirst) {
        this.channels = channels;
        this.inputSide = inputSide;
        this.batchSize = batchSize;
        side = inputSide - KERNEL + 1;
        runLength = side * batchSize;
        final int kernelSize = channels * KERNEL * KERNEL;
        final int maps = (int) weights.array().size(0);
        patches = FloatMemory.zeros(kernelSize, side * runLength);
        values = FloatMemory.zeros(maps, side * runLength);
        shiftedRuns = new float[KERNEL][inputSide * batchSize];
        inputRow = new float[inputSide * batchSize];
        weightsByPatches = MatrixProduct.of(weights, patches, values);
        weightsBySlopes = isFirst ? null : MatrixProduct.ofTransposedA(weights, values, patches);
        weightGradients = new ArrayList<>();
        for (int m = 0; m < maps; m += MAPS_AT_A_TIME) {
            final int end = Math.min(m + MAPS_AT_A_TIME, maps);
            weightGradients.add(MatrixProduct.ofTransposedB(values.rows(m, end), patches, weightGradient.rows(m, end)));
        }
    }

    /**
     * The result of {@link #forward}, {@code [maps, side, side, batchSize]}; replaced by its slopes, the loss's
     * derivatives by it, before {@link #backward}.
     */
    FloatMemory values() {
        return values;
    }

    /** Rows, and columns, of the result. */
    int side() {
        return side;
    }

    /** Convolves {@code inputs [channels, inputSide, inputSide, batchSize]}. */
    void forward(final float[] inputs) {
        int to = 0;
        for (int c = 0; c < channels; c++) {
            for (int ky = 0; ky < KERNEL; ky++) {
                for (int kx = 0; kx < KERNEL; kx++) {
                    for (int y = 0; y < side; y++) {
                        patches.write(to, inputs, inputIndex(c, y + ky, kx), runLength);
                        to += runLength;
                    }
                }
            }
        }
        weightsByPatches.run();
    }

    /**
     * Computes the weights' gradient, from the slopes and the inputs of the forward pass before.
     *
     * @param inputSlopes set to the loss's derivatives by the inputs; null for a first convolution.
     */
    void backward(final float[] inputSlopes) {
        for (final MatrixProduct someMaps : weightGradients) {
            someMaps.run();
        }
        if (inputSlopes != null) {
            weightsBySlopes.run(); // the patches, which are used up, give way to their slopes: memory that is warm
            sumPatchSlopes(inputSlopes);
        }
    }

    /**
     * Gives each input the sum of its slopes in all patches that it is in, a row of inputs at a time. A run lies in a
     * row of zeros of its own at its shift, so that the addition starts at index 0: only then does HotSpot vectorise
     * it.
     */
    private void sumPatchSlopes(final float[] inputSlopes) {
        for (int c = 0; c < channels; c++) {
            for (int y = 0; y < inputSide; y++) {
                Arrays.fill(inputRow, 0);
                for (int ky = Math.max(0, y - side + 1); ky < Math.min(KERNEL, y + 1); ky++) {
                    for (int kx = 0; kx < KERNEL; kx++) {
                        final int from = (((c * KERNEL + ky) * KERNEL + kx) * side + y - ky) * runLength;
                        patches.read(from, shiftedRuns[kx], kx * batchSize, runLength);
                    }
                    Rows.add(inputRow, shiftedRuns);
                }
                System.arraycopy(inputRow, 0, inputSlopes, inputIndex(c, y, 0), inputRow.length);
            }
        }
    }

    private int inputIndex(final int channel, final int y, final int x) {
        return ((channel * inputSide + y) * inputSide + x) * batchSize;
    }
}
