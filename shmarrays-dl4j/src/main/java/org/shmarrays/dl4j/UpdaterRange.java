package org.shmarrays.dl4j;

import java.util.ArrayList;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.NoOp;
import org.nd4j.linalg.learning.regularization.Regularization;
import org.shmarrays.nd4j.UpdaterKernels;
import org.shmarrays.nd4j.UpdaterSlice;
import org.shmarrays.nd4j.UpdaterSlice.Objective;
import org.shmarrays.nd4j.UpdaterSlice.Regularized;

/**
 * Consecutive parameters with the same updater, as in DL4J's UpdaterBlock. Indices count elements of the network's flat
 * array of parameters.
 *
 * @param from index of the first element
 * @param to index after the last element
 * @param updater the configuration of the updater
 * @param stateCount number of the updater's state arrays
 * @param stateOffset index, in DL4J's flat updater state, of the first element of the range's first state array; the
 *     state arrays follow each other there, each {@code to - from} elements long
 * @param pretrained whether {@code fit} applies what backpropagation leaves for the parameters as it is, because they
 *     are trained by layer-wise pretraining only, or are variables of a graph that get no gradient
 * @param parameters the parameters in ascending order; they cover the range
 */
record UpdaterRange(
        int from,
        int to,
        IUpdater updater,
        int stateCount,
        long stateOffset,
        boolean pretrained,
        List<Parameter> parameters) {

    /** A parameter's elements, and its regularisations in the order in which DL4J applies them. */
    record Parameter(int from, int to, List<Regularization> regularizations) {}

    /** The same range with another updater of the same kind. */
    UpdaterRange with(final IUpdater other) {
        return new UpdaterRange(from, to, other, stateCount, stateOffset, pretrained, parameters);
    }

    /**
     * A part of the range as a slice to be updated.
     *
     * @param first index of the part's first element, not below {@code from}
     * @param values the part of the parameters, {@code [n]}, of which the last element's index is below {@code to}
     * @param gradient the part of the gradient, {@code [n]}
     * @param states the parts of the state arrays, {@code [n]} each; there may be more than {@code stateCount}
     */
    UpdaterSlice slice(
            final int first,
            final INDArray values,
            final INDArray gradient,
            final List<INDArray> states,
            final Objective objective,
            final UpdaterKernels kernels) {
        if (pretrained) {
            return new UpdaterSlice(new NoOp(), values, gradient, List.of(), List.of(), objective, kernels);
        }
        final int end = first + Math.toIntExact(values.length());
        final List<Regularized> regularized = new ArrayList<>();
        for (final Parameter parameter : parameters) {
            final int start = Math.max(first, parameter.from());
            final int stop = Math.min(end, parameter.to());
            if (start < stop && !parameter.regularizations().isEmpty()) {
                regularized.add(new Regularized(start - first, stop - first, parameter.regularizations()));
            }
        }
        return new UpdaterSlice(
                updater, values, gradient, states.subList(0, stateCount), regularized, objective, kernels);
    }
}
