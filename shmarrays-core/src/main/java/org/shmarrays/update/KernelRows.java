package org.shmarrays.update;

import java.util.Arrays;
import org.shmarrays.segment.Segment;

/**
 * Rows that a kernel updates several at a time: they are collected, by where they lie in their file and what of the operand is pushed to
 * them, and then updated in one call. For one thread.
 *
 * @param <A> the carrier of the element type
 */
final class KernelRows<A> {
    /** So many, and so many bytes under a lock: what is saved of them is then still in the first-level cache when they are changed. */
    private static final int MOST_ROWS = 256;

    private static final int MOST_SAVED_BYTES = 8 << 10;

    /** Of rows that are not saved: a call of a kernel is soon at its end, where a JVM may stop the thread. */
    private static final int MOST_BYTES = 1 << 20;

    private final ElementAccess<A> access;
    private final Kernel<A> kernel;
    private final KernelMemory memory;
    private final double[] coefficients = new double[Formula.MOST_COEFFICIENTS];
    private final double[] next = new double[Formula.MOST_COEFFICIENTS];
    private final int[] offsets = new int[MOST_ROWS];
    private final int[] indexes = new int[MOST_ROWS];
    private SelectedRows rows;
    private FormulaUpdate function;
    private int count;

    @SuppressWarnings("unchecked") // a kernel's carrier is that of its type
    KernelRows(final Segment segment, final ElementAccess<A> access) {
        this.access = access;
        this.kernel = (Kernel<A>) Kernel.of(access.type());
        this.memory = new KernelMemory(segment, kernel);
    }

    /** Whether there is a kernel for the function, and rows are whole vectors in a Java array. */
    boolean canUpdate(final SelectedRows selected, final UpdateFunction update) {
        return kernel != null
                && update instanceof FormulaUpdate
                && kernel.whole(selected.rowLength()) == selected.rowLength()
                && access.isCarrier(selected.operand());
    }

    /**
     * Begins, with rows and a function for which it {@linkplain #canUpdate can}, or goes on with the same ones in another partition: what was
     * added before is updated now if the step there gives other coefficients, and else with what comes.
     */
    void begin(final SelectedRows selected, final UpdateFunction update, final long step) {
        final FormulaUpdate formula = (FormulaUpdate) update;
        formula.coefficients(step, next);
        if (count > 0 && !Arrays.equals(next, coefficients)) {
            update();
        }
        rows = selected;
        function = formula;
        System.arraycopy(next, 0, coefficients, 0, next.length);
    }

    /** Updates all rows in the order in which they were named, those that are named twice twice. */
    void updateAsNamed() {
        final int length = rows.rowLength();
        final int first = offset(rows.first());
        final int rowBytes = length * access.type().sizeBytes();
        for (int i = 0; i < rows.count(); i++) {
            if (isFull(false)) {
                update();
            }
            add(first + rows.rows()[i] * rowBytes, i * length);
        }
        update();
    }

    /** Whether it has no room for one more row, whose old bytes are saved or not. */
    boolean isFull(final boolean saved) {
        final long bytes = (count + 1L) * rows.rowLength() * access.type().sizeBytes() * (1 + function.stateCount());
        return count == MOST_ROWS || count > 0 && bytes > (saved ? MOST_SAVED_BYTES : MOST_BYTES);
    }

    /** Forgets what was added and not updated. */
    void clear() {
        count = 0;
    }

    /** Adds a row. */
    void add(final int offset, final int index) {
        offsets[count] = offset;
        indexes[count] = index;
        count++;
    }

    /** Updates what was added since the last time. */
    void update() {
        if (count > 0) {
            final int added = count;
            count = 0; // whatever is thrown, no row is changed a second time
            kernel.applyToRuns(
                    function.formula(),
                    coefficients,
                    memory.of(rows.array().region()),
                    offsets,
                    access.carrier(rows.operand()),
                    indexes,
                    added,
                    rows.rowLength());
        }
    }

    private int offset(final int element) {
        return rows.array().offset() + element * access.type().sizeBytes();
    }
}
