package org.shmarrays.dl4j;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.nd4j.autodiff.samediff.TrainingConfig;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.regularization.Regularization;
import org.shmarrays.nd4j.UpdaterSlice;
import org.shmarrays.nd4j.UpdaterSlice.Objective;

/**
 * The variables of a graph as one flat array of parameters, with the ranges of their updaters and the state arrays. For
 * the thread that trains.
 */
final class SameDiffParameters {
    private final List<SameDiffVariable> variables;
    private final List<String> stateKeys;
    private final Set<String> trained;
    private final NetworkRanges ranges;
    private final DataType type;

    /**
     * The parameters of a graph.
     *
     * @param variables of the graph, of which there is one or more
     * @param trained names of those that get a gradient
     */
    SameDiffParameters(
            final List<SameDiffVariable> variables, final Set<String> trained, final TrainingConfig configured) {
        this.variables = variables;
        this.trained = trained;
        stateKeys = UpdaterSlice.stateKeys(configured.getUpdater());
        ranges = ranges(configured);
        type = variables.get(0).array().dataType();
    }

    /** A range for each run of variables that get a gradient, and for each of those that get none. */
    private NetworkRanges ranges(final TrainingConfig configured) {
        final List<UpdaterRange> runs = new ArrayList<>();
        int first = 0;
        for (int i = 1; i <= variables.size(); i++) {
            if (i == variables.size() || isTrained(i) != isTrained(first)) {
                runs.add(range(
                        configured,
                        variables.get(first).from(),
                        variables.get(i - 1).to(),
                        isTrained(first)));
                first = i;
            }
        }
        return new NetworkRanges(runs, configured.isMinimize() ? Objective.MINIMIZE : Objective.MAXIMIZE);
    }

    private boolean isTrained(final int variable) {
        return trained.contains(variables.get(variable).name());
    }

    private UpdaterRange range(final TrainingConfig configured, final int from, final int to, final boolean isUpdated) {
        final List<Regularization> regularizations =
                configured.getRegularization() == null ? List.of() : List.copyOf(configured.getRegularization());
        return new UpdaterRange(
                from,
                to,
                configured.getUpdater(),
                stateKeys.size(),
                (long) from * stateKeys.size(),
                !isUpdated,
                List.of(new UpdaterRange.Parameter(from, to, regularizations)));
    }

    List<SameDiffVariable> variables() {
        return variables;
    }

    /** Names of the variables that get a gradient. */
    Set<String> trained() {
        return trained;
    }

    NetworkRanges ranges() {
        return ranges;
    }

    /** A vector with a zero for each parameter. */
    INDArray zeros() {
        return Nd4j.createUninitializedDetached(
                        type, variables.get(variables.size() - 1).to())
                .assign(0);
    }

    /** State arrays of zeros, with an element for each parameter. */
    List<INDArray> stateArrays() {
        return stateKeys.stream().map(key -> zeros()).toList();
    }

    /** DL4J's flat state as state arrays. */
    List<INDArray> stateArrays(final INDArray flat) {
        final List<INDArray> arrays = stateArrays();
        new StateLayout(ranges).toArrays(flat, arrays);
        return arrays;
    }

    /** A variable's parts of the state arrays, by key. */
    Map<String, INDArray> states(final SameDiffVariable variable, final List<INDArray> arrays) {
        final Map<String, INDArray> states = new LinkedHashMap<>();
        final Iterator<INDArray> array = arrays.iterator();
        stateKeys.forEach(key -> states.put(key, variable.in(array.next())));
        return states;
    }

    /** State arrays as DL4J's flat state; null if there is none. */
    INDArray toFlat(final List<INDArray> arrays) {
        return new StateLayout(ranges).toFlat(arrays, type);
    }
}
