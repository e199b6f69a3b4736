package org.shmarrays.internal.kernel;

import java.nio.Buffer;
import org.shmarrays.internal.Doors;
import org.shmarrays.update.UpdateFunction;

/**
 * Rows that are packed into blocks on the heap, where a function is called once for many of them, and what is pushed to
 * rows, made ready. For one thread.
 *
 * @param <A> the carrier of the element type
 */
final class RowStage<A> {
    private final ElementAccess<A> access;
    private final Stage<A> stage;
    private final UndoSaving saving;
    private final StagedRuns runs;
    private final A further;

    /**
     * Stages rows.
     *
     * @param stage for blocks of them, used by nothing else
     * @param saving of the change that is under way, begun by others
     */
    RowStage(final ElementAccess<A> access, final Stage<A> stage, final UndoSaving saving) {
        this.access = access;
        this.stage = stage;
        this.saving = saving;
        this.runs = new StagedRuns(access.type().sizeBytes());
        this.further = access.allocate(stage.blockElements());
    }

    /** Elements of a block. */
    int blockElements() {
        return stage.blockElements();
    }

    /** What is pushed to the next elements of a row that is named more than once, at most a block. */
    A sum(final SelectedRows rows, final int n) {
        final A sum = stage.gradients();
        final int key = rows.key();
        take(rows, key, sum, n);
        final int end = rows.nextOther(key);
        for (int like = key + 1; like < end; like++) {
            take(rows, like, further, n);
            stage.loops().addUp(further, sum, n);
        }
        return sum;
    }

    private void take(final SelectedRows rows, final int key, final A into, final int n) {
        final int index = rows.operandIndex(key, rows.element());
        if (access.isCarrier(rows.operand())) {
            System.arraycopy(rows.operand(), index, into, 0, n);
        } else {
            access.loadBuffer((Buffer) rows.operand(), index, into, n);
        }
    }

    /**
     * Updates the rows that are left in the window, block by block; what was pushed to equal ones is added up before.
     * If the function throws, they stand at the first row of the block at which it threw.
     */
    void update(final SelectedRows rows, final UpdateFunction function, final long step) {
        final int capacity = Doors.UPDATE.of(function).wantsLongRuns()
                ? Math.max(blockElements(), rows.left() * rows.rowLength())
                : blockElements();
        stage.reserve(capacity);
        if (function instanceof FormulaUpdate formula) {
            stage.coefficients().prepare(formula, step);
        }
        final A operand = access.carrier(rows.operand());
        while (rows.hasNext()) {
            final int key = rows.key();
            final int element = rows.element();
            pack(rows, capacity);
            boolean done = false;
            try {
                final A g = stage.gradients();
                stage.loops().sum(operand, runs, g);
                stage.change(rows.array(), runs, function, g, 0, step, saving);
                done = true;
            } finally {
                if (!done) {
                    rows.moveTo(key, element);
                }
            }
        }
    }

    /** Packs as many rows as fit, at least one. */
    private void pack(final SelectedRows rows, final int capacity) {
        final int fileFirst = rows.array().offset() / access.type().sizeBytes();
        runs.reserve(rows.count());
        runs.clear();
        while (rows.hasNext()) {
            final int key = rows.key();
            final int element = rows.element();
            final int n = rows.runEnd(key) - element;
            final int at = runs.length();
            if (n > capacity - at) {
                break;
            }
            runs.addRun(fileFirst + element, n);
            final int end = rows.nextOther(key);
            for (int like = key; like < end; like++) {
                runs.addSource(rows.operandIndex(like, element), at, n);
            }
            rows.advance(n);
        }
    }

    /** Copies what is pushed from a buffer into an array, because buffers are slow to read element by element. */
    void bringOnHeap(final SelectedRows rows) {
        if (access.isCarrier(rows.operand())) {
            return;
        }
        final int n = rows.count() * rows.rowLength();
        final boolean fits = access.isCarrier(rows.heap()) && access.length(access.carrier(rows.heap())) >= n;
        final A heap = fits ? access.carrier(rows.heap()) : access.allocate(Math.max(n, blockElements()));
        access.loadBuffer((Buffer) rows.operand(), 0, heap, n);
        rows.takeHeap(heap);
    }
}
