package org.shmarrays.nd4j;

import java.lang.ref.Reference;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.learning.GradientUpdater;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.regularization.L2Regularization;
import org.nd4j.linalg.learning.regularization.Regularization;
import org.nd4j.linalg.learning.regularization.Regularization.ApplyStep;
import org.nd4j.linalg.learning.regularization.WeightDecay;
import org.shmarrays.internal.kernel.KernelOperands;
import org.shmarrays.internal.kernel.OptimizerFormula;

/**
 * One step of an ND4J updater over a range of elements that use the same updater. The updater runs over the given
 * arrays themselves, so that ranges may be cut anywhere: each element gets, to the last bit, what the updater would
 * compute for it in an array of all elements, because ND4J's updaters and regularisations are element-wise.
 *
 * <p>For one thread at a time. The arrays are views that the caller keeps valid, and the caller holds the locks.
 */
public final class UpdaterSlice {
    /** Whether a step lowers or raises the objective. */
    public enum Objective {
        /** The update is subtracted from the values: DL4J's NegativeGradientStepFunction. */
        MINIMIZE,
        /** The update is added to the values: DL4J's GradientStepFunction. */
        MAXIMIZE
    }

    /**
     * Regularisations of the elements of one parameter.
     *
     * @param from index in the slice of the parameter's first element
     * @param to index in the slice after the parameter's last element
     * @param regularizations in the order in which they are applied; each must be element-wise
     */
    public record Regularized(int from, int to, List<Regularization> regularizations) {
        public Regularized {
            regularizations = List.copyOf(regularizations);
        }
    }

    /** Bytes of each array, few enough to stay in the first-level cache from the update to the change of the values. */
    private static final int BLOCK_BYTES = 8 * 1024;

    /** A regularisation of some elements. */
    private record Part(Regularization regularization, INDArray values, INDArray gradient, KernelOperands operands) {
        void apply(final double learningRate, final int iteration, final int epoch) {
            if (operands == null) {
                regularization.apply(values, gradient, learningRate, iteration, epoch);
            } else {
                operands.apply(
                        OptimizerFormula.ADD_SCALED,
                        new double[] {coefficient(learningRate, iteration, epoch)},
                        0,
                        operands.elementCount());
            }
        }

        private double coefficient(final double learningRate, final int iteration, final int epoch) {
            if (regularization instanceof WeightDecay decay) {
                final double coefficient = decay.getCoeff().valueAt(iteration, epoch);
                return decay.isApplyLR() ? coefficient * learningRate : coefficient;
            }
            return ((L2Regularization) regularization).getL2().valueAt(iteration, epoch);
        }
    }

    private final GradientUpdater<?> updater;
    private final INDArray values;
    private final INDArray gradient;
    private final Objective objective;
    private final double[] sign;

    /** What a kernel computes instead of the updater, or null. */
    private final UpdaterFormula formula;

    /** The gradient and the state arrays of a kernel, or null. */
    private final KernelOperands updated;

    /** The values and the gradient of a kernel, or null. */
    private final KernelOperands changed;

    private final List<Part> beforeUpdater = new ArrayList<>();
    private final List<Part> afterUpdater = new ArrayList<>();

    /**
     * A slice over these arrays, none of which is changed yet.
     *
     * @param updater the configuration; its schedules are evaluated at each step
     * @param values the parameters, {@code [n]}
     * @param gradient {@code [n]}, of the values' type; a step leaves the update in it
     * @param states one array {@code [n]} of the values' type for each of {@link #stateKeys}, in that order; they hold
     *     the initial state, or that of earlier steps
     * @throws IllegalArgumentException if the arrays differ in length or type, or the number of states is wrong
     */
    public UpdaterSlice(
            final IUpdater updater,
            final INDArray values,
            final INDArray gradient,
            final List<INDArray> states,
            final List<Regularized> regularized,
            final Objective objective) {
        this(updater, values, gradient, states, regularized, objective, UpdaterKernels.none());
    }

    /**
     * {@link #UpdaterSlice(IUpdater, INDArray, INDArray, List, List, Objective)} that uses kernels where they give the
     * same bits.
     */
    public UpdaterSlice(
            final IUpdater updater,
            final INDArray values,
            final INDArray gradient,
            final List<INDArray> states,
            final List<Regularized> regularized,
            final Objective objective,
            final UpdaterKernels kernels) {
        requireVector(values, "values", values);
        requireVector(values, "gradient", gradient);
        this.values = values;
        this.gradient = gradient;
        this.objective = objective;
        this.updater = updater.instantiate(stateByKey(updater, values, states), false);
        sign = new double[] {objective == Objective.MINIMIZE ? -1 : 1};
        final boolean isDense =
                Stream.concat(Stream.of(values, gradient), states.stream()).allMatch(each -> each.stride(0) == 1);
        final DataType type = values.dataType();
        formula = isDense ? kernels.formula(updater, type) : null;
        updated = formula == null
                ? null
                : OwnMemory.operands(
                        Stream.concat(Stream.of(gradient), states.stream()).toList());
        changed = isDense && kernels.adds(type) ? OwnMemory.operands(List.of(values, gradient)) : null;
        final boolean byKernels = isDense && kernels.addsScaled(type);
        regularized.forEach(range -> addParts(range, byKernels));
    }

    private static void requireVector(final INDArray values, final String name, final INDArray array) {
        if (array.rank() != 1 || array.length() != values.length() || array.dataType() != values.dataType()) {
            throw new IllegalArgumentException("the array is not a vector of the values' length and type: array=" + name
                    + ", given=" + array.shapeInfoToString() + ", expected=" + values.length() + " of "
                    + values.dataType());
        }
    }

    private static Map<String, INDArray> stateByKey(
            final IUpdater updater, final INDArray values, final List<INDArray> states) {
        final List<String> keys = stateKeys(updater);
        if (states.size() != keys.size()) {
            throw new IllegalArgumentException("wrong number of state arrays for the updater: updater=" + updater
                    + ", needed=" + keys + ", given=" + states.size());
        }
        final Map<String, INDArray> byKey = new LinkedHashMap<>();
        final Iterator<INDArray> given = states.iterator();
        for (final String key : keys) {
            final INDArray state = given.next();
            requireVector(values, "state " + key, state);
            byKey.put(key, state);
        }
        return byKey;
    }

    private void addParts(final Regularized range, final boolean byKernels) {
        final INDArray valuesPart = values.get(NDArrayIndex.interval(range.from(), range.to()));
        final INDArray gradientPart = gradient.get(NDArrayIndex.interval(range.from(), range.to()));
        for (final Regularization regularization : range.regularizations()) {
            final Class<?> exact = regularization.getClass(); // a subclass may compute something else
            final Part part = new Part(
                    regularization,
                    valuesPart,
                    gradientPart,
                    byKernels && (exact == L2Regularization.class || exact == WeightDecay.class)
                            ? OwnMemory.operands(List.of(gradientPart, valuesPart))
                            : null);
            (regularization.applyStep() == ApplyStep.BEFORE_UPDATER ? beforeUpdater : afterUpdater).add(part);
        }
    }

    /**
     * The names that an updater gives its state arrays, in the order in which they follow each other in the updater's
     * flat state (DL4J's state view array): none of Sgd, {@code [V]} of Nesterovs, {@code [M, V]} of Adam.
     */
    public static List<String> stateKeys(final IUpdater updater) {
        final long count = updater.stateSize(1);
        if (count == 0) {
            return List.of();
        }
        final GradientUpdater<?> instance = updater.instantiate(Nd4j.zeros(DataType.FLOAT, 1, count), false);
        return instance.getState().entrySet().stream()
                .sorted(Comparator.comparingLong(state -> state.getValue().offset()))
                .map(Map.Entry::getKey)
                .toList();
    }

    /** Number of elements. */
    public long length() {
        return values.length();
    }

    /**
     * Makes one step in DL4J's order: L1 and L2 regularisation of the gradient by the values as they are, the updater,
     * weight decay, and then the update is subtracted from the values or added to them. Leaves the update in the
     * gradient's array.
     *
     * @param iteration counted from 0; Adam's bias correction and schedules go by it
     * @param epoch counted from 0
     */
    public void apply(final int iteration, final int epoch) {
        regularize(beforeUpdater, iteration, epoch);
        final double[] coefficients = formula == null ? null : formula.coefficients(iteration, epoch);
        if (coefficients != null && changed != null && afterUpdater.isEmpty()) {
            updateAndChange(coefficients);
        } else {
            update(coefficients, iteration, epoch);
            regularize(afterUpdater, iteration, epoch);
            change();
        }
        Reference.reachabilityFence(this); // what kernels compute in is the arrays' memory
    }

    /** Block by block: one pass over the memory. */
    private void updateAndChange(final double[] coefficients) {
        final int end = updated.elementCount();
        final int block = BLOCK_BYTES / values.dataType().width();
        for (int from = 0; from < end; from += block) {
            final int to = Math.min(end, from + block);
            updated.apply(formula.formula(), coefficients, from, to);
            changed.apply(OptimizerFormula.ADD_SCALED, sign, from, to);
        }
    }

    private void update(final double[] coefficients, final int iteration, final int epoch) {
        if (coefficients == null) {
            updater.applyUpdater(gradient, iteration, epoch);
        } else {
            updated.apply(formula.formula(), coefficients, 0, updated.elementCount());
        }
    }

    private void change() {
        if (changed != null) {
            changed.apply(OptimizerFormula.ADD_SCALED, sign, 0, changed.elementCount());
            return;
        }
        switch (objective) {
            case MINIMIZE -> values.subi(gradient);
            case MAXIMIZE -> values.addi(gradient);
        }
    }

    private void regularize(final List<Part> parts, final int iteration, final int epoch) {
        if (parts.isEmpty()) {
            return;
        }
        final IUpdater config = updater.getConfig();
        final double learningRate = config.hasLearningRate() ? config.getLearningRate(iteration, epoch) : 1.0;
        for (final Part part : parts) {
            part.apply(learningRate, iteration, epoch);
        }
    }
}
