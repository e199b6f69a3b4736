package org.shmarrays.dl4j;

import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer.AlgoMode;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer.BwdDataAlgo;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer.BwdFilterAlgo;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer.FwdAlgo;
import org.deeplearning4j.nn.gradient.Gradient;
import org.deeplearning4j.nn.layers.mkldnn.MKLDNNConvHelper;
import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** DL4J's helper of convolutions, which gets the arrays {@linkplain OneDnnLayers#inOrder in order}. */
final class OneDnnConvolution extends MKLDNNConvHelper {
    OneDnnConvolution() {
        super(DataType.FLOAT);
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
        return super.backpropGradient(
                OneDnnLayers.inOrder(input, ArrayType.BP_WORKING_MEM, workspaces),
                weights,
                bias,
                OneDnnLayers.inOrder(delta, ArrayType.BP_WORKING_MEM, workspaces),
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
