package org.shmarrays.internal.kernel;

import org.shmarrays.internal.Doors;
import org.shmarrays.internal.layout.ArrayLayout;
import org.shmarrays.internal.layout.UndoSizes;
import org.shmarrays.internal.segment.MappedFile;
import org.shmarrays.internal.segment.PartitionChange;
import org.shmarrays.internal.segment.Segment;
import org.shmarrays.internal.segment.Step;
import org.shmarrays.update.UpdateFunction;

/**
 * Applies updates to single rows of arrays of one element type. Long rows go through {@link BlockUpdate}, one by one.
 * Short ones, and single elements, are packed into blocks on the heap, so that a function is called once for many of
 * them. For one thread.
 *
 * @param <A> the carrier of the element type
 */
public final class RowUpdate<A> {
    private final Segment segment;
    private final ElementAccess<A> access;
    private final BlockUpdate<?> blocks;
    private final RowLoops<A> loops;
    private final KernelRows<A> kernelRows;
    private final RowStage<A> stage;
    private final RoundingBits rounding;
    private final boolean rejectsNonFinite;
    private final UndoSaving saving = new UndoSaving();
    private final RowPrefetch prefetch = new RowPrefetch();

    private RowUpdate(
            final Segment segment,
            final ElementAccess<A> access,
            final BlockUpdate<?> blocks,
            final RoundingBits rounding,
            final int stateCount,
            final boolean rejectsNonFinite) {
        this.segment = segment;
        this.access = access;
        this.blocks = blocks;
        this.loops = access.newRowLoops();
        this.kernelRows = new KernelRows<>(segment, access);
        this.rounding = rounding;
        this.rejectsNonFinite = rejectsNonFinite;
        this.stage = new RowStage<>(
                access,
                new Stage<>(segment, access, UndoSizes.BLOCK_LENGTH, rounding, stateCount, rejectsNonFinite),
                saving);
    }

    /**
     * Updates of a segment's arrays.
     *
     * @param blocks those of the same segment and element type
     * @param rounding random bits for arrays that are rounded stochastically
     * @param stateCount the greatest number of state arrays
     * @param rejectsNonFinite whether what would write NaN or infinity is refused
     */
    public static <A> RowUpdate<A> of(
            final Segment segment,
            final ElementAccess<A> access,
            final BlockUpdate<?> blocks,
            final RoundingBits rounding,
            final int stateCount,
            final boolean rejectsNonFinite) {
        return new RowUpdate<>(segment, access, blocks, rounding, stateCount, rejectsNonFinite);
    }

    /**
     * Makes what is pushed ready, once for a push and not for each of its windows: called when rows are selected, and
     * when their operand is another one.
     */
    public void stageOperand(final SelectedRows rows, final UpdateFunction function) {
        if (isPacked(rows, function)) {
            stage.bringOnHeap(rows);
        }
    }

    /** Whether a function is called once for many rows. */
    private static boolean isPacked(final SelectedRows rows, final UpdateFunction function) {
        return rows.rowLength() < RowLoops.LONG_ROW || Doors.UPDATE.of(function).wantsLongRuns();
    }

    /**
     * Adds to the rows in the order in which they were named, without a lock: by plain loads and stores, or by
     * compare-and-set of each element. Rows that are named twice are added to twice.
     *
     * @param rows any, not sorted, whose operand is {@linkplain #stageOperand staged}
     * @param function an {@linkplain FormulaUpdate#isAddition addition}
     */
    public void add(final SelectedRows rows, final UpdateFunction function, final boolean atomically) {
        final ArrayLayout array = rows.array();
        final int length = rows.rowLength();
        if (!atomically && canUseKernel(rows, function)) {
            kernelRows.clear();
            kernelRows.begin(rows, function, 0, false);
            kernelRows.updateAsNamed();
            return;
        }
        if (length < RowLoops.LONG_ROW) {
            final MappedFile file = segment.file(array.region(), 0);
            final int first = array.offset() / access.type().sizeBytes() + rows.first();
            final A g = access.carrier(rows.operand());
            final boolean isStochastic = array.spec().rounding().isStochastic();
            final double scale = ((FormulaUpdate) function).additionScale();
            loops.rounding(isStochastic, isStochastic ? rounding.key(array, rows.first(), false) : 0);
            if (atomically) {
                loops.addAtomically(file, first, rows.rows(), rows.count(), length, g, scale);
            } else {
                loops.add(file, first, rows.rows(), rows.count(), length, g, scale);
            }
            return;
        }
        final MappedFile file = segment.file(array.region(), 0);
        final int sizeBytes = access.type().sizeBytes();
        final int ahead = RowPrefetch.rowsAhead(length * sizeBytes, 1);
        int fetched = ahead == 0 ? rows.count() : 0;
        for (int i = 0; i < rows.count(); i++) {
            if (i == fetched) {
                fetched = Math.min(rows.count(), i + ahead);
                for (int next = i; next < fetched; next++) {
                    final int begin = rows.first() + rows.rows()[next] * length;
                    prefetch.fetch(file, array.offset() + begin * sizeBytes, length * sizeBytes);
                }
            }
            final int begin = rows.first() + rows.rows()[i] * length;
            apply(array, begin, length, rows.operand(), i * length, function, 0, atomically);
        }
    }

    /** Whether rows are updated by a kernel, several in one call, and no value is refused. */
    public boolean canUseKernel(final SelectedRows rows, final UpdateFunction function) {
        return !rejectsNonFinite && kernelRows.canUpdate(rows, function);
    }

    /**
     * Has sorted rows fetched that will be updated next, from the {@code from}-th on, with the state arrays that a
     * function uses. Where a kernel goes over rows without a lock's fences between them, the processor does that better
     * by itself.
     *
     * @return the index after the last of those that need no further call
     */
    public int prefetch(
            final SelectedRows rows, final int from, final UpdateFunction function, final boolean isLocked) {
        if (!isLocked && canUseKernel(rows, function)) {
            return rows.count();
        }
        final int stateCount = function.stateCount();
        final int sizeBytes = access.type().sizeBytes();
        final int rowBytes = rows.rowLength() * sizeBytes;
        final int ahead = RowPrefetch.rowsAhead(rowBytes, 1 + stateCount * access.stateOffset(rowBytes) / rowBytes);
        final int to = ahead == 0 ? rows.count() : Math.min(rows.count(), from + ahead);
        for (int i = from; i < to && ahead > 1; i++) {
            final int offset = rows.array().offset() + rows.rowFirst(i) * sizeBytes;
            prefetch.fetch(segment.file(rows.array().region(), 0), offset, rowBytes);
            for (int k = 0; k < stateCount; k++) {
                prefetch.fetch(
                        segment.file(rows.array().region(), 1 + k),
                        access.stateOffset(offset),
                        access.stateOffset(rowBytes));
            }
        }
        return to;
    }

    /**
     * Updates the rows that are left in the window, with plain stores unless {@code atomically}. What was pushed to
     * equal rows is added up before. Old bytes of a block of rows are saved before the first of them is overwritten. If
     * the function throws, a further call goes on behind what is updated; under a lock the caller takes the change back
     * and enters the window again.
     *
     * @param rows sorted ones, whose operand is {@linkplain #stageOperand staged}
     * @param step number of the step, for functions that use state arrays
     * @param change where old bytes are saved before they are overwritten, or null for none
     * @param atomically by compare-and-set of each element; for functions without state arrays
     */
    public void update(
            final SelectedRows rows,
            final UpdateFunction function,
            final long step,
            final PartitionChange change,
            final boolean atomically) {
        final int sizeBytes = access.type().sizeBytes();
        final int windowFirst = rows.hasNext() ? rows.element() : rows.windowEnd();
        saving.begin(
                change,
                function.stateCount(),
                change == null ? 0 : rows.left(),
                rows.rowLength() * sizeBytes,
                rows.array().offset() + windowFirst * sizeBytes,
                rows.array().offset() + rows.windowEnd() * sizeBytes);
        if (!atomically && canUseKernel(rows, function)) {
            kernelRows.clear(); // of a change that was taken back
            updateTogether(rows, function, step, change != null);
            changeCollected();
        } else if (isPacked(rows, function) && !atomically) {
            stage.update(rows, function, step);
        } else {
            updateEach(rows, function, step, atomically);
        }
    }

    private void updateEach(
            final SelectedRows rows, final UpdateFunction function, final long step, final boolean atomically) {
        while (rows.hasNext()) {
            updateNext(rows, function, step, atomically);
        }
    }

    /** Updates the next elements of a row, up to its end in the window or as many as fit into a block. */
    private void updateNext(
            final SelectedRows rows, final UpdateFunction function, final long step, final boolean atomically) {
        final int sizeBytes = access.type().sizeBytes();
        final int key = rows.key();
        final int element = rows.element();
        final int n = Math.min(stage.blockElements(), rows.runEnd(key) - element);
        saving.add(rows.array().offset() + element * sizeBytes, n * sizeBytes);
        saving.flush();
        final boolean repeated = rows.nextOther(key) > key + 1;
        final Object operand = repeated ? stage.sum(rows, n) : rows.operand();
        final int index = repeated ? 0 : rows.operandIndex(key, element);
        try {
            apply(rows.array(), element, n, operand, index, function, step, atomically);
        } finally {
            if (blocks.completed() > 0) {
                rows.advance(blocks.completed());
            }
        }
    }

    /**
     * Collects rows, which are saved if they are to be, and has a kernel change several at once; the last ones are left
     * to the caller. Those that are named twice, or cut by the window, are changed one by one. Each save ends in a
     * store-store fence, and all of them come before the kernel's first store.
     */
    private void updateTogether(
            final SelectedRows rows, final UpdateFunction function, final long step, final boolean saved) {
        kernelRows.begin(rows, function, step, saved);
        while (rows.hasNext()) {
            if (kernelRows.isFull()) {
                changeCollected();
            }
            if (!kernelRows.addWhole(saved ? saving : null)) {
                if (saved) {
                    changeCollected(); // under a lock rows are changed in ascending order
                }
                updateNext(rows, function, step, false);
            }
        }
    }

    /** Begins to {@link #collect}. */
    public void begin() {
        kernelRows.clear();
        saving.skip();
    }

    /**
     * Updates the rows of a window without a lock, as {@link #update} does, or later, together with those of other
     * windows: {@link #finish} is the last moment. For rows and functions for which it
     * {@linkplain #canUseKernel can use a kernel}.
     *
     * @param rows sorted ones; those behind the window are left out
     */
    public void collect(final SelectedRows rows, final UpdateFunction function, final long step) {
        updateTogether(rows, function, step, false);
    }

    /** Updates what was collected and is not yet updated. */
    public void finish() {
        kernelRows.update();
    }

    private void changeCollected() {
        saving.flush();
        Step.U11.reached();
        kernelRows.update();
    }

    private void apply(
            final ArrayLayout array,
            final int element,
            final int n,
            final Object operand,
            final int index,
            final UpdateFunction function,
            final long step,
            final boolean atomically) {
        if (atomically) {
            blocks.updateAtomically(array, element, n, operand, element - index, function, null);
        } else {
            blocks.update(array, element, n, operand, element - index, function, step, null, null);
        }
    }
}
