package org.shmarrays.internal.kernel;

import java.nio.Buffer;
import org.shmarrays.errors.NonFiniteValueException;
import org.shmarrays.internal.Doors;
import org.shmarrays.internal.layout.ArrayLayout;
import org.shmarrays.internal.segment.MappedFile;
import org.shmarrays.internal.segment.PartitionChange;
import org.shmarrays.internal.segment.Segment;
import org.shmarrays.internal.segment.Step;
import org.shmarrays.update.UpdateFunction;

/**
 * Applies updates to runs of one element type, block by block. For one thread. It knows no lock: in the locked family
 * the caller holds that of the run's partition, and has begun the change.
 *
 * <p>Assignments, and ready-made updates of float32 and float64 where there is a {@link Kernel}, are done in place. All
 * others, those whose new values the caller wants to see, and those of arrays that are rounded stochastically, are
 * staged.
 *
 * @param <A> the carrier of the element type
 */
public final class BlockUpdate<A> {
    private final Segment segment;
    private final ElementAccess<A> access;
    private final RoundingBits rounding;
    private final boolean rejectsNonFinite;
    private final double[] coefficients = new double[Formula.MOST_COEFFICIENTS];
    private final Stage<A> stage;
    private final InPlaceUpdate<A> inPlace;
    private final Run run;
    private final A before;
    private UpdateFunction prepared;
    private long preparedStep;

    /**
     * Updates of a segment's arrays.
     *
     * @param rounding random bits for arrays that are rounded stochastically
     * @param stateCount the greatest number of state arrays
     * @param rejectsNonFinite whether what would write NaN or infinity is refused
     */
    @SuppressWarnings("unchecked") // a kernel's carrier is that of its type
    public BlockUpdate(
            final Segment segment,
            final ElementAccess<A> access,
            final RoundingBits rounding,
            final int stateCount,
            final boolean rejectsNonFinite) {
        this(segment, access, (Kernel<A>) Kernel.of(access.type()), rounding, stateCount, rejectsNonFinite);
    }

    /** Updates with this kernel, or without one if it is null. */
    BlockUpdate(
            final Segment segment,
            final ElementAccess<A> access,
            final Kernel<A> kernel,
            final RoundingBits rounding,
            final int stateCount,
            final boolean rejectsNonFinite) {
        this.segment = segment;
        this.access = access;
        this.rounding = rounding;
        this.rejectsNonFinite = rejectsNonFinite;
        this.stage = new Stage<>(segment, access, coefficients, stateCount);
        this.inPlace = new InPlaceUpdate<>(segment, access, kernel, stage, coefficients);
        this.run = new Run(access.type().sizeBytes());
        this.before = access.allocate(stage.blockElements());
    }

    /**
     * Updates a run with plain stores, of the values and of the state arrays that the function uses. If the function
     * throws, the {@linkplain #completed blocks before} are updated, and the block at which it threw is not.
     *
     * @param first element of the run, counted in its array
     * @param count number of its elements
     * @param operand a carrier or a buffer of the array's length (or of the run's part of it, see {@code operandFirst})
     * @param operandFirst element of the array that the operand's first one belongs to
     * @param step number of the step, for functions that use state arrays
     * @param change where the old bytes of each block are saved before it is overwritten; null if nothing is saved, or
     *     all of it was saved before
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
        run.begin(array, first, count, operandFirst);
        prepare(function, step);
        final boolean isUnseen = result == null && !rejectsNonFinite && !isStochastic(array);
        if (isUnseen && function instanceof Assign) {
            inPlace.assign(run, operand, change);
        } else if (isUnseen && function instanceof FormulaUpdate update && inPlace.hasKernel()) {
            inPlace.apply(run, operand, update, change);
        } else {
            updateStaged(array, operand, function, step, change, result);
        }
    }

    private static boolean isStochastic(final ArrayLayout array) {
        return array.spec().rounding().isStochastic();
    }

    private void prepare(final UpdateFunction function, final long step) {
        if (function instanceof FormulaUpdate update && (prepared != update || preparedStep != step)) {
            Kernel.sayIfMissing();
            prepared = null; // an Error may come before the coefficients are all there
            update.coefficients(step, coefficients);
            prepared = update;
            preparedStep = step;
        }
    }

    private void updateStaged(
            final ArrayLayout array,
            final Object operand,
            final UpdateFunction function,
            final long step,
            final PartitionChange change,
            final Object result) {
        final int stateCount = function.stateCount();
        final int most = Doors.UPDATE.of(function).wantsLongRuns() ? Integer.MAX_VALUE : stage.blockElements();
        while (run.next(most)) {
            final int n = run.n();
            stage.reserve(n);
            stage.load(run.region(), run.offset(), n, stateCount);
            final A g = stage.gradients(run, operand);
            stage.apply(function, g, stage.gradientIndex(run, g), 0, n, step);
            if (isStochastic(array)) {
                stage.roundStochastically(0, n, key(array, run.element()), run.element());
            }
            if (rejectsNonFinite) {
                stage.checkFinite(array, run.element(), 0, n, stateCount);
            }
            run.save(change, stateCount);
            Step.U11.reached();
            stage.store(run.region(), run.offset(), n, stateCount);
            final int index = run.index();
            run.completed();
            stage.keep(result, index, n);
        }
    }

    private long key(final ArrayLayout array, final int element) {
        return rounding.key(array, element, array.spec().mode().isLocked());
    }

    /**
     * Updates a run by compare-and-set of each element: where another worker came between, the function is applied
     * again to what that worker left. For functions without state arrays. Parameters as for {@link #update}.
     */
    public void updateAtomically(
            final ArrayLayout array,
            final int first,
            final int count,
            final Object operand,
            final int operandFirst,
            final UpdateFunction function,
            final Object result) {
        run.begin(array, first, count, operandFirst);
        prepare(function, 0);
        while (run.next(stage.blockElements())) {
            updateBlockAtomically(array, operand, function, result);
        }
    }

    private void updateBlockAtomically(
            final ArrayLayout array, final Object operand, final UpdateFunction function, final Object result) {
        final MappedFile file = segment.file(array.region(), 0);
        final int sizeBytes = access.type().sizeBytes();
        final int n = run.n();
        final int offset = run.offset();
        final int index = run.index();
        final int firstElement = run.element();
        final A g = stage.gradients(run, operand);
        final int gOffset = stage.gradientIndex(run, g);
        final A values = stage.values();
        stage.loadValues(file, offset, 0, n);
        System.arraycopy(values, 0, before, 0, n);
        stage.apply(function, g, gOffset, 0, n, 0);
        final boolean isStochastic = isStochastic(array);
        final long key = isStochastic ? key(array, firstElement) : 0;
        if (isStochastic) {
            stage.roundStochastically(0, n, key, 0);
        }
        if (rejectsNonFinite) {
            stage.checkFinite(array, firstElement, 0, n, 0);
        }
        int i = 0;
        try {
            for (; i < n; i++) {
                final int element = offset + i * sizeBytes;
                while (!access.compareAndSet(file, element, before, values, i)) {
                    stage.loadValues(file, element, i, 1);
                    System.arraycopy(values, i, before, i, 1);
                    stage.apply(function, g, gOffset + i, i, 1, 0);
                    if (isStochastic) {
                        // The same bits: that others came between does not depend on them.
                        stage.roundStochastically(i, 1, key, i);
                    }
                    if (rejectsNonFinite) {
                        stage.checkFinite(array, firstElement, i, 1, 0);
                    }
                }
            }
        } finally {
            run.completed(i);
            stage.keep(result, index, i);
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

    /**
     * Throws if an array's new values must be finite and are not.
     *
     * @param updated a carrier or a buffer of {@code count} values
     * @param first element of the array that the first value belongs to
     * @throws NonFiniteValueException if one is NaN or infinite
     */
    public void checkFinite(final ArrayLayout array, final Object updated, final int first, final int count) {
        if (!rejectsNonFinite) {
            return;
        }
        final A values = stage.values();
        for (int done = 0; done < count; done += stage.blockElements()) {
            final int n = Math.min(stage.blockElements(), count - done);
            if (access.isCarrier(updated)) {
                System.arraycopy(access.carrier(updated), done, values, 0, n);
            } else {
                access.loadBuffer((Buffer) updated, done, values, n);
            }
            stage.checkFinite(array, first + done, 0, n, 0);
        }
    }

    /**
     * Saves the old bytes of a run, and of all its state, before code of others changes it in the memory itself.
     *
     * @param first element of the run, counted in its array
     * @param count number of its elements
     */
    public void save(final ArrayLayout array, final int first, final int count, final PartitionChange change) {
        run.begin(array, first, count, first);
        run.next(count);
        run.save(change, array.spec().stateCount());
    }

    /**
     * Throws if a run that was changed in the memory itself, or its state, is not finite, and someone asked for that.
     *
     * @param first element of the run, counted in its array
     * @param count number of its elements
     * @throws NonFiniteValueException if an element is NaN or infinite
     */
    public void checkStored(final ArrayLayout array, final int first, final int count) {
        if (!rejectsNonFinite) {
            return;
        }
        final int stateCount = array.spec().stateCount();
        run.begin(array, first, count, first);
        while (run.next(stage.blockElements())) {
            stage.load(run.region(), run.offset(), run.n(), stateCount);
            stage.checkFinite(array, run.element(), 0, run.n(), stateCount);
            run.completed();
        }
    }

    /**
     * Copies a run out of the memory, 16-bit values as float32. The run is in one partition.
     *
     * @param file 0 for the values, k + 1 for state array k
     * @param first element of the run, counted in its array
     * @param count number of its elements
     * @param into a carrier
     * @param index in the carrier of the run's first element
     */
    public void load(
            final ArrayLayout array,
            final int file,
            final int first,
            final int count,
            final Object into,
            final int index) {
        final ElementAccess<A> stored = stored(file);
        stored.load(segment.file(array.region(), file), offset(array, file, first), stored.carrier(into), index, count);
    }

    /**
     * Copies a run into the memory by plain stores; 16-bit values are rounded as the array says. Parameters as for
     * {@link #load}. In the locked family the caller has begun a change of the run's partition.
     */
    public void store(
            final ArrayLayout array,
            final int file,
            final int first,
            final int count,
            final Object from,
            final int index) {
        final ElementAccess<A> stored = stored(file);
        final A values = stored.carrier(from);
        if (file == 0 && isStochastic(array)) {
            storeStochastically(array, first, count, values, index);
        } else {
            stored.store(segment.file(array.region(), file), offset(array, file, first), values, index, count);
        }
    }

    private void storeStochastically(
            final ArrayLayout array, final int first, final int count, final A from, final int index) {
        final long key = key(array, first);
        run.begin(array, first, count, first - index);
        while (run.next(stage.blockElements())) {
            System.arraycopy(from, run.index(), stage.values(), 0, run.n());
            stage.roundStochastically(0, run.n(), key, run.element());
            stage.store(run.region(), run.offset(), run.n(), 0);
            run.completed();
        }
    }

    private ElementAccess<A> stored(final int file) {
        return file == 0 ? access : access.state();
    }

    private int offset(final ArrayLayout array, final int file, final int first) {
        final int offset = array.offset() + first * access.type().sizeBytes();
        return file == 0 ? offset : access.stateOffset(offset);
    }

    /** Elements that the last update has changed: all of its run, unless the function threw. */
    public int completed() {
        return run.done();
    }
}
