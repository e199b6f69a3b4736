package org.shmarrays.dl4j;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.api.layers.LayerConstraint;
import org.deeplearning4j.nn.conf.BackpropType;
import org.deeplearning4j.nn.conf.GradientNormalization;
import org.deeplearning4j.nn.gradient.DefaultGradient;
import org.deeplearning4j.nn.gradient.Gradient;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.updater.BaseMultiLayerUpdater;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.DataSet;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.regularization.Regularization;
import org.shmarrays.layout.AliasSpec;
import org.shmarrays.layout.Printable;

/**
 * The gradient of a batch as DL4J's own updater has it before it applies Sgd, Adam or another (BaseMultiLayerUpdater
 * and UpdaterBlock): the sum that backpropagation leaves, divided by the batch's size, normalised or clipped, with L1
 * and L2 regularisation added, each as configured. What DL4J does after that a push can't do: weight decay and
 * constraints are refused.
 *
 * <p>A few parameters are statistics, like BatchNormalization's mean and variance: what backpropagation leaves for them
 * is no gradient but a decrease to be applied as it is.
 */
final class BatchGradient {
    private final MultiLayerNetwork network;
    private final Map<String, Parameter> parameters = new LinkedHashMap<>();
    private INDArray flat;

    /** A parameter with its part of the gradient. */
    private record Parameter(Layer layer, String name, AliasSpec alias, INDArray value, INDArray slope) {
        boolean isStatistic() {
            return !layer.updaterDivideByMinibatch(name);
        }
    }

    /**
     * The gradient of an initialised network.
     *
     * @throws IllegalArgumentException if its configuration asks for something that a push can't do
     */
    BatchGradient(final MultiLayerNetwork network) {
        this.network = network;
        if (network.getLayerWiseConfigurations().getBackpropType() == BackpropType.TruncatedBPTT) {
            throw refused("truncated backpropagation through time updates several times a batch");
        }
        for (final Layer layer : network.getLayers()) {
            final List<LayerConstraint> constraints = layer.conf().getLayer().getConstraints();
            if (constraints != null && !constraints.isEmpty()) {
                throw refused("constraints change parameters after the update");
            }
            for (final String name : layer.paramTable(false).keySet()) {
                for (final Regularization regularization : regularizations(layer, name)) {
                    if (regularization.applyStep() == Regularization.ApplyStep.POST_UPDATER) {
                        throw refused("weight decay comes after the updater; L2 does the same for Sgd");
                    }
                }
            }
        }
        network.initGradientsView();
        slice();
    }

    private static IllegalArgumentException refused(final String reason) {
        return new IllegalArgumentException("gradients of this configuration can't be pushed, because " + reason
                + "; change it, or train in mode HOGWILD with the network's own fit");
    }

    private static List<Regularization> regularizations(final Layer layer, final String parameter) {
        final List<Regularization> some = layer.getConfig().getRegularizationByParam(parameter);
        return some == null ? List.of() : some;
    }

    private void slice() {
        flat = network.getFlattenedGradients();
        final INDArray vector = vector();
        final Map<String, INDArray> values = network.paramTable();
        for (final AliasSpec alias : NetworkLayout.aliases(network)) {
            final int separator = alias.name().indexOf('_');
            final Layer layer = network.getLayer(Integer.parseInt(alias.name().substring(0, separator)));
            final long first = alias.elementOffset();
            final long[] shape =
                    java.util.Arrays.stream(alias.shape()).asLongStream().toArray();
            final INDArray slope = vector.get(NDArrayIndex.interval(first, first + alias.elementCount()))
                    .reshape(alias.order().symbol(), shape);
            parameters.put(
                    alias.name(),
                    new Parameter(
                            layer, alias.name().substring(separator + 1), alias, values.get(alias.name()), slope));
        }
    }

    /** The whole gradient as a vector: DL4J's own memory, which the next batch overwrites. */
    INDArray vector() {
        return flat.reshape(flat.length());
    }

    /** Parts of the gradient by parameter: of those that are statistics, or of those that are not. */
    Map<String, INDArray> parts(final boolean statistics) {
        final Map<String, INDArray> parts = new LinkedHashMap<>();
        parameters.forEach((name, parameter) -> {
            if (parameter.isStatistic() == statistics) {
                parts.put(name, parameter.slope());
            }
        });
        return parts;
    }

    /**
     * The updater that the configuration has for all parameters that are no statistics.
     *
     * @throws IllegalArgumentException if there are several
     */
    IUpdater updater() {
        IUpdater updater = null;
        for (final Parameter parameter : parameters.values()) {
            final IUpdater own = parameter.layer().getConfig().getUpdaterByParam(parameter.name());
            if (!parameter.isStatistic() && updater != null && !updater.equals(own)) {
                throw new IllegalArgumentException("parameters have different updaters: " + updater + " and " + own
                        + " of " + Printable.text(parameter.alias().name()) + "; give push one for all");
            }
            updater = parameter.isStatistic() ? updater : own;
        }
        return updater;
    }

    /** Computes score and gradient of a batch with the parameters as they are. */
    double compute(final DataSet batch) {
        network.setInput(batch.getFeatures());
        network.setLabels(batch.getLabels());
        network.setLayerMaskArrays(batch.getFeaturesMaskArray(), batch.getLabelsMaskArray());
        try {
            network.computeGradientAndScore();
            if (network.getFlattenedGradients() != flat) {
                slice();
            }
            if (network.conf().isMiniBatch()) {
                divide(network.batchSize());
            }
            normalize();
            regularize();
            return network.score();
        } finally {
            network.clearLayerMaskArrays();
            network.clearLayersStates();
        }
    }

    private void divide(final int batchSize) {
        if (parameters.values().stream().noneMatch(Parameter::isStatistic)) {
            flat.divi(batchSize);
            return;
        }
        for (final Parameter parameter : parameters.values()) {
            if (!parameter.isStatistic()) {
                parameter.slope().divi(batchSize);
            }
        }
    }

    private void normalize() {
        for (final Layer layer : network.getLayers()) {
            final GradientNormalization normalization =
                    layer.numParams() == 0 ? null : layer.getConfig().getGradientNormalization();
            if (normalization != null && normalization != GradientNormalization.None) {
                final Gradient slopes = new DefaultGradient();
                parameters.values().stream()
                        .filter(parameter -> parameter.layer() == layer)
                        .forEach(parameter -> slopes.setGradientFor(parameter.name(), parameter.slope()));
                ((BaseMultiLayerUpdater<?>) network.getUpdater()).preApply(layer, slopes, network.getIterationCount());
            }
        }
    }

    private void regularize() {
        for (final Parameter parameter : parameters.values()) {
            for (final Regularization regularization : regularizations(parameter.layer(), parameter.name())) {
                // L1 and L2 take no learning rate.
                regularization.apply(
                        parameter.value(),
                        parameter.slope(),
                        Double.NaN,
                        network.getIterationCount(),
                        network.getEpochCount());
            }
        }
    }
}
