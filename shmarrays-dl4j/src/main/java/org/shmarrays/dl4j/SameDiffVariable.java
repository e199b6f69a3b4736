package org.shmarrays.dl4j;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.VariableType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.shmarrays.layout.AliasSpec;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.nd4j.Nd4jArrays;

/**
 * A variable of a SameDiff graph as a part of the flat array of parameters.
 *
 * @param from index of the first element
 * @param to index after the last element
 * @param array the graph's own array, from before it joined
 */
record SameDiffVariable(String name, int from, int to, INDArray array) {
    /** The variables that a graph trains, in its own order, one after the other; each must have an array. */
    static List<SameDiffVariable> of(final SameDiff graph) {
        final List<SameDiffVariable> variables = new ArrayList<>();
        int from = 0;
        for (final String name : names(graph)) {
            final INDArray array = graph.getArrForVarName(name);
            final int to = Math.toIntExact(from + array.length());
            variables.add(new SameDiffVariable(name, from, to, array));
            from = to;
        }
        return variables;
    }

    /** Names of all variables of type VARIABLE, in the graph's order. */
    static Set<String> names(final SameDiff graph) {
        final Set<String> names = new LinkedHashSet<>();
        for (final SDVariable variable : graph.variables()) {
            if (variable.getVariableType() == VariableType.VARIABLE) {
                names.add(variable.name());
            }
        }
        return names;
    }

    /**
     * Names of the variables that a step updates: those that the gradient function computes a gradient for. As DL4J's
     * TrainingSession finds them: of variables with the same gradient, the last is updated.
     */
    static Set<String> trained(final SameDiff graph, final SameDiff gradients) {
        final Map<String, String> byGradient = new LinkedHashMap<>();
        for (final String name : names(graph)) {
            final SDVariable gradient = gradients.getVariable(name).getGradient();
            if (gradient != null && gradients.getVariableOutputOp(gradient.name()) != null) {
                byGradient.put(gradient.name(), name);
            }
        }
        return new LinkedHashSet<>(byGradient.values());
    }

    /** This variable's part of a vector that has an element for each parameter, in the variable's shape. */
    INDArray in(final INDArray vector) {
        final INDArray part = vector.get(NDArrayIndex.interval(from, to)).reshape(array.ordering(), array.shape());
        if (part.data().platformAddress() != vector.data().platformAddress()
                || part.offset() != vector.offset() + from) {
            throw new IllegalStateException("ND4J made a copy where a view is needed: variable=" + name + ", shape="
                    + part.shapeInfoToString());
        }
        return part;
    }

    AliasSpec alias() {
        final ArraySpec spec = Nd4jArrays.specs(Map.of(name, array)).get(0);
        return new AliasSpec(name, from, spec.order(), spec.shape());
    }
}
