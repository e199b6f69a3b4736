package org.shmarrays.dl4j;

import java.util.Map;
import java.util.function.Supplier;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.learning.GradientUpdater;
import org.nd4j.linalg.learning.config.IUpdater;

/**
 * Stands where a variable's updater was in a joined graph: it hands the gradient to the step, and leaves zeros, so that
 * the subtraction that DL4J does next changes nothing. Its state is the shared one.
 */
final class GradientCollector implements GradientUpdater<IUpdater> {
    private final String variable;
    private final IUpdater updater;
    private final SameDiffStep step;
    private final INDArray collected;
    private final Supplier<Map<String, INDArray>> state;

    /**
     * A collector of a variable's gradients.
     *
     * @param updater the configuration
     * @param collected the variable's part of the flat gradient, in the variable's shape
     * @param state gives copies of the variable's parts of the state arrays, in the variable's shape
     */
    GradientCollector(
            final String variable,
            final IUpdater updater,
            final SameDiffStep step,
            final INDArray collected,
            final Supplier<Map<String, INDArray>> state) {
        this.variable = variable;
        this.updater = updater;
        this.step = step;
        this.collected = collected;
        this.state = state;
    }

    @Override
    public void applyUpdater(final INDArray gradient, final int iteration, final int epoch) {
        step.collect(variable);
        collected.assign(gradient);
        gradient.assign(0); // in mode HOGWILD DL4J stores what it has just read, as it does with each update
    }

    @Override
    public IUpdater getConfig() {
        return updater;
    }

    @Override
    public Map<String, INDArray> getState() {
        return state.get();
    }

    @Override
    public void setState(final Map<String, INDArray> newState, final boolean initialize) {
        throw refused();
    }

    @Override
    public void setStateViewArray(final INDArray view, final long[] shape, final char order, final boolean initialize) {
        throw refused();
    }

    private static IllegalStateException refused() {
        return new IllegalStateException("the updater's state is shared while the graph is joined; set it before the"
                + " graph joins, or after the training is closed");
    }
}
