package org.shmarrays.internal.kernel;

import java.nio.Buffer;
import org.shmarrays.errors.NonFiniteValueException;
import org.shmarrays.internal.layout.ArrayLayout;
import org.shmarrays.internal.segment.MappedFile;
import org.shmarrays.internal.segment.Segment;
import org.shmarrays.internal.segment.Step;
import org.shmarrays.update.UpdateFunction;

/**
 * Heap arrays in which blocks of values and their optimizer state are changed: they are copied here, changed by a loop
 * that the JIT compiler vectorises, and copied back. A block is a part of an array, or many short rows. For one thread.
 *
 * @param <A> the carrier of the element type
 */
final class Stage<A> {
    private final Segment segment;
    private final ElementAccess<A> access;
    private final ElementAccess<A> stateAccess;
    private final RowLoops<A> loops;
    private final RowLoops<A> stateLoops;
    private final RoundingBits rounding;
    private final boolean rejectsNonFinite;
    private final int blockElements;
    private final Coefficients coefficients = new Coefficients();
    private final A[] state;
    private A values;
    private A gradients;

    /**
     * A stage.
     *
     * @param blockBytes so many bytes of the values are a block, unless a function wants longer ones
     * @param rounding random bits for arrays that are rounded stochastically
     * @param stateCount the greatest number of state arrays
     * @param rejectsNonFinite whether what would write NaN or infinity is refused
     */
    Stage(
            final Segment segment,
            final ElementAccess<A> access,
            final int blockBytes,
            final RoundingBits rounding,
            final int stateCount,
            final boolean rejectsNonFinite) {
        this.segment = segment;
        this.access = access;
        this.stateAccess = access.state();
        this.loops = access.newRowLoops();
        this.stateLoops = stateAccess.newRowLoops();
        this.rounding = rounding;
        this.rejectsNonFinite = rejectsNonFinite;
        this.blockElements = blockBytes / access.type().sizeBytes();
        this.state = access.allocateSeveral(stateCount);
        reserve(blockElements);
    }

    /** Makes room for longer blocks; what is staged is lost if there was too little. */
    void reserve(final int elements) {
        if (values == null || elements > access.length(values)) {
            gradients = access.allocate(elements);
            for (int k = 0; k < state.length; k++) {
                state[k] = access.allocate(elements);
            }
            values = access.allocate(elements); // allocated last: its length stands for all of them
        }
    }

    /** Elements of a block. */
    int blockElements() {
        return blockElements;
    }

    A values() {
        return values;
    }

    A gradients() {
        return gradients;
    }

    RowLoops<A> loops() {
        return loops;
    }

    /** What is pushed to the run's block. */
    A gradients(final Run run, final Object operand) {
        if (access.isCarrier(operand)) {
            return access.carrier(operand);
        }
        access.loadBuffer((Buffer) operand, run.index(), gradients, run.n());
        return gradients;
    }

    /** Where in {@code g}, which {@link #gradients} gave, the run's block begins. */
    int gradientIndex(final Run run, final A g) {
        return g == gradients ? 0 : run.index();
    }

    /** Those of the formula that is applied, if it is one. */
    Coefficients coefficients() {
        return coefficients;
    }

    /**
     * Changes a block: what is pushed is applied to copies of its elements, which are stored when the old bytes are
     * saved. If something is thrown, the block is not changed.
     *
     * @param g holds what is pushed to the block, from {@code gOffset} on
     * @param step number of the step, for functions that use state arrays
     */
    void change(
            final ArrayLayout array,
            final StagedRuns block,
            final UpdateFunction function,
            final A g,
            final int gOffset,
            final long step,
            final UndoSaving saving) {
        final int stateCount = function.stateCount();
        load(array.region(), block, stateCount);
        apply(function, g, gOffset, 0, block.length(), step);
        if (isStochastic(array)) {
            roundStochastically(array, block);
        }
        checkFinite(array, block, 0, block.length(), stateCount);
        saving.save(block);
        Step.U11.reached();
        store(array.region(), block, stateCount);
    }

    static boolean isStochastic(final ArrayLayout array) {
        return array.spec().rounding().isStochastic();
    }

    /** Copies a block here, with so many state arrays. */
    void load(final int region, final StagedRuns block, final int stateCount) {
        if (block.count > 1) {
            loops.load(segment.file(region, 0), block, values);
            for (int k = 0; k < stateCount; k++) {
                stateLoops.load(segment.file(region, 1 + k), block, state[k]);
            }
        } else if (block.count == 1) {
            load(region, block.offset(0), block.length(), stateCount);
        }
    }

    void load(final int region, final int offset, final int n, final int stateCount) {
        access.load(segment.file(region, 0), offset, values, 0, n);
        for (int k = 0; k < stateCount; k++) {
            stateAccess.load(segment.file(region, 1 + k), access.stateOffset(offset), state[k], 0, n);
        }
    }

    private void store(final int region, final StagedRuns block, final int stateCount) {
        if (block.count > 1) {
            loops.store(segment.file(region, 0), block, values);
            for (int k = 0; k < stateCount; k++) {
                stateLoops.store(segment.file(region, 1 + k), block, state[k]);
            }
        } else if (block.count == 1) {
            store(region, block.offset(0), block.length(), stateCount);
        }
    }

    void store(final int region, final int offset, final int n, final int stateCount) {
        access.store(segment.file(region, 0), offset, values, 0, n);
        for (int k = 0; k < stateCount; k++) {
            stateAccess.store(segment.file(region, 1 + k), access.stateOffset(offset), state[k], 0, n);
        }
    }

    /** Copies values from a file, without state arrays. */
    void loadValues(final MappedFile file, final int offset, final int at, final int n) {
        access.load(file, offset, values, at, n);
    }

    /** Applies a function to {@code n} staged elements from {@code at} on. */
    void apply(
            final UpdateFunction function, final A g, final int gOffset, final int at, final int n, final long step) {
        access.apply(function, coefficients.values, g, gOffset, values, at, state, n, step);
    }

    /** A key for rounding what lies at an element of an array by chance. */
    long roundingKey(final ArrayLayout array, final int element) {
        return rounding.key(array, element, array.spec().mode().isLocked());
    }

    private void roundStochastically(final ArrayLayout array, final StagedRuns block) {
        if (block.count == 0) {
            return;
        }
        final int first = array.offset() / access.type().sizeBytes();
        final long key = roundingKey(array, block.firsts[0] - first);
        int next = 0;
        for (int r = 0; r < block.count; r++) {
            roundStochastically(next, block.lengths[r], key, block.firsts[r] - first);
            next += block.lengths[r];
        }
    }

    /** Rounds {@code n} staged values from {@code at} on by chance, to what the memory can hold. */
    void roundStochastically(final int at, final int n, final long key, final int index) {
        access.roundStochastically(values, at, n, key, index);
    }

    /**
     * Throws unless the {@code n} staged elements of a block from {@code at} on are finite, or may be anything.
     *
     * @throws NonFiniteValueException if one is NaN or infinite
     */
    void checkFinite(final ArrayLayout array, final StagedRuns block, final int at, final int n, final int stateCount) {
        if (!rejectsNonFinite) {
            return;
        }
        reject(array, block, 0, access.firstNonFinite(values, at, n), values);
        for (int k = 0; k < stateCount; k++) {
            reject(array, block, 1 + k, stateAccess.firstNonFinite(state[k], at, n), state[k]);
        }
    }

    private void reject(
            final ArrayLayout array, final StagedRuns block, final int file, final int bad, final A staged) {
        if (bad >= 0) {
            final int element =
                    block.element(bad) - array.offset() / access.type().sizeBytes();
            throw NonFinite.exception(
                    segment, array, element, file == 0 ? "" : " of state array " + (file - 1), staged, bad);
        }
    }

    /** Copies the staged values, as the memory holds them, to a result; null takes none. */
    void keep(final Object result, final int index, final int n) {
        if (result != null) {
            access.round(values, 0, n);
            access.copy(values, 0, result, index, n);
        }
    }
}
