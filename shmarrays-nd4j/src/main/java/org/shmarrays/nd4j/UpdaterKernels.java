package org.shmarrays.nd4j;

import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Nesterovs;
import org.shmarrays.internal.kernel.KernelOperands;

/**
 * The kernels that compute parts of the steps of {@link UpdaterSlice}s in place of ND4J's operations: updaters, L2
 * regularisation, weight decay, and the change of the values. A call of such an operation takes as long as a kernel
 * takes for some ten thousand elements. A kernel is used only if it gives the same bits as ND4J's operation in a
 * {@linkplain KernelTrial trial} with the updater's configuration, because builds of ND4J for other processors may
 * round differently. The slices of a model share one object of this class. For one thread at a time.
 */
public final class UpdaterKernels {
    private static final System.Logger LOGGER = System.getLogger(UpdaterKernels.class.getName());

    /** Used in trials, in place of schedules. */
    private static final double LEARNING_RATE = 0.77;

    private static final double MOMENTUM = 0.87;

    private final DataType type;
    private final BiFunction<IUpdater, DataType, UpdaterFormula> formulas;
    private final boolean sums;
    private final boolean scaledSums;

    /** Whether a trial has found the same bits, by configuration without schedules. */
    private final Map<IUpdater, Boolean> verdicts = new HashMap<>();

    /** The formulas that are used, by the identity of the updater. */
    private final Map<IUpdater, Optional<UpdaterFormula>> used = new IdentityHashMap<>();

    private UpdaterKernels(
            final DataType type,
            final boolean sums,
            final boolean scaledSums,
            final BiFunction<IUpdater, DataType, UpdaterFormula> formulas) {
        this.type = type;
        this.sums = sums;
        this.scaledSums = scaledSums;
        this.formulas = formulas;
    }

    /** ND4J's operations compute everything. */
    public static UpdaterKernels none() {
        return new UpdaterKernels(null, false, false, (updater, type) -> null);
    }

    /** Kernels for slices of a type, if there are any in this JVM, and ND4J computes on the CPU. */
    public static UpdaterKernels of(final DataType type) {
        return of(type, UpdaterFormula::of);
    }

    /** Kernels that compute these formulas. */
    static UpdaterKernels of(final DataType type, final BiFunction<IUpdater, DataType, UpdaterFormula> formulas) {
        return isPossible(type)
                ? new UpdaterKernels(
                        type,
                        isEqual(KernelTrial.differenceOfSums(type), "sums"),
                        isEqual(KernelTrial.differenceOfScaledSums(type), "L2, weight decay"),
                        formulas)
                : none();
    }

    private static boolean isPossible(final DataType type) {
        return (type == DataType.FLOAT || type == DataType.DOUBLE)
                && Nd4jArrays.transferOf(Nd4j.getExecutioner().type()).isZeroCopy()
                && KernelOperands.isAvailable(ElementTypes.elementType("operand", type));
    }

    /** Whether a kernel adds arrays of a type to each other, or subtracts them: updates and values. */
    boolean adds(final DataType added) {
        return sums && added == type;
    }

    /** Whether a kernel adds scaled arrays of a type: regularisations to gradients. */
    boolean addsScaled(final DataType added) {
        return scaledSums && added == type;
    }

    /** The formula that a kernel computes for an updater, the same one in each call; null if ND4J's operation does. */
    UpdaterFormula formula(final IUpdater updater, final DataType updated) {
        return updated == type ? used.computeIfAbsent(updater, this::tried).orElse(null) : null;
    }

    private Optional<UpdaterFormula> tried(final IUpdater updater) {
        final UpdaterFormula formula = formulas.apply(updater, type);
        return formula != null && verdicts.computeIfAbsent(fixed(updater), this::isEqual)
                ? Optional.of(formula)
                : Optional.empty();
    }

    /** A configuration without schedules: a trial must not call them. */
    private static IUpdater fixed(final IUpdater updater) {
        final IUpdater fixed = updater.clone();
        fixed.setLrAndSchedule(LEARNING_RATE, null);
        if (fixed instanceof Nesterovs nesterovs && nesterovs.getMomentumISchedule() != null) {
            nesterovs.setMomentumISchedule(null);
            nesterovs.setMomentum(MOMENTUM);
        }
        return fixed;
    }

    private boolean isEqual(final IUpdater updater) {
        return isEqual(KernelTrial.difference(updater, formulas.apply(updater, type), type), updater.toString());
    }

    private static boolean isEqual(final String difference, final String tried) {
        if (difference != null) {
            LOGGER.log(
                    System.Logger.Level.INFO,
                    () -> "a kernel rounds differently from ND4J's operation, which is used instead: " + tried + ", "
                            + difference);
        }
        return difference == null;
    }
}
