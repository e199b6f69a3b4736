package org.shmarrays.dl4j;

import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.TrainingConfig;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.learning.GradientUpdater;

/**
 * A joined graph as one that trains alone: what is written to a file, and what listeners are shown. For the thread that
 * trains.
 */
final class SameDiffView {
    private final SameDiff graph;
    private final SameDiffParameters flat;
    private final SharedArrayHolder holder;
    private final SharedTrainingConfig config;
    private final SameDiffStep step;

    /**
     * A view of a graph.
     *
     * @param holder that the joined graph has
     * @param config that the joined graph has
     */
    SameDiffView(
            final SameDiff graph,
            final SameDiffParameters flat,
            final SharedArrayHolder holder,
            final SharedTrainingConfig config,
            final SameDiffStep step) {
        this.graph = graph;
        this.flat = flat;
        this.holder = holder;
        this.config = config;
        this.step = step;
    }

    /** What is done while a graph shows something. */
    interface Look {
        void run() throws IOException;
    }

    /** The graph holds these values, state and counts, as one that trains alone, while something looks at it. */
    void show(final INDArray values, final INDArray updaterState, final int iteration, final int epoch, final Look look)
            throws IOException {
        final List<INDArray> arrays = flat.stateArrays(updaterState);
        final var updaters = graph.getUpdaterMap();
        final Map<String, GradientUpdater<?>> collectors = new HashMap<>();
        for (final SameDiffVariable variable : flat.variables()) {
            collectors.put(variable.name(), updaters.get(variable.name()));
        }
        final TrainingConfig own = config.own();
        own.setIterationCount(iteration);
        own.setEpochCount(epoch);
        try {
            graph.setArrayHolders(
                    new SharedArrayHolder(holder, graph.getConstantArrays(), flat.variables(), values),
                    graph.getConstantArrays(),
                    false);
            for (final SameDiffVariable variable : flat.variables()) {
                updaters.put(
                        variable.name(),
                        new GradientCollector(
                                variable.name(), own.getUpdater(), step, null, () -> flat.states(variable, arrays)));
            }
            graph.setTrainingConfig(own);
            look.run();
        } finally {
            graph.setTrainingConfig(config);
            collectors.forEach(updaters::put);
            graph.setArrayHolders(holder, graph.getConstantArrays(), false);
        }
    }
}
