package org.shmarrays.examples.mnist;

import java.util.Arrays;

/**
 * The greatest of each 2 × 2 values of a convolution, then its bias, a factor of each map of each image (dropout) and ReLU: as the
 * bias is the same for all four and the factor is not negative, that is what one gets the other way round.
 *
 * <p>Works on a pair of rows for the whole batch at a time, in Java arrays from index 0, without branches: HotSpot vectorises
 * that. A block is one place for all images; what belongs to two neighbouring places stands in the first one's block.
 */
final class MaxPool {
    private final FloatMemory values;
    private final FloatMemory bias;
    private final FloatMemory biasGradient;
    private final int pooledSide;
    private final int block;
    private final float[] b;
    private final float[] upper;
    private final float[] lower;
    private final float[] shifted;
    private final float[] isLower;
    private final float[] isRight;
    private final float[] factorRow;
    private final float[] sums;
    private final float[] activations;
    private final float[] slopes;

    /**
     * The maxima of a convolution's values.
     *
     * @param bias one of each map.
     * @param biasGradient where {@link #backward} leaves its gradient.
     */
    MaxPool(
            final Convolution convolution,
            final FloatMemory bias,
            final FloatMemory biasGradient,
            final int batchSize) {
        this.values = convolution.values();
        this.bias = bias;
        this.biasGradient = biasGradient;
        block = batchSize;
        pooledSide = convolution.side() / 2;
        b = new float[(int) bias.array().length()];
        final int rowLength = 2 * pooledSide * block;
        upper = new float[rowLength];
        lower = new float[rowLength];
        shifted = new float[rowLength];
        isLower = new float[rowLength];
        isRight = new float[rowLength];
        factorRow = new float[rowLength];
        sums = new float[rowLength];
        activations = new float[b.length * pooledSide * pooledSide * block];
        slopes = new float[activations.length];
    }

    /** Where the caller puts the loss's derivatives by the activations before {@link #backward}. */
    float[] slopes() {
        return slopes;
    }

    /**
     * Computes the activations, {@code [maps, pooledSide, pooledSide, batchSize]}, and returns them: its own array.
     *
     * @param factors {@code [maps, batchSize]}, none negative.
     */
    float[] forward(final float[] factors) {
        bias.read(b);
        for (int m = 0; m < b.length; m++) {
            repeat(factors, m * block, factorRow);
            for (int y = 0; y < pooledSide; y++) {
                readRows(m, y);
                Rows.max(upper, lower, upper);
                shiftLeft(upper, shifted);
                Rows.max(upper, shifted, upper);
                Rows.scaledRelu(upper, b[m], factorRow);
                for (int x = 0; x < pooledSide; x++) {
                    System.arraycopy(upper, 2 * x * block, activations, pooledIndex(m, y, x), block);
                }
            }
        }
        return activations;
    }

    /**
     * Replaces the convolution's values by their slopes, and computes the gradient of the bias. Of equal values the upper is
     * the greatest, then the left.
     *
     * @param factors those of the forward pass.
     */
    void backward(final float[] factors) {
        Rows.reluSlopes(activations, slopes);
        for (int m = 0; m < b.length; m++) {
            repeat(factors, m * block, factorRow);
            Arrays.fill(sums, 0);
            for (int y = 0; y < pooledSide; y++) {
                readRows(m, y);
                Rows.isLess(upper, lower, isLower);
                Rows.max(upper, lower, upper);
                shiftLeft(upper, shifted);
                Rows.isLess(upper, shifted, isRight);
                readSlopes(m, y, upper);
                Rows.multiply(upper, factorRow);
                Rows.add(sums, upper);
                Rows.split(upper, isRight, shifted);
                System.arraycopy(shifted, 0, isRight, block, shifted.length - block);
                Arrays.fill(isRight, 0, block, 0);
                Rows.add(upper, isRight);
                Rows.split(upper, isLower, lower);
                writeRows(m, y);
            }
            b[m] = Rows.sum(sums, 0, sums.length);
        }
        biasGradient.write(b);
    }

    /** Each block, and nothing in the last, from its right neighbour. */
    private void shiftLeft(final float[] from, final float[] to) {
        System.arraycopy(from, block, to, 0, from.length - block);
    }

    private void repeat(final float[] from, final int offset, final float[] to) {
        for (int x = 0; x < 2 * pooledSide; x++) {
            System.arraycopy(from, offset, to, x * block, block);
        }
    }

    /** The slopes of a row of activations, each in the first of its two blocks, and zeros in the second. */
    private void readSlopes(final int map, final int y, final float[] to) {
        Arrays.fill(to, 0);
        for (int x = 0; x < pooledSide; x++) {
            System.arraycopy(slopes, pooledIndex(map, y, x), to, 2 * x * block, block);
        }
    }

    private void readRows(final int map, final int y) {
        values.read(rowIndex(map, 2 * y), upper, 0, upper.length);
        values.read(rowIndex(map, 2 * y + 1), lower, 0, lower.length);
    }

    private void writeRows(final int map, final int y) {
        values.write(rowIndex(map, 2 * y), upper, 0, upper.length);
        values.write(rowIndex(map, 2 * y + 1), lower, 0, lower.length);
    }

    private int rowIndex(final int map, final int y) {
        return (map * 2 * pooledSide + y) * upper.length;
    }

    private int pooledIndex(final int map, final int y, final int x) {
        return ((map * pooledSide + y) * pooledSide + x) * block;
    }
}
