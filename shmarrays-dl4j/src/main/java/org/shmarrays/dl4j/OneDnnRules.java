package org.shmarrays.dl4j;

import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.layers.BaseLayer;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.nd4j.linalg.api.buffer.DataType;
import org.shmarrays.nd4j.MaxPooling;

/** Which configurations of layers compute without helper, and why. The list is the only one. */
final class OneDnnRules {
    /**
     * A rule.
     *
     * @param excludes whether it holds for a layer
     * @param reason a sentence
     */
    private record Rule(Predicate<Layer> excludes, String reason) {}

    private static final List<Rule> RULES = List.of(
            new Rule(layer -> Internals.dataType(layer) != DataType.FLOAT, "the helpers compute in float32 alone"),
            new Rule(
                    layer -> configuration(layer) instanceof BaseLayer base && base.getWeightNoise() != null,
                    "DL4J's backward pass with a helper keeps the noisy weights for the next gradient"),
            new Rule(
                    layer -> configuration(layer) instanceof ConvolutionLayer convolution
                            && Arrays.stream(convolution.getDilation()).anyMatch(dilation -> dilation != 1),
                    "ND4J computes dilated convolutions without oneDNN"),
            new Rule(
                    layer -> configuration(layer) instanceof BatchNormalization normalization
                            && normalization.isLockGammaBeta(),
                    "DL4J's helper of batch normalisation does not support a locked scale and shift"),
            new Rule(
                    layer -> configuration(layer) instanceof SubsamplingLayer pooling
                            && pooling.getPoolingType() != PoolingType.MAX,
                    "only max pooling computes its forward pass a second time"),
            new Rule(
                    layer -> configuration(layer) instanceof SubsamplingLayer pooling
                            && pooling.getCnn2dDataFormat() != CNN2DFormat.NCHW,
                    "the own backward pass of max pooling is for channels first"),
            new Rule(
                    layer -> configuration(layer) instanceof SubsamplingLayer pooling
                            && Arrays.stream(pooling.getDilation()).anyMatch(dilation -> dilation != 1),
                    "the own backward pass of max pooling is for windows without gaps"),
            new Rule(
                    layer -> configuration(layer) instanceof SubsamplingLayer pooling
                            && (Arrays.stream(pooling.getKernelSize()).anyMatch(side -> side != MaxPooling.SIDE)
                                    || Arrays.stream(pooling.getPadding()).anyMatch(padding -> padding != 0)),
                    "the own backward pass of max pooling is for windows of two by two, without padding"));

    private OneDnnRules() {}

    /** Why a layer computes without helper, as a sentence; null if it may have one. */
    static String reasonAgainst(final Layer layer) {
        return RULES.stream()
                .filter(rule -> rule.excludes().test(layer))
                .map(Rule::reason)
                .findFirst()
                .orElse(null);
    }

    private static org.deeplearning4j.nn.conf.layers.Layer configuration(final Layer layer) {
        return layer.conf().getLayer();
    }
}
