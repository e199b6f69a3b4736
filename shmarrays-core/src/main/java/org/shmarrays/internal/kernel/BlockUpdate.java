package org.shmarrays.internal.kernel;

import java.nio.Buffer;
import org.shmarrays.errors.NonFiniteValueException;
import org.shmarrays.internal.Doors;
import org.shmarrays.internal.layout.ArrayLayout;
import org.shmarrays.internal.segment.MappedFile;
import org.shmarrays.internal.segment.PartitionChange;
import org.shmarrays.internal.segment.Segment;
import org.shmarrays.update.UpdateFunction;

// Over 300 lines: the loops over blocks share the state that a step needs.
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
    /** Of a staged block: with gradient and state arrays it stays in the first-level cache. */
    private static final int BLOCK_BYTES = 8 * 1024;

    private final Segment segment;
    private final ElementAccess<A> access;
    private final boolean rejectsNonFinite;
    private final Stage<A> stage;
    private final InPlaceUpdate<A> inPlace;
    private final Run run;

    /** What is staged of the run. */
    private final StagedRuns block;

    private final UndoSaving saving = new UndoSaving();
    private final A before;

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
        this.rejectsNonFinite = rejectsNonFinite;
        this.stage = new Stage<>(segment, access, BLOCK_BYTES, rounding, stateCount, rejectsNonFinite);
        this.inPlace = new InPlaceUpdate<>(segment, access, kernel, stage);
        this.run = new Run(access.type().sizeBytes());
        this.block = new StagedRuns(access.type().sizeBytes());
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
        final boolean isUnseen = result == null && !rejectsNonFinite && !Stage.isStochastic(array);
        if (isUnseen && function instanceof Assign) {
            inPlace.assign(run, operand, change);
        } else if (isUnseen && function instanceof FormulaUpdate update && inPlace.hasKernel()) {
            inPlace.apply(run, operand, update, change);
        } else {
            updateStaged(array, operand, function, step, change, result);
        }
    }

    private void prepare(final UpdateFunction function, final long step) {
        if (function instanceof FormulaUpdate update) {
            Kernel.sayIfMissing();
            stage.coefficients().prepare(update, step);
        }
    }

    private void updateStaged(
            final ArrayLayout array,
            final Object operand,
            final UpdateFunction function,
            final long step,
            final PartitionChange change,
            final Object result) {
        final int most = Doors.UPDATE.of(function).wantsLongRuns() ? Integer.MAX_VALUE : stage.blockElements();
        saving.begin(change, function.stateCount());
        while (nextBlock(most)) {
            final int n = run.n();
            stage.reserve(n);
            final A g = stage.gradients(run, operand);
            stage.change(array, block, function, g, stage.gradientIndex(run, g), step, saving);
            final int index = run.index();
            run.completed();
            stage.keep(result, index, n);
        }
    }

    /** Goes on to the run's next block of at most so many elements; false if there is none. */
    private boolean nextBlock(final int most) {
        final boolean isThere = run.next(most);
        block.set(run.fileElement(), run.n());
        return isThere;
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
        while (nextBlock(stage.blockElements())) {
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
        final A g = stage.gradients(run, operand);
        final int gOffset = stage.gradientIndex(run, g);
        final A values = stage.values();
        stage.loadValues(file, offset, 0, n);
        System.arraycopy(values, 0, before, 0, n);
        stage.apply(function, g, gOffset, 0, n, 0);
        final boolean isStochastic = Stage.isStochastic(array);
        final long key = isStochastic ? stage.roundingKey(array, run.element()) : 0;
        if (isStochastic) {
            stage.roundStochastically(0, n, key, 0);
        }
        stage.checkFinite(array, block, 0, n, 0);
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
                    stage.checkFinite(array, block, i, 1, 0);
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
            block.set(array.offset() / access.type().sizeBytes() + first + done, n);
            stage.checkFinite(array, block, 0, n, 0);
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
        while (nextBlock(stage.blockElements())) {
            stage.load(array.region(), block, stateCount);
            stage.checkFinite(array, block, 0, run.n(), stateCount);
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
        if (file == 0 && Stage.isStochastic(array)) {
            storeStochastically(array, first, count, values, index);
        } else {
            stored.store(segment.file(array.region(), file), offset(array, file, first), values, index, count);
        }
    }

    private void storeStochastically(
            final ArrayLayout array, final int first, final int count, final A from, final int index) {
        final long key = stage.roundingKey(array, first);
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
