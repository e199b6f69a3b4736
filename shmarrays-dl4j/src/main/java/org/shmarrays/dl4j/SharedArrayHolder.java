package org.shmarrays.dl4j;

import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.nd4j.autodiff.samediff.ArrayHolder;
import org.nd4j.autodiff.samediff.array.SingleThreadArrayHolder;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.shmarrays.layout.Names;

/**
 * The arrays of a joined graph's variables, which stay where they are: new values are copied into them, and they can't
 * be taken away. For the thread that trains.
 */
final class SharedArrayHolder extends SingleThreadArrayHolder {
    private final Set<String> bound = new HashSet<>();
    private final ArrayHolder constants;

    /**
     * Holds parts of a vector instead of the arrays that a graph had.
     *
     * @param before what held the graph's arrays before
     * @param constants what holds its constants
     */
    SharedArrayHolder(
            final ArrayHolder before,
            final ArrayHolder constants,
            final List<SameDiffVariable> variables,
            final INDArray vector) {
        this.constants = constants;
        initFrom(before);
        for (final SameDiffVariable variable : variables) {
            super.setArray(variable.name(), variable.in(vector));
            bound.add(variable.name());
        }
    }

    /** Copies the values if the variable is shared. */
    @Override
    public void setArray(final String name, final INDArray array) {
        if (!bound.contains(name)) {
            super.setArray(name, array);
            return;
        }
        final INDArray shared = getArray(name);
        if (shared == array) {
            return;
        }
        if (shared.dataType() != array.dataType() || !Arrays.equals(shared.shape(), array.shape())) {
            throw refused(name, "shape and type of variables can't change");
        }
        shared.assign(array);
    }

    /** Called when DL4J makes a constant of a variable, after it has stored the value as one. */
    @Override
    public INDArray removeArray(final String name) {
        if (bound.contains(name)) {
            if (constants.hasArray(name)) {
                constants.removeArray(name);
            }
            throw refused(name, "variables can't be frozen or removed");
        }
        return super.removeArray(name);
    }

    @Override
    public void rename(final String from, final String to) {
        if (bound.contains(from)) {
            throw refused(from, "variables can't be renamed");
        }
        super.rename(from, to);
    }

    private static IllegalStateException refused(final String name, final String reason) {
        return new IllegalStateException(reason + " while the graph is joined to a training: variable="
                + Names.printable(name) + "; do it before the graph joins, or after the training is closed");
    }
}
