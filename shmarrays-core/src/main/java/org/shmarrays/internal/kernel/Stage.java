package org.shmarrays.internal.kernel;

import java.nio.Buffer;
import org.shmarrays.errors.NonFiniteValueException;
import org.shmarrays.internal.layout.ArrayLayout;
import org.shmarrays.internal.segment.MappedFile;
import org.shmarrays.internal.segment.Segment;
import org.shmarrays.update.UpdateFunction;

/**
 * Heap arrays in which blocks of values and their optimizer state are changed: they are copied here, changed by a loop
 * that the JIT compiler vectorises, and copied back. For one thread.
 *
 * @param <A> the carrier of the element type
 */
final class Stage<A> {
    /** Blocks have so many bytes in the memory: with gradient and state arrays they stay in the first-level cache. */
    private static final int LENGTH = 8 * 1024;

    private final Segment segment;
    private final ElementAccess<A> access;
    private final ElementAccess<A> stateAccess;
    private final double[] coefficients;
    private final int blockElements;
    private final A[] state;
    private A values;
    private A gradients;

    /**
     * A stage.
     *
     * @param coefficients of the formula that is applied, set by others
     * @param stateCount the greatest number of state arrays
     */
    Stage(final Segment segment, final ElementAccess<A> access, final double[] coefficients, final int stateCount) {
        this.segment = segment;
        this.access = access;
        this.stateAccess = access.state();
        this.coefficients = coefficients;
        this.blockElements = LENGTH / access.type().sizeBytes();
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

    A state(final int k) {
        return state[k];
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

    void load(final int region, final int offset, final int n, final int stateCount) {
        access.load(segment.file(region, 0), offset, values, 0, n);
        for (int k = 0; k < stateCount; k++) {
            stateAccess.load(segment.file(region, 1 + k), access.stateOffset(offset), state[k], 0, n);
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
        access.apply(function, coefficients, g, gOffset, values, at, state, n, step);
    }

    /** Rounds {@code n} staged values from {@code at} on by chance, to what the memory can hold. */
    void roundStochastically(final int at, final int n, final long key, final int index) {
        access.roundStochastically(values, at, n, key, index);
    }

    /**
     * Throws unless the {@code n} staged elements from {@code at} on are finite.
     *
     * @param first element of the array that the first staged one belongs to
     * @throws NonFiniteValueException if one is NaN or infinite
     */
    void checkFinite(final ArrayLayout array, final int first, final int at, final int n, final int stateCount) {
        final int value = access.firstNonFinite(values, at, n);
        if (value >= 0) {
            throw NonFinite.exception(segment, array, first + value, "", values, value);
        }
        for (int k = 0; k < stateCount; k++) {
            final int found = stateAccess.firstNonFinite(state[k], at, n);
            if (found >= 0) {
                throw NonFinite.exception(segment, array, first + found, " of state array " + k, state[k], found);
            }
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
