package org.shmarrays.update;

import java.nio.Buffer;
import org.shmarrays.layout.ArrayLayout;
import org.shmarrays.layout.UndoDescriptor;
import org.shmarrays.segment.MappedFile;
import org.shmarrays.segment.PartitionChange;
import org.shmarrays.segment.Segment;
import org.shmarrays.segment.Step;

/**
 * Applies updates to runs of one element type, block by block. For one thread.
 *
 * <p>Ready-made updates of float32 and float64 are done in place by a {@link Kernel}, where there is one. All others, and
 * those whose new values somebody wants to see, are staged: values and companions are copied to heap arrays that stay in
 * the first-level cache, changed there by a loop that the JIT compiler vectorises, and copied back.
 *
 * @param <A> the carrier of the element type
 */
public final class BlockUpdate<A> {
    /** Staged values are changed in blocks of so many bytes: with gradient and companions they stay in the first-level cache. */
    private static final int STAGE_LENGTH = 8 * 1024;

    private final Segment segment;
    private final ElementAccess<A> access;
    private final boolean usesKernels;
    private final Object[][] memories;
    private final double[] coefficients = new double[Formula.MOST_COEFFICIENTS];
    private final boolean rejectsNonFinite;
    private final int blockElements;
    private final A before;
    private final A[] state;
    private A values;
    private A gradients;
    private Kernel<A> kernel;
    private int completed;
    private UpdateFunction prepared;
    private long preparedStep;

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
        this(segment, access, true, stateCount, rejectsNonFinite);
    }

    /** Updates with kernels, where there are some, or without. */
    BlockUpdate(
            final Segment segment,
            final ElementAccess<A> access,
            final boolean usesKernels,
            final int stateCount,
            final boolean rejectsNonFinite) {
        this.usesKernels = usesKernels;
        this.memories = new Object[segment.layout().regions().size()][];
        this.rejectsNonFinite = rejectsNonFinite;
        this.segment = segment;
        this.access = access;
        this.blockElements = STAGE_LENGTH / access.type().sizeBytes();
        this.values = access.allocate(blockElements);
        this.gradients = access.allocate(blockElements);
        this.before = access.allocate(blockElements);
        this.state = access.allocateSeveral(stateCount);
        for (int k = 0; k < stateCount; k++) {
            state[k] = access.allocate(blockElements);
        }
        hasKernel(); // looked for here, and not when the first push has a lock in its hand
    }

    /** True if there is a kernel for this type. */
    @SuppressWarnings("unchecked") // a kernel's carrier is that of its type
    private boolean hasKernel() {
        if (kernel == null && usesKernels) {
            kernel = (Kernel<A>) Kernel.of(access.type());
        }
        return kernel != null;
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
        completed = 0;
        prepare(function, step);
        final boolean inPlace = result == null && !rejectsNonFinite;
        if (inPlace && function instanceof Assign) {
            assign(array, first, count, operand, operandFirst, change);
        } else if (inPlace && function instanceof FormulaUpdate update && hasKernel()) {
            updateInPlace(array, first, count, operand, operandFirst, update, change);
        } else {
            updateStaged(array, first, count, operand, operandFirst, function, step, change, result);
        }
    }

    private void prepare(final UpdateFunction function, final long step) {
        if (function instanceof FormulaUpdate update && (prepared != update || preparedStep != step)) {
            update.coefficients(step, coefficients);
            prepared = update;
            preparedStep = step;
        }
    }

    /** Copies what is pushed into the memory. */
    private void assign(
            final ArrayLayout array,
            final int first,
            final int count,
            final Object operand,
            final int operandFirst,
            final PartitionChange change) {
        final int sizeBytes = access.type().sizeBytes();
        final MappedFile file = segment.file(array.region(), 0);
        for (int done = 0; done < count; done += blockElements) {
            final int n = Math.min(blockElements, count - done);
            final int offset = array.offset() + (first + done) * sizeBytes;
            final int index = first + done - operandFirst;
            save(change, 0, offset, n * sizeBytes);
            if (access.isCarrier(operand)) {
                Step.U11.reached();
                access.store(file, offset, access.carrier(operand), index, n);
            } else {
                access.loadBuffer((Buffer) operand, index, gradients, n);
                Step.U11.reached();
                access.store(file, offset, gradients, 0, n);
            }
            completed = done + n;
        }
    }

    /** Applies a formula to the memory itself. */
    private void updateInPlace(
            final ArrayLayout array,
            final int first,
            final int count,
            final Object operand,
            final int operandFirst,
            final FormulaUpdate update,
            final PartitionChange change) {
        final int sizeBytes = access.type().sizeBytes();
        final boolean isCarrier = access.isCarrier(operand);
        final int run = change != null ? UndoDescriptor.BLOCK_LENGTH / sizeBytes : isCarrier ? count : blockElements;
        for (int done = 0; done < count; done += run) {
            final int n = Math.min(run, count - done);
            final int offset = array.offset() + (first + done) * sizeBytes;
            final int index = first + done - operandFirst;
            save(change, update.stateCount(), offset, n * sizeBytes);
            if (isCarrier) {
                applyInPlace(array.region(), offset, access.carrier(operand), index, n, update);
            } else {
                access.loadBuffer((Buffer) operand, index, gradients, n);
                applyInPlace(array.region(), offset, gradients, 0, n, update);
            }
            completed = done + n;
        }
    }

    private void applyInPlace(
            final int region, final int offset, final A g, final int index, final int n, final FormulaUpdate update) {
        Step.U11.reached();
        final int whole = kernel.whole(n);
        if (whole > 0) {
            kernel.apply(update.formula(), coefficients, memory(region), offset, g, index, whole);
        }
        final int rest = n - whole;
        if (rest > 0) {
            final int at = offset + whole * access.type().sizeBytes();
            final int stateCount = update.stateCount();
            load(region, at, rest, stateCount);
            access.apply(update, coefficients, g, index + whole, values, 0, state, rest, 0);
            store(region, at, rest, stateCount);
        }
    }

    private void load(final int region, final int offset, final int n, final int stateCount) {
        access.load(segment.file(region, 0), offset, values, 0, n);
        for (int k = 0; k < stateCount; k++) {
            access.load(segment.file(region, 1 + k), offset, state[k], 0, n);
        }
    }

    private void store(final int region, final int offset, final int n, final int stateCount) {
        access.store(segment.file(region, 0), offset, values, 0, n);
        for (int k = 0; k < stateCount; k++) {
            access.store(segment.file(region, 1 + k), offset, state[k], 0, n);
        }
    }

    private Object[] memory(final int region) {
        if (memories[region] == null) {
            final Object[] files =
                    new Object[1 + segment.layout().regions().get(region).stateCount()];
            for (int file = 0; file < files.length; file++) {
                files[file] = kernel.memory(segment.file(region, file).bytes());
            }
            memories[region] = files;
        }
        return memories[region];
    }

    private void updateStaged(
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
        final int stateCount = function.stateCount();
        final int run = function.wantsLongRuns() ? count : blockElements;
        reserve(run);
        for (int done = 0; done < count; done += run) {
            final int n = Math.min(run, count - done);
            final int offset = array.offset() + (first + done) * sizeBytes;
            final int index = first + done - operandFirst;
            load(array.region(), offset, n, stateCount);
            apply(function, operand, index, n, step);
            if (rejectsNonFinite) {
                checkFinite(array, first + done, 0, n, stateCount);
            }
            save(change, stateCount, offset, n * sizeBytes);
            Step.U11.reached();
            store(array.region(), offset, n, stateCount);
            completed = done + n;
            keep(result, index, n);
        }
    }

    private void reserve(final int elements) {
        if (elements > access.length(values)) {
            gradients = access.allocate(elements);
            for (int k = 0; k < state.length; k++) {
                state[k] = access.allocate(elements);
            }
            values = access.allocate(elements); // the last one, because its length tells of all
        }
    }

    /** Copies a run of the values into a result, at the indexes that an operand of {@link #update} has. */
    public void read(
            final ArrayLayout array, final int first, final int count, final Object result, final int resultFirst) {
        final MappedFile file = segment.file(array.region(), 0);
        final int offset = array.offset() + first * access.type().sizeBytes();
        if (access.isCarrier(result)) {
            access.load(file, offset, access.carrier(result), first - resultFirst, count);
        } else {
            access.loadIntoBuffer(file, offset, (Buffer) result, first - resultFirst, count);
        }
    }

    /** Saves a run of the values and of companions, if there is a change to save it to. */
    private static void save(
            final PartitionChange change, final int stateCount, final int offset, final int lengthBytes) {
        if (change != null) {
            saveFile(change, 0, offset, lengthBytes);
            for (int k = 0; k < stateCount; k++) {
                Step.U10.reached();
                saveFile(change, 1 + k, offset, lengthBytes);
            }
        }
    }

    private static void saveFile(
            final PartitionChange change, final int file, final int offset, final int lengthBytes) {
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
        prepare(function, 0);
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
            try {
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
            } finally {
                keep(result, index, completed - done);
            }
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
            access.apply(function, coefficients, access.carrier(operand), index, values, 0, state, n, step);
        } else {
            access.loadBuffer((Buffer) operand, index, gradients, n);
            access.apply(function, coefficients, gradients, 0, values, 0, state, n, step);
        }
    }

    private void applyOne(final UpdateFunction function, final Object operand, final int index, final int i) {
        if (access.isCarrier(operand)) {
            access.apply(function, coefficients, access.carrier(operand), index + i, values, i, state, 1, 0);
        } else {
            access.apply(function, coefficients, gradients, i, values, i, state, 1, 0);
        }
    }

    private void keep(final Object result, final int index, final int n) {
        if (result != null) {
            access.round(values, 0, n);
            access.copy(values, 0, result, index, n);
        }
    }
}
