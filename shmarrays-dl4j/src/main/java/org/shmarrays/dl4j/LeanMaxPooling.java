package org.shmarrays.dl4j;

import java.util.Map;
import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.gradient.DefaultGradient;
import org.deeplearning4j.nn.gradient.Gradient;
import org.deeplearning4j.nn.layers.convolution.subsampling.SubsamplingHelper;
import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.shmarrays.nd4j.MaxPooling;

/**
 * The backward pass of a max pooling, in one pass over the memory; ND4J's operation computes the forward pass again for
 * it. DL4J computes the forward pass itself, by oneDNN, and also the backward pass if a window leaves the image:
 * a helper that returns null leaves a pass to the layer.
 */
final class LeanMaxPooling implements SubsamplingHelper {
    private final MaxPooling pooling = new MaxPooling();

    @Override
    public boolean checkSupported() {
        return true;
    }

    @Override
    public Map<String, Long> helperMemoryUse() {
        return Map.of();
    }

    @Override
    public INDArray activate(
            final INDArray input,
            final boolean training,
            final int[] kernel,
            final int[] strides,
            final int[] padding,
            final PoolingType type,
            final ConvolutionMode mode,
            final int[] dilation,
            final CNN2DFormat format,
            final LayerWorkspaceMgr workspaces) {
        return null;
    }

    @Override
    public Pair<Gradient, INDArray> backpropGradient(
            final INDArray input,
            final INDArray epsilon,
            final int[] kernel,
            final int[] strides,
            final int[] padding,
            final PoolingType type,
            final ConvolutionMode mode,
            final int[] dilation,
            final CNN2DFormat format,
            final LayerWorkspaceMgr workspaces) {
        if (!MaxPooling.fits(input, epsilon, strides)) {
            return null;
        }
        final INDArray gradient =
                workspaces.createUninitialized(ArrayType.ACTIVATION_GRAD, input.dataType(), input.shape(), 'c');
        pooling.gradient(
                OneDnnLayers.inOrder(input, ArrayType.BP_WORKING_MEM, workspaces),
                OneDnnLayers.inOrder(epsilon, ArrayType.BP_WORKING_MEM, workspaces),
                strides,
                gradient);
        return new Pair<>(new DefaultGradient(), gradient);
    }
}
