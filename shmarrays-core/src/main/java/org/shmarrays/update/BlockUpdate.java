package org.shmarrays.update;

import java.nio.Buffer;
import org.shmarrays.layout.ArrayLayout;
import org.shmarrays.layout.UndoDescriptor;
import org.shmarrays.segment.MappedFile;
import org.shmarrays.segment.PartitionChange;
import org.shmarrays.segment.Segment;
import org.shmarrays.segment.Step;

/**
 * Applies updates to runs of one element type, block by block: values and companions are copied to heap arrays that stay
 * in the first-level cache, changed there by a loop that the JIT compiler vectorises, and copied back. For one thread.
 *
 * @param <A> the carrier of the element type
 */
public final class BlockUpdate<A> {
    private final Segment segment;
    private final ElementAccess<A> access;
    private final boolean rejectsNonFinite;
    private final int blockElements;
    private final A before;
    private final A[] state;
    private A values;
    private A gradients;
    private int completed;

    /**
     * Updates of a segment's arrays.
     *
     * @param stateCount the greatest number of companions
     * @param rejectsNonFinite whether what would write NaN or infinity is refused
     */
    public BlockUpdate(
            final Segment segment,
            final ElementAccess<A> access,
            final int stateCount,
            final boolean rejectsNonFinite) {
        this.rejectsNonFinite = rejectsNonFinite;
        this.segment = segment;
        this.access = access;
        this.blockElements = UndoDescriptor.BLOCK_LENGTH / access.type().sizeBytes();
        this.values = access.allocate(blockElements);
        this.gradients = access.allocate(blockElements);
        this.before = access.allocate(blockElements);
        this.state = access.allocateSeveral(stateCount);
        for (int k = 0; k < stateCount; k++) {
            state[k] = access.allocate(blockElements);
        }
    }

    /**
     * Updates a run with plain stores.
     *
     * @param first element of the run, counted in its array
     * @param count number of its elements
     * @param operand a carrier or a buffer of the array's length (or of the run's part of it, see {@code operandFirst})
     * @param operandFirst element of the array that the operand's first one belongs to
     * @param step number of the step, for functions that use companions
     * @param change where old bytes are saved before they are overwritten, or null for none
     * @param result takes the new values, at the operand's indexes, or null
     */
    public void update(
            final ArrayLayout array,
            final int first,
            final int count,
            final Object operand,
            final int operandFirst,
            final UpdateFunction function,
            final long step,
            final PartitionChange change,
            final Object result) {
        final int sizeBytes = access.type().sizeBytes();
        final MappedFile file = segment.file(array.region(), 0);
        final int stateCount = function.stateCount();
        final int run = function.wantsLongRuns() ? count : blockElements;
        reserve(run);
        completed = 0;
        for (int done = 0; done < count; done += run) {
            final int n = Math.min(run, count - done);
            final int offset = array.offset() + (first + done) * sizeBytes;
            final int index = first + done - operandFirst;
            access.load(file, offset, values, 0, n);
            for (int k = 0; k < stateCount; k++) {
                access.load(segment.file(array.region(), 1 + k), offset, state[k], 0, n);
            }
            apply(function, operand, index, n, step);
            if (rejectsNonFinite) {
                checkFinite(array, first + done, 0, n, stateCount);
            }
            if (change != null) {
                save(change, 0, offset, n * sizeBytes);
                for (int k = 0; k < stateCount; k++) {
                    Step.U10.reached();
                    save(change, 1 + k, offset, n * sizeBytes);
                }
            }
            Step.U11.reached();
            access.store(file, offset, values, 0, n);
            for (int k = 0; k < stateCount; k++) {
                access.store(segment.file(array.region(), 1 + k), offset, state[k], 0, n);
            }
            completed = done + n;
            keep(result, index, n);
        }
    }

    private void reserve(final int elements) {
        if (elements > access.length(values)) {
            values = access.allocate(elements);
            gradients = access.allocate(elements);
            for (int k = 0; k < state.length; k++) {
                state[k] = access.allocate(elements);
            }
        }
    }

    private static void save(final PartitionChange change, final int file, final int offset, final int lengthBytes) {
        for (int saved = 0; saved < lengthBytes; saved += UndoDescriptor.BLOCK_LENGTH) {
            change.save(file, offset + saved, Math.min(UndoDescriptor.BLOCK_LENGTH, lengthBytes - saved));
        }
    }

    /**
     * Updates a run by compare-and-set of each element: where another worker came between, the function is applied again
     * to what that worker left. For functions without companions. Parameters as for {@link #update}.
     */
    public void updateAtomically(
            final ArrayLayout array,
            final int first,
            final int count,
            final Object operand,
            final int operandFirst,
            final UpdateFunction function,
            final Object result) {
        final int sizeBytes = access.type().sizeBytes();
        final MappedFile file = segment.file(array.region(), 0);
        completed = 0;
        for (int done = 0; done < count; done += blockElements) {
            final int n = Math.min(blockElements, count - done);
            final int offset = array.offset() + (first + done) * sizeBytes;
            final int index = first + done - operandFirst;
            access.load(file, offset, values, 0, n);
            System.arraycopy(values, 0, before, 0, n);
            apply(function, operand, index, n, 0);
            if (rejectsNonFinite) {
                checkFinite(array, first + done, 0, n, 0);
            }
            for (int i = 0; i < n; i++) {
                final int element = offset + i * sizeBytes;
                while (!access.compareAndSet(file, element, before, values, i)) {
                    access.load(file, element, before, i, 1);
                    System.arraycopy(before, i, values, i, 1);
                    applyOne(function, operand, index, i);
                    if (rejectsNonFinite) {
                        checkFinite(array, first + done, i, 1, 0);
                    }
                }
                completed = done + i + 1;
            }
            keep(result, index, n);
        }
    }

    /**
     * Returns if an array's new values are finite, or nobody asked for that.
     *
     * @param updated a carrier or a buffer of {@code count} values
     * @param first element of the array that the first value belongs to
     * @throws NonFiniteValueException if one is NaN or infinite
     */
    public void checkFinite(final ArrayLayout array, final Object updated, final int first, final int count) {
        for (int done = 0; rejectsNonFinite && done < count; done += blockElements) {
            final int n = Math.min(blockElements, count - done);
            if (access.isCarrier(updated)) {
                System.arraycopy(access.carrier(updated), done, values, 0, n);
            } else {
                access.loadBuffer((Buffer) updated, done, values, n);
            }
            checkFinite(array, first + done, 0, n, 0);
        }
    }

    /** Looks at what is staged, before it is stored. */
    private void checkFinite(
            final ArrayLayout array, final int first, final int at, final int n, final int stateCount) {
        final int value = access.firstNonFinite(values, at, n);
        if (value >= 0) {
            throw NonFiniteValueException.of(segment, array, first + value, "", values, value);
        }
        for (int k = 0; k < stateCount; k++) {
            final int companion = access.firstNonFinite(state[k], at, n);
            if (companion >= 0) {
                throw NonFiniteValueException.of(
                        segment, array, first + companion, " of companion " + k, state[k], companion);
            }
        }
    }

    /** Elements that the last update has changed: all of its run, unless the function threw. */
    public int completed() {
        return completed;
    }

    private void apply(
            final UpdateFunction function, final Object operand, final int index, final int n, final long step) {
        if (access.isCarrier(operand)) {
            access.apply(function, access.carrier(operand), index, values, 0, state, n, step);
        } else {
            access.loadBuffer((Buffer) operand, index, gradients, n);
            access.apply(function, gradients, 0, values, 0, state, n, step);
        }
    }

    private void applyOne(final UpdateFunction function, final Object operand, final int index, final int i) {
        if (access.isCarrier(operand)) {
            access.apply(function, access.carrier(operand), index + i, values, i, state, 1, 0);
        } else {
            access.apply(function, gradients, i, values, i, state, 1, 0);
        }
    }

    private void keep(final Object result, final int index, final int n) {
        if (result != null) {
            access.round(values, 0, n);
            access.copy(values, 0, result, index, n);
        }
    }
}
