package org.shmarrays.internal.kernel;

import org.shmarrays.internal.segment.Segment;
import org.shmarrays.update.UpdateFunction;

/**
 * Rows that a kernel updates several at a time: they are collected, by where they lie in their file and what of the
 * operand is pushed to them, and then updated in one call. For one thread.
 *
 * @param <A> the carrier of the element type
 */
final class KernelRows<A> {
    /**
     * Limits of rows, and of bytes under a lock: what is saved of them is then still in the first-level cache when they
     * are changed.
     */
    private static final int MOST_ROWS = 1024;

    private static final int MOST_SAVED_BYTES = 8 << 10;

    /** Of rows that are not saved: a call of a kernel is soon at its end, where a JVM may stop the thread. */
    private static final int MOST_BYTES = 1 << 20;

    private final ElementAccess<A> access;
    private final Kernel<A> kernel;
    private final KernelMemory memory;
    private final Coefficients coefficients = new Coefficients();
    private final int[] offsets = new int[MOST_ROWS];
    private final int[] indexes = new int[MOST_ROWS];
    private SelectedRows rows;
    private int most;
    private int count;

    @SuppressWarnings("unchecked") // a kernel's carrier is that of its type
    KernelRows(final Segment segment, final ElementAccess<A> access) {
        this.access = access;
        this.kernel = (Kernel<A>) Kernel.of(access.type());
        this.memory = new KernelMemory(segment, kernel);
    }

    /** Whether there is a kernel for the function, and rows are whole vectors in a Java array. */
    boolean canUpdate(final SelectedRows selected, final UpdateFunction update) {
        if (kernel == null && update instanceof FormulaUpdate) {
            Kernel.sayIfMissing();
        }
        return kernel != null
                && update instanceof FormulaUpdate
                && kernel.whole(selected.rowLength()) == selected.rowLength()
                && access.isCarrier(selected.operand());
    }

    /**
     * Begins, with rows and a function for which it {@linkplain #canUpdate can}, or goes on with the same ones in
     * another partition: what was added before is updated now if the step there may give other coefficients, and else
     * with what comes.
     *
     * @param saved whether old bytes of the rows are saved
     */
    void begin(final SelectedRows selected, final UpdateFunction update, final long step, final boolean saved) {
        final FormulaUpdate formula = (FormulaUpdate) update;
        if (!coefficients.areOf(formula, step)) {
            update();
            coefficients.prepare(formula, step);
        }
        rows = selected;
        final long rowBytes = (long) selected.rowLength() * access.type().sizeBytes() * (1 + formula.stateCount());
        most = (int) Math.max(1, Math.min(MOST_ROWS, (saved ? MOST_SAVED_BYTES : MOST_BYTES) / rowBytes));
    }

    /** Updates all rows in the order in which they were named, those that are named twice twice. */
    void updateAsNamed() {
        final int[] named = rows.rows();
        final int length = rows.rowLength();
        final int rowBytes = length * access.type().sizeBytes();
        final int first = rows.array().offset() + rows.first() * access.type().sizeBytes();
        for (int from = 0; from < rows.count(); from += most) {
            count = Math.min(most, rows.count() - from);
            for (int i = 0; i < count; i++) {
                offsets[i] = first + named[from + i] * rowBytes;
                indexes[i] = (from + i) * length;
            }
            update();
        }
    }

    /** Whether it has no room for one more row. */
    boolean isFull() {
        return count == most;
    }

    /** Forgets what was added and not updated. */
    void clear() {
        count = 0;
    }

    /**
     * Adds the rows of a window that come next, are named once and lie in it as a whole, as many as there is room for.
     *
     * @param saving has them saved
     * @return whether there were any
     */
    boolean addWhole(final UndoSaving saving) {
        final int from = count;
        count = rows.listWhole(offsets, indexes, from, most);
        if (saving != null) {
            final int rowBytes = rows.rowLength() * access.type().sizeBytes();
            for (int i = from; i < count; i++) {
                saving.add(offsets[i], rowBytes);
            }
        }
        return count > from;
    }

    /** Updates what was added since the last time. */
    void update() {
        if (count > 0) {
            final int added = count;
            count = 0; // whatever is thrown, no row is changed a second time
            kernel.applyToRuns(
                    coefficients.formula(),
                    coefficients.values,
                    memory.of(rows.array().region()),
                    offsets,
                    access.carrier(rows.operand()),
                    indexes,
                    added,
                    rows.rowLength());
        }
    }
}
