package org.shmarrays.dl4j;

import java.util.Arrays;
import java.util.function.BooleanSupplier;
import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer.AlgoMode;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer.BwdDataAlgo;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer.BwdFilterAlgo;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer.FwdAlgo;
import org.deeplearning4j.nn.gradient.DefaultGradient;
import org.deeplearning4j.nn.gradient.Gradient;
import org.deeplearning4j.nn.layers.convolution.ConvolutionLayer;
import org.deeplearning4j.nn.layers.mkldnn.MKLDNNConvHelper;
import org.deeplearning4j.nn.params.ConvolutionParamInitializer;
import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.shmarrays.nd4j.ConvolutionGradient;

/**
 * DL4J's helper of convolutions, which gets the arrays {@linkplain OneDnnLayers#inOrder in order}, and computes each
 * convolution once: DL4J's layer computes that of the forward pass again in the backward pass, unless it finds a result
 * in its field {@code preOutput}. Here a forward pass in training leaves a copy there, and each other pass leaves
 * nothing.
 *
 * <p>Of a network's lowest layer no one reads the gradient of the input in a step. There the two others are computed by
 * {@link ConvolutionGradient}, where that is possible: DL4J's helper computes all three.
 */
final class OneDnnConvolution extends MKLDNNConvHelper {
    private final ConvolutionLayer layer;

    private final ConvolutionGradient gradient = new ConvolutionGradient();

    /** Whether the gradient of the input that is computed now is not used. */
    private BooleanSupplier discardsInputGradient = () -> false;

    /** Memory for the result of a forward pass, as large as the largest one. */
    private INDArray memory;

    OneDnnConvolution(final ConvolutionLayer layer) {
        super(DataType.FLOAT);
        this.layer = layer;
    }

    /**
     * Whether a layer's gradients of weights and bias can be computed without that of the input: by {@link
     * ConvolutionGradient}.
     */
    static boolean canDiscardInputGradient(final ConvolutionLayer layer) {
        final org.deeplearning4j.nn.conf.layers.ConvolutionLayer configuration =
                (org.deeplearning4j.nn.conf.layers.ConvolutionLayer)
                        layer.conf().getLayer();
        return configuration.getCnn2dDataFormat() == CNN2DFormat.NCHW
                && Arrays.stream(configuration.getStride()).allMatch(stride -> stride == 1)
                && ConvolutionGradient.isPossible(
                        layer.getParam(ConvolutionParamInitializer.WEIGHT_KEY).length());
    }

    /** Gives zeros for the gradient of the input while this is true. */
    void discardInputGradient(final BooleanSupplier isUnused) {
        discardsInputGradient = isUnused;
    }

    /** DL4J calls this after {@link #preOutput} in each forward pass, and in no backward pass. */
    @Override
    public INDArray activate(final INDArray z, final IActivation function, final boolean training) {
        Internals.setPreOutput(layer, training ? copy(z) : null); // the function may compute in z's own memory
        return super.activate(z, function, training);
    }

    private INDArray copy(final INDArray z) {
        if (memory == null || memory.length() < z.length()) {
            memory = Nd4j.createUninitializedDetached(DataType.FLOAT, z.length());
        }
        return memory.get(NDArrayIndex.interval(0, z.length()))
                .reshape(z.shape())
                .assign(z);
    }

    @Override
    public INDArray preOutput(
            final INDArray input,
            final INDArray weights,
            final INDArray bias,
            final int[] kernel,
            final int[] strides,
            final int[] padding,
            final AlgoMode mode,
            final FwdAlgo algorithm,
            final ConvolutionMode convolutionMode,
            final int[] dilation,
            final CNN2DFormat format,
            final LayerWorkspaceMgr workspaces) {
        return super.preOutput(
                OneDnnLayers.inOrder(input, ArrayType.FF_WORKING_MEM, workspaces),
                weights,
                bias,
                kernel,
                strides,
                padding,
                mode,
                algorithm,
                convolutionMode,
                dilation,
                format,
                workspaces);
    }

    @Override
    public Pair<Gradient, INDArray> backpropGradient(
            final INDArray input,
            final INDArray weights,
            final INDArray bias,
            final INDArray delta,
            final int[] kernel,
            final int[] strides,
            final int[] padding,
            final INDArray biasGradient,
            final INDArray weightGradient,
            final IActivation activation,
            final AlgoMode mode,
            final BwdFilterAlgo filterAlgorithm,
            final BwdDataAlgo dataAlgorithm,
            final ConvolutionMode convolutionMode,
            final int[] dilation,
            final CNN2DFormat format,
            final LayerWorkspaceMgr workspaces) {
        Internals.setPreOutput(layer, null);
        final INDArray images = OneDnnLayers.inOrder(input, ArrayType.BP_WORKING_MEM, workspaces);
        final INDArray slopes = OneDnnLayers.inOrder(delta, ArrayType.BP_WORKING_MEM, workspaces);
        if (discardsInputGradient.getAsBoolean()) {
            gradient.compute(images, slopes, padding, weightGradient, biasGradient);
            final Gradient gradients = new DefaultGradient();
            if (biasGradient != null) {
                gradients.setGradientFor(ConvolutionParamInitializer.BIAS_KEY, biasGradient);
            }
            gradients.setGradientFor(ConvolutionParamInitializer.WEIGHT_KEY, weightGradient);
            return new Pair<>(
                    gradients, workspaces.create(ArrayType.ACTIVATION_GRAD, images.dataType(), images.shape(), 'c'));
        }
        return super.backpropGradient(
                images,
                weights,
                bias,
                slopes,
                kernel,
                strides,
                padding,
                biasGradient,
                weightGradient,
                activation,
                mode,
                filterAlgorithm,
                dataAlgorithm,
                convolutionMode,
                dilation,
                format,
                workspaces);
    }
}
