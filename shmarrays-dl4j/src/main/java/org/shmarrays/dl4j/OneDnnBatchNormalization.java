package org.shmarrays.dl4j;

import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.gradient.Gradient;
import org.deeplearning4j.nn.layers.mkldnn.MKLDNNBatchNormHelper;
import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * DL4J's helper of batch normalisation, made safe where it goes wrong, which is for arrays that are not {@linkplain
 * OneDnnLayers#inOrder in order}, and:
 *
 * <ul>
 *   <li>A backward pass that follows a forward pass in test mode, as in a {@code FrozenLayerWithBackprop}: the helper
 *       takes the statistics of the last batch in training mode. Here it leaves the backward pass to DL4J, and gives it
 *       the running statistics, by which that forward pass has normalised.
 *   <li>Inputs without height and width, of a layer with channels last: DL4J adds both as last dimensions, and the
 *       helper takes one of them for the channels. Here it leaves both passes to DL4J.
 * </ul>
 *
 * <p>Null is DL4J's way to say that a helper leaves a pass to the layer.
 */
final class OneDnnBatchNormalization extends MKLDNNBatchNormHelper {
    /** Whether the last forward pass was in training mode, and made here. */
    private boolean isOfBatch;

    /** The running statistics by which the last forward pass in test mode has normalised, each {@code [channels]}. */
    private INDArray runningMean;

    private INDArray runningVariance;

    OneDnnBatchNormalization() {
        super(DataType.FLOAT);
    }

    @Override
    public INDArray preOutput(
            final INDArray x,
            final boolean training,
            final long[] shape,
            final INDArray gamma,
            final INDArray beta,
            final INDArray mean,
            final INDArray variance,
            final double decay,
            final double epsilon,
            final CNN2DFormat format,
            final LayerWorkspaceMgr workspaces) {
        final boolean isPossible = x.size(format == CNN2DFormat.NCHW ? 1 : 3) == gamma.length();
        isOfBatch = training && isPossible;
        if (!isPossible) {
            return null;
        }
        if (!training) {
            runningMean = mean.reshape(mean.length()).detach(); // the backward pass may have another workspace
            runningVariance = variance.reshape(variance.length()).detach();
        }
        return super.preOutput(
                OneDnnLayers.inOrder(x, ArrayType.FF_WORKING_MEM, workspaces),
                training,
                shape,
                gamma,
                beta,
                mean,
                variance,
                decay,
                epsilon,
                format,
                workspaces);
    }

    @Override
    public Pair<Gradient, INDArray> backpropGradient(
            final INDArray input,
            final INDArray delta,
            final long[] shape,
            final INDArray gamma,
            final INDArray beta,
            final INDArray gammaGradient,
            final INDArray betaGradient,
            final double epsilon,
            final CNN2DFormat format,
            final LayerWorkspaceMgr workspaces) {
        return isOfBatch
                ? super.backpropGradient(
                        OneDnnLayers.inOrder(input, ArrayType.BP_WORKING_MEM, workspaces),
                        OneDnnLayers.inOrder(delta, ArrayType.BP_WORKING_MEM, workspaces),
                        shape,
                        gamma,
                        beta,
                        gammaGradient,
                        betaGradient,
                        epsilon,
                        format,
                        workspaces)
                : null;
    }

    @Override
    public INDArray getMeanCache(final DataType type) {
        return isOfBatch ? super.getMeanCache(type) : runningMean;
    }

    /** A copy of the running variance, because DL4J adds to it. */
    @Override
    public INDArray getVarCache(final DataType type) {
        return isOfBatch ? super.getVarCache(type) : runningVariance.dup();
    }
}
