package org.shmarrays.nd4j;

import java.lang.ref.Reference;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.util.Arrays;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The backward pass of a max pooling by windows of two rows and two columns, of images in float32, channels first. It
 * finds the greatest element of each window again, and writes the gradient in the same pass, where ND4J's {@code
 * maxpool2d_bp} computes the forward pass again first. Of equal elements of a window the first one in row-major order
 * gets the gradient; NaN is taken for the least number, and so is negative infinity, as in ND4J's operation by oneDNN.
 *
 * <p>It keeps memory of a few images with one channel. For one thread at a time.
 */
public final class MaxPooling {
    /** Rows and columns of a window. */
    public static final int SIDE = 2;

    private static final int MAGNITUDE = Integer.MAX_VALUE;
    private static final int SIGN_BIT = 31;
    private static final int INFINITY = Float.floatToRawIntBits(Float.POSITIVE_INFINITY);
    private static final int LEAST_KEY = -Float.floatToRawIntBits(Float.MAX_VALUE);

    private int[] keys = {};
    private float[] gradients = {};
    private float[] slopes = {};

    /**
     * Whether all windows of these images are in them.
     *
     * @param input {@code [samples, channels, height, width]}
     * @param output its pooling or the gradient of that, {@code [samples, channels, rows, columns]}
     * @param stride from window to window, down and to the right
     */
    public static boolean fits(final INDArray input, final INDArray output, final int... stride) {
        return (output.size(2) - 1) * stride[0] + SIDE <= input.size(2)
                && (output.size(3) - 1) * stride[1] + SIDE <= input.size(3);
    }

    /**
     * Computes the gradient of the input.
     *
     * @param input {@code [samples, channels, height, width]}, FLOAT, in c order without gaps
     * @param outputGradient {@code [samples, channels, rows, columns]}, likewise
     * @param stride from window to window, down and to the right
     * @param inputGradient overwritten, of the input's shape, likewise
     * @throws IllegalArgumentException if an array is of another type or order, or of 2 GiB and more, if the shapes do
     *     not belong together, or if a window does not {@linkplain #fits fit}
     */
    public void gradient(
            final INDArray input, final INDArray outputGradient, final int[] stride, final INDArray inputGradient) {
        if (!fits(input, outputGradient, stride)) {
            throw new IllegalArgumentException("windows are out of the image: input=" + Arrays.toString(input.shape())
                    + ", output=" + Arrays.toString(outputGradient.shape()) + ", stride=" + Arrays.toString(stride));
        }
        if (input.size(0) != outputGradient.size(0)
                || input.size(1) != outputGradient.size(1)
                || !Arrays.equals(input.shape(), inputGradient.shape())) {
            throw new IllegalArgumentException("the shapes are not those of one pooling: input="
                    + Arrays.toString(input.shape()) + ", its gradient=" + Arrays.toString(inputGradient.shape())
                    + ", output=" + Arrays.toString(outputGradient.shape()));
        }
        final int width = size(input, 3);
        final int in = size(input, 2) * width;
        final int rows = size(outputGradient, 2);
        final int columns = size(outputGradient, 3);
        final int out = rows * columns;
        grow(in, out);
        final IntBuffer from = OwnMemory.floats(input).asIntBuffer();
        final FloatBuffer above = OwnMemory.floats(outputGradient).asFloatBuffer();
        final FloatBuffer into = OwnMemory.floats(inputGradient).asFloatBuffer();
        final int images = size(input, 0) * size(input, 1);
        for (int image = 0; image < images; image++) {
            from.get(image * in, keys, 0, in);
            above.get(image * out, slopes, 0, out);
            bitsToKeys(keys, in);
            Arrays.fill(gradients, 0, in, 0);
            distribute(width, rows, columns, stride[0] * width, stride[1]);
            into.put(image * in, gradients, 0, in);
        }
        Reference.reachabilityFence(input);
        Reference.reachabilityFence(outputGradient);
        Reference.reachabilityFence(inputGradient);
    }

    private static int size(final INDArray array, final int dimension) {
        return Math.toIntExact(array.size(dimension));
    }

    private void grow(final int in, final int out) {
        if (keys.length < in) {
            keys = new int[in];
            gradients = new float[in];
        }
        if (slopes.length < out) {
            slopes = new float[out];
        }
    }

    /**
     * Integers in the order of the floats of these bits, both zeros equal: C2 compares integers without branches, and
     * of random elements half the branches are mispredicted. Without conditions, so that C2 computes vectors.
     */
    private static void bitsToKeys(final int[] bits, final int n) {
        for (int i = 0; i < n; i++) {
            final int magnitude = bits[i] & MAGNITUDE;
            final int sign = bits[i] >> SIGN_BIT;
            final int nan = (INFINITY - magnitude) >> SIGN_BIT;
            final int key = (magnitude ^ sign) - sign;
            bits[i] = Math.max((key & ~nan) | (LEAST_KEY & nan), LEAST_KEY);
        }
    }

    /** All bits if {@code a < b}, else none. */
    private static int less(final int a, final int b) {
        return (int) (((long) a - b) >> Integer.SIZE);
    }

    /** Gives the slope of each window to its greatest element, of the keys of one image. */
    private void distribute(final int width, final int rows, final int columns, final int rowStep, final int step) {
        for (int row = 0, out = 0; row < rows; row++) {
            int i = row * rowStep;
            for (int column = 0; column < columns; column++, out++, i += step) {
                final int a = keys[i];
                final int b = keys[i + 1];
                final int c = keys[i + width];
                final int d = keys[i + width + 1];
                final int upper = i - less(a, b);
                final int lower = i + width - less(c, d);
                final int isLower = less(Math.max(a, b), Math.max(c, d));
                gradients[upper + ((lower - upper) & isLower)] += slopes[out];
            }
        }
    }
}
