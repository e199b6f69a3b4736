package org.shmarrays.dl4j;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.function.Function;
import java.util.function.Predicate;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.BaseLayer;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.gradient.Gradient;
import org.deeplearning4j.nn.layers.LayerHelper;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.nd4j.common.primitives.Pair;
import org.nd4j.common.util.ArrayUtil;
import org.nd4j.linalg.activations.impl.ActivationRReLU;
import org.nd4j.linalg.activations.impl.ActivationReLU;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.ops.transforms.Transforms;

/**
 * A trial of a layer's configuration, with a helper and without: both passes on two samples of a few pixels, by a twin
 * of the layer with random parameters, so that the layer itself notices nothing. The twin draws no random numbers: it
 * has no dropout.
 */
final class OneDnnCheck {
    /** Of the greatest value of an array. */
    private static final double TOLERANCE = 1e-4;

    /** The name of what a layer gives to the one below. */
    private static final String EPSILON = "epsilon";

    private static final int SAMPLES = 2;
    private static final int CHANNELS_OF_POOLING = 3;
    private static final long SEED = 20261201;

    private OneDnnCheck() {}

    /**
     * How a layer with a helper differs from itself without, as a part of a sentence; null if it does not.
     *
     * @param helper makes a helper of a layer
     */
    static String difference(final Layer layer, final Function<Layer, LayerHelper> helper) {
        return difference(layer, helper, name -> true);
    }

    /** {@link #difference}, but for what is given to the layer below. */
    static String differenceOfGradients(final Layer layer, final Function<Layer, LayerHelper> helper) {
        return difference(layer, helper, name -> !name.equals(EPSILON));
    }

    private static String difference(
            final Layer layer, final Function<Layer, LayerHelper> helper, final Predicate<String> isCompared) {
        final NeuralNetConfiguration configuration = layer.conf().clone();
        final org.deeplearning4j.nn.conf.layers.Layer tried = configuration.getLayer();
        tried.setIDropout(null);
        if (tried instanceof BaseLayer base && base.getActivationFn() instanceof ActivationRReLU) {
            base.setActivationFn(new ActivationReLU());
        }
        final Random random = new Random(SEED);
        final long parameters = tried.initializer().numParams(configuration);
        final Layer twin =
                tried.instantiate(configuration, null, 0, parameters(random, parameters), false, DataType.FLOAT);
        if (parameters > 0) {
            twin.setBackpropGradientsViewArray(Nd4j.create(DataType.FLOAT, 1, parameters));
        }
        final INDArray input = input(random, tried);
        final Map<String, INDArray> expected = passes(twin, input);
        Internals.setHelper(twin, helper.apply(twin));
        final Map<String, INDArray> actual = passes(twin, input);
        if (Internals.helperFailures(twin) > 0) {
            return "the helper has thrown an exception";
        }
        for (final Map.Entry<String, INDArray> array : expected.entrySet()) {
            final double difference = difference(array.getValue(), actual.get(array.getKey()));
            if (isCompared.test(array.getKey()) && !(difference <= TOLERANCE)) { // NaN differs too
                return "array=" + array.getKey() + ", difference=" + difference + " of the greatest value";
            }
        }
        return null;
    }

    /** The greatest difference of two elements, in parts of the greatest expected value. */
    private static double difference(final INDArray expected, final INDArray actual) {
        final double difference = expected.sub(actual).amaxNumber().doubleValue();
        return difference == 0 ? 0 : difference / expected.amaxNumber().doubleValue();
    }

    /** What a layer computes: activations, what it gives to the layer below, its gradients. */
    private static Map<String, INDArray> passes(final Layer layer, final INDArray input) {
        final LayerWorkspaceMgr workspaces = LayerWorkspaceMgr.noWorkspaces();
        final Map<String, INDArray> arrays = new LinkedHashMap<>();
        layer.setInput(input, workspaces);
        arrays.put("output", layer.activate(false, workspaces).dup());
        final INDArray activations = layer.activate(true, workspaces);
        arrays.put("activations", activations.dup());
        final INDArray slopes = positive(new Random(SEED), activations.shape()).subi(1);
        final Pair<Gradient, INDArray> backward = layer.backpropGradient(slopes, workspaces);
        arrays.put(EPSILON, backward.getSecond().dup());
        backward.getFirst().gradientForVariable().forEach((name, gradient) -> arrays.put(name, gradient.dup()));
        return arrays;
    }

    private static INDArray parameters(final Random random, final long count) {
        return count == 0 ? null : positive(random, 1, count);
    }

    /** Values of both signs. In a pooling's windows several are equal: zeros and others, maxima and others. */
    private static INDArray input(final Random random, final org.deeplearning4j.nn.conf.layers.Layer layer) {
        final INDArray values = positive(random, inputShape(layer)).subi(1);
        return layer instanceof SubsamplingLayer
                ? Transforms.floor(values.muli(4), false).divi(4)
                : values;
    }

    /** The smallest image on which a kernel has three places in one direction, and four in the other. */
    private static long[] inputShape(final org.deeplearning4j.nn.conf.layers.Layer layer) {
        if (layer instanceof ConvolutionLayer convolution) {
            return shape(
                    convolution.getCnn2dDataFormat(),
                    convolution.getNIn(),
                    size(convolution.getKernelSize(), convolution.getStride(), convolution.getPadding(), 0),
                    size(convolution.getKernelSize(), convolution.getStride(), convolution.getPadding(), 1));
        } else if (layer instanceof SubsamplingLayer pooling) {
            return shape(
                    pooling.getCnn2dDataFormat(),
                    CHANNELS_OF_POOLING,
                    size(pooling.getKernelSize(), pooling.getStride(), pooling.getPadding(), 0),
                    size(pooling.getKernelSize(), pooling.getStride(), pooling.getPadding(), 1));
        }
        final BatchNormalization normalization = (BatchNormalization) layer;
        return shape(normalization.getCnn2DFormat(), normalization.getNOut(), 3, 4);
    }

    private static long size(final int[] kernel, final int[] strides, final int[] padding, final int dimension) {
        final int stride = strides[dimension];
        long size = kernel[dimension] + (2 + dimension) * stride - 2 * padding[dimension];
        while (size < 1) {
            size += stride;
        }
        return size;
    }

    private static long[] shape(final CNN2DFormat format, final long channels, final long height, final long width) {
        return format == CNN2DFormat.NCHW
                ? new long[] {SAMPLES, channels, height, width}
                : new long[] {SAMPLES, height, width, channels};
    }

    /** Values between 0.5 and 1.5, as a variance may have them. */
    private static INDArray positive(final Random random, final long... shape) {
        final float[] values = new float[Math.toIntExact(ArrayUtil.prodLong(shape))];
        for (int i = 0; i < values.length; i++) {
            values[i] = 0.5f + random.nextFloat();
        }
        return Nd4j.createFromArray(values).reshape(shape);
    }
}
