package org.shmarrays.dl4j;

import java.util.function.BooleanSupplier;
import org.deeplearning4j.nn.gradient.DefaultGradient;
import org.deeplearning4j.nn.gradient.Gradient;
import org.deeplearning4j.nn.layers.feedforward.dense.DenseLayer;
import org.deeplearning4j.nn.params.DefaultParamInitializer;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * Takes the place of a {@link DenseLayer} while its network is joined, and computes the same numbers with fewer matrix
 * products. Of the four that DL4J makes in a step, for {@code x [batch, in]}, {@code W [in, out]}, {@code z = xW + b}
 * and {@code δ = ∂L/∂z}:
 *
 * <ul>
 *   <li>{@code z} of the forward pass: made;
 *   <li>{@code z} of the backward pass, which DL4J computes again: here a copy of the first one;
 *   <li>{@code ∂L/∂W = xᵀδ}: made;
 *   <li>{@code ∂L/∂x = δWᵀ}: made unless the layer's input is the network's, or that of frozen layers: then no
 *       code reads it in a step.
 * </ul>
 *
 * <p>For the thread that trains.
 */
final class LeanDenseLayer extends DenseLayer {
    private static final long serialVersionUID = 1;

    private final transient DenseLayer replaced;
    private final transient BooleanSupplier discardsInputGradient;

    /** Memory for {@code z}, as large as the largest batch. */
    private transient INDArray memory;

    /** {@code z} of the last forward pass in training, and the input that it is of; null if there is none. */
    private transient INDArray z;

    private transient INDArray inputOfZ;

    /**
     * A layer with the parameters, the gradient's memory and the state of another one.
     *
     * @param discardsInputGradient whether the gradient of the input that is computed now is not used
     */
    LeanDenseLayer(final DenseLayer replaced, final DataType type, final BooleanSupplier discardsInputGradient) {
        super(replaced.conf(), type);
        this.replaced = replaced;
        this.discardsInputGradient = discardsInputGradient;
        setListeners(replaced.getListeners());
        setIndex(replaced.getIndex());
        setCacheMode(replaced.getCacheMode());
        allowInputModification(replaced.isInputModificationAllowed());
        setIterationCount(replaced.getIterationCount());
        setEpochCount(replaced.getEpochCount());
        setParamsViewArray(replaced.params());
        setParamTable(replaced.paramTable());
        setBackpropGradientsViewArray(replaced.getGradientsViewArray());
    }

    /**
     * Whether a layer is of DL4J's own class and computes what is computed here: neither noise in the weights, nor a
     * normalisation, which needs what is computed between.
     */
    static boolean canReplace(final org.deeplearning4j.nn.api.Layer layer) {
        return layer.getClass() == DenseLayer.class
                && !((DenseLayer) layer).hasLayerNorm()
                && ((DenseLayer) layer).layerConf().getWeightNoise() == null;
    }

    /** The layer whose place this one has. */
    DenseLayer replaced() {
        return replaced;
    }

    @Override
    protected Pair<INDArray, INDArray> preOutputWithPreNorm(
            final boolean training, final boolean forBackprop, final LayerWorkspaceMgr workspaces) {
        if (forBackprop && z != null && inputOfZ == input) {
            final INDArray kept = z;
            forget(); // an activation function may compute its gradient in the same memory
            return new Pair<>(kept, kept);
        }
        final Pair<INDArray, INDArray> computed = super.preOutputWithPreNorm(training, forBackprop, workspaces);
        if (training && !forBackprop) {
            keep(computed.getFirst()); // the activation function computes in the memory of the first one
        }
        return computed;
    }

    private void keep(final INDArray computed) {
        final long length = computed.length();
        if (memory == null || memory.length() < length || memory.dataType() != computed.dataType()) {
            memory = Nd4j.createUninitializedDetached(computed.dataType(), length);
        }
        z = memory.get(NDArrayIndex.interval(0, length)).reshape(computed.ordering(), computed.shape());
        z.assign(computed);
        inputOfZ = input;
    }

    private void forget() {
        z = null;
        inputOfZ = null;
    }

    @Override
    public Pair<Gradient, INDArray> backpropGradient(final INDArray epsilon, final LayerWorkspaceMgr workspaces) {
        if (!discardsInputGradient.getAsBoolean()) {
            return super.backpropGradient(epsilon, workspaces);
        }
        assertInputSet(true);
        final INDArray before = preOutputWithPreNorm(true, true, workspaces).getFirst();
        final INDArray delta =
                layerConf().getActivationFn().backprop(before, epsilon).getFirst();
        if (maskArray != null) {
            applyMask(delta);
        }
        final Gradient gradient = new DefaultGradient();
        if (hasBias()) {
            final INDArray bias = gradientViews.get(DefaultParamInitializer.BIAS_KEY);
            delta.sum(bias, 0);
            gradient.setGradientFor(DefaultParamInitializer.BIAS_KEY, bias);
        }
        final INDArray weights = gradientViews.get(DefaultParamInitializer.WEIGHT_KEY);
        Nd4j.gemm(input.castTo(weights.dataType()), delta, weights, true, false, 1, 0);
        gradient.setGradientFor(DefaultParamInitializer.WEIGHT_KEY, weights);
        return new Pair<>(gradient, null);
    }

    @Override
    public void clear() {
        super.clear();
        forget();
    }
}
