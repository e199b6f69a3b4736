package org.shmarrays.nd4j;

import java.lang.ref.Reference;
import java.nio.FloatBuffer;
import java.util.Arrays;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.shmarrays.internal.kernel.ProductSums;

/**
 * The gradients of the weights and the bias of a convolution with a stride of 1, of images in float32, channels first,
 * without that of its input: ND4J's {@code conv2d_bp} computes all three. A weight's gradient is the sum of products of
 * the output's gradient with the image, shifted by the weight's place in the kernel:
 *
 * <pre>
 * ∂L/∂W[o, c, y, x] = Σ δ[n, o, i, j] · image[n, c, i + y, j + x]
 * </pre>
 *
 * <p>Rows of δ are laid out as long as rows of the image, with zeros at their ends, so that a shift is one distance in
 * memory for all rows, and the sum goes through both planes without a break. It is for few weights, as a network's
 * first layer has them. For one thread at a time.
 */
public final class ConvolutionGradient {
    private static final int GROUP = ProductSums.LEFT * ProductSums.RIGHT;
    private static final int MOST_WEIGHTS = 1 << 14;
    private static final int[] NONE = {};

    private long[] inputShape = {0};
    private long[] outputShape = {0};
    private long[] weightShape = {};
    private int[] padding = NONE;

    /** Of the image with its padding, as far as the kernel reaches. */
    private int height;

    private int width;

    /** Elements of a plane of {@link #slopes}. */
    private int planeLength;

    private float[] image;

    /** Of as many maps as are computed at a time. */
    private float[] slopes;

    /** A plane as it is in the INDArray. */
    private float[] plane;

    /** Where a weight's image begins. The last one is repeated to the end of its group. */
    private int[] shifts;

    private float[] sums;
    private float[] biasSums;

    /** Whether kernels compute here, and for so many weights. */
    public static boolean isPossible(final long weights) {
        return ProductSums.isAvailable() && weights <= MOST_WEIGHTS;
    }

    /**
     * Computes the gradients.
     *
     * @param input {@code [samples, channels, height, width]}, FLOAT, in c order without gaps, as all others
     * @param outputGradient {@code [samples, maps, rows, columns]}
     * @param padding rows above the image, and columns left of it
     * @param weightGradient overwritten, {@code [maps, channels, kernel height, kernel width]}
     * @param biasGradient overwritten, of as many elements as there are maps; null if there is no bias
     * @throws IllegalArgumentException if an array is of another type or order, or of 2 GiB and more, or the shapes do
     *     not belong together
     */
    public void compute(
            final INDArray input,
            final INDArray outputGradient,
            final int[] padding,
            final INDArray weightGradient,
            final INDArray biasGradient) {
        check(input, outputGradient, weightGradient, biasGradient);
        prepare(input.shape(), outputGradient.shape(), weightGradient.shape(), padding);
        final FloatBuffer images = OwnMemory.floats(input).asFloatBuffer();
        final FloatBuffer above = OwnMemory.floats(outputGradient).asFloatBuffer();
        Arrays.fill(sums, 0);
        Arrays.fill(biasSums, 0);
        final int samples = Math.toIntExact(inputShape[0]);
        for (int n = 0; n < samples; n++) {
            loadImage(images, n);
            addSample(above, n);
        }
        OwnMemory.floats(weightGradient).asFloatBuffer().put(weights());
        if (biasGradient != null) {
            OwnMemory.floats(biasGradient).asFloatBuffer().put(biases());
        }
        Reference.reachabilityFence(input);
        Reference.reachabilityFence(outputGradient);
        Reference.reachabilityFence(weightGradient);
        Reference.reachabilityFence(biasGradient);
    }

    private static void check(
            final INDArray input,
            final INDArray outputGradient,
            final INDArray weightGradient,
            final INDArray biasGradient) {
        if (input.rank() != 4
                || outputGradient.rank() != 4
                || weightGradient.rank() != 4
                || input.size(0) != outputGradient.size(0)
                || input.size(1) != weightGradient.size(1)
                || outputGradient.size(1) != weightGradient.size(0)
                || biasGradient != null && biasGradient.length() != outputGradient.size(1)) {
            throw new IllegalArgumentException("the shapes are not those of one convolution: input="
                    + Arrays.toString(input.shape()) + ", output=" + Arrays.toString(outputGradient.shape())
                    + ", weights=" + Arrays.toString(weightGradient.shape()) + ", bias="
                    + (biasGradient == null ? null : Arrays.toString(biasGradient.shape())));
        }
    }

    /** Lays out the memory, unless it is that of the shapes already, whatever the number of samples. */
    private void prepare(final long[] input, final long[] output, final long[] weights, final int... newPadding) {
        final boolean isPrepared = Arrays.equals(input, 1, input.length, inputShape, 1, inputShape.length)
                && Arrays.equals(output, 1, output.length, outputShape, 1, outputShape.length)
                && Arrays.equals(weights, weightShape)
                && Arrays.equals(newPadding, padding);
        inputShape = input;
        outputShape = output;
        weightShape = weights;
        if (isPrepared) {
            return;
        }
        padding = NONE; // until the memory is laid out
        final int lanes = ProductSums.lanes();
        final int kernelHeight = Math.toIntExact(weights[2]);
        final int kernelWidth = Math.toIntExact(weights[3]);
        height = rows() + kernelHeight - 1;
        width = columns() + kernelWidth - 1;
        planeLength = -Math.floorDiv(-rows() * width, lanes) * lanes;
        final int maps = maps();
        final int mapPairs = -Math.floorDiv(-maps, ProductSums.LEFT);
        final int groups = -Math.floorDiv(-weightsOfMap(), ProductSums.RIGHT);
        image = new float[channels() * height * width + width + lanes]; // the last shift goes over the end
        slopes = new float[ProductSums.LEFT * planeLength];
        plane = new float[Math.max(imageHeight() * imageWidth(), rows() * columns())];
        sums = new float[mapPairs * groups * GROUP * lanes];
        biasSums = new float[maps * lanes];
        shifts = new int[groups * ProductSums.RIGHT];
        for (int i = 0; i < shifts.length; i++) {
            final int weight = Math.min(i, weightsOfMap() - 1);
            final int x = weight % kernelWidth;
            final int y = weight / kernelWidth % kernelHeight;
            final int channel = weight / kernelWidth / kernelHeight;
            shifts[i] = (channel * height + y) * width + x;
        }
        padding = newPadding.clone();
    }

    private int channels() {
        return Math.toIntExact(inputShape[1]);
    }

    private int imageHeight() {
        return Math.toIntExact(inputShape[2]);
    }

    private int imageWidth() {
        return Math.toIntExact(inputShape[3]);
    }

    private int maps() {
        return Math.toIntExact(outputShape[1]);
    }

    private int rows() {
        return Math.toIntExact(outputShape[2]);
    }

    private int columns() {
        return Math.toIntExact(outputShape[3]);
    }

    private int weightsOfMap() {
        return Math.toIntExact(weightShape[1] * weightShape[2] * weightShape[3]);
    }

    private void loadImage(final FloatBuffer images, final int n) {
        final int length = channels() * imageHeight() * imageWidth();
        if (imageHeight() == height && imageWidth() == width && padding[0] == 0 && padding[1] == 0) {
            images.get(n * length, image, 0, length);
            return;
        }
        final int imageLength = imageHeight() * imageWidth();
        final int rows = Math.min(imageHeight(), height - padding[0]);
        final int columns = Math.min(imageWidth(), width - padding[1]);
        for (int channel = 0; channel < channels(); channel++) {
            images.get(n * length + channel * imageLength, plane, 0, imageLength);
            for (int row = 0; row < rows; row++) {
                final int to = (channel * height + row + padding[0]) * width + padding[1];
                System.arraycopy(plane, row * imageWidth(), image, to, columns);
            }
        }
    }

    /** Pair of maps by pair, so that it needs no more memory for many maps. */
    private void addSample(final FloatBuffer above, final int n) {
        final int lanes = ProductSums.lanes();
        int index = 0;
        for (int map = 0; map < maps(); map += ProductSums.LEFT) {
            for (int i = 0; i < ProductSums.LEFT; i++) {
                loadSlopes(above, n, map + i, i * planeLength);
            }
            for (int first = 0; first < shifts.length; first += ProductSums.RIGHT) {
                ProductSums.add(slopes, 0, planeLength, image, shifts, first, sums, index);
                index += GROUP * lanes;
            }
            for (int i = 0; i < ProductSums.LEFT && map + i < maps(); i++) {
                ProductSums.addElements(slopes, i * planeLength, planeLength, biasSums, (map + i) * lanes);
            }
        }
    }

    /** Those of a map, or zeros if there is none. */
    private void loadSlopes(final FloatBuffer above, final int n, final int map, final int to) {
        if (map >= maps()) {
            Arrays.fill(slopes, to, to + planeLength, 0);
            return;
        }
        final int columns = columns();
        final int length = rows() * columns;
        above.get((n * maps() + map) * length, plane, 0, length);
        for (int row = 0; row < rows(); row++) {
            System.arraycopy(plane, row * columns, slopes, to + row * width, columns);
        }
    }

    private float[] weights() {
        final int weightsOfMap = weightsOfMap();
        final int groups = shifts.length / ProductSums.RIGHT;
        final float[] weights = new float[maps() * weightsOfMap];
        for (int i = 0; i < weights.length; i++) {
            final int map = i / weightsOfMap;
            final int weight = i % weightsOfMap;
            final int group = map / ProductSums.LEFT * groups + weight / ProductSums.RIGHT;
            final int place = map % ProductSums.LEFT * ProductSums.RIGHT + weight % ProductSums.RIGHT;
            weights[i] = sum(sums, group * GROUP + place);
        }
        return weights;
    }

    private float[] biases() {
        final float[] biases = new float[maps()];
        for (int map = 0; map < biases.length; map++) {
            biases[map] = sum(biasSums, map);
        }
        return biases;
    }

    private static float sum(final float[] partial, final int ordinal) {
        final int lanes = ProductSums.lanes();
        float sum = 0;
        for (int i = ordinal * lanes; i < (ordinal + 1) * lanes; i++) {
            sum += partial[i];
        }
        return sum;
    }
}
