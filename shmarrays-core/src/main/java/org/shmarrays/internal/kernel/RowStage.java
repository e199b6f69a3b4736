package org.shmarrays.internal.kernel;

import java.nio.Buffer;
import org.shmarrays.internal.Doors;
import org.shmarrays.internal.layout.ArrayLayout;
import org.shmarrays.internal.layout.UndoDescriptor;
import org.shmarrays.internal.segment.Segment;
import org.shmarrays.internal.segment.Step;
import org.shmarrays.update.UpdateFunction;

/**
 * Rows that are packed into blocks on the heap, where a function is called once for many of them, and what is pushed to
 * rows, made ready. For one thread.
 *
 * @param <A> the carrier of the element type
 */
final class RowStage<A> {
    private final Segment segment;
    private final ElementAccess<A> access;
    private final RowLoops<A> loops;
    private final ElementAccess<A> stateAccess;
    private final RowLoops<A> stateLoops;
    private final RowSaving saving;
    private final RoundingBits rounding;
    private final boolean rejectsNonFinite;
    private final int blockElements;
    private final double[] coefficients = new double[Formula.MOST_COEFFICIENTS];
    private final RowRuns runs = new RowRuns();
    private final A[] state;
    private A values;
    private A gradients;
    private A further;

    /**
     * Stages rows.
     *
     * @param saving of the change that is under way, begun by others
     * @param rounding random bits for arrays that are rounded stochastically
     * @param stateCount the greatest number of state arrays
     * @param rejectsNonFinite whether what would write NaN or infinity is refused
     */
    @SuppressWarnings("unchecked") // the loops' carrier is that of their type
    RowStage(
            final Segment segment,
            final ElementAccess<A> access,
            final RowLoops<A> loops,
            final RowSaving saving,
            final RoundingBits rounding,
            final int stateCount,
            final boolean rejectsNonFinite) {
        this.segment = segment;
        this.access = access;
        this.loops = loops;
        this.stateAccess = access.state();
        this.stateLoops = (RowLoops<A>) RowLoops.of(stateAccess.type());
        this.saving = saving;
        this.rounding = rounding;
        this.rejectsNonFinite = rejectsNonFinite;
        this.blockElements = UndoDescriptor.BLOCK_LENGTH / access.type().sizeBytes();
        this.state = access.allocateSeveral(stateCount);
        allocate(blockElements);
    }

    /** Elements of a block. */
    int blockElements() {
        return blockElements;
    }

    private void allocate(final int elements) {
        gradients = access.allocate(elements);
        further = access.allocate(elements);
        for (int k = 0; k < state.length; k++) {
            state[k] = access.allocate(elements);
        }
        values = access.allocate(elements); // allocated last: its length stands for all of them
    }

    /** What is pushed to the next elements of a row that is named more than once. */
    A sum(final SelectedRows rows, final int n) {
        final int key = rows.key();
        take(rows, key, gradients, n);
        final int end = rows.nextOther(key);
        for (int like = key + 1; like < end; like++) {
            take(rows, like, further, n);
            loops.addUp(further, gradients, n);
        }
        return gradients;
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
                ? Math.max(blockElements, rows.left() * rows.rowLength())
                : blockElements;
        if (capacity > access.length(values)) {
            allocate(capacity);
        }
        if (function instanceof FormulaUpdate formula) {
            formula.coefficients(step, coefficients);
        }
        final A operand = access.carrier(rows.operand());
        final int region = rows.array().region();
        while (rows.hasNext()) {
            final int key = rows.key();
            final int element = rows.element();
            final int n = pack(rows, capacity);
            boolean done = false;
            try {
                loops.sum(operand, runs, gradients);
                loops.load(segment.file(region, 0), runs, values);
                for (int k = 0; k < function.stateCount(); k++) {
                    stateLoops.load(segment.file(region, 1 + k), runs, state[k]);
                }
                access.apply(function, coefficients, gradients, 0, values, 0, state, n, step);
                round(rows.array());
                if (rejectsNonFinite) {
                    checkFinite(rows.array(), function.stateCount(), n);
                }
                save();
                Step.U11.reached();
                loops.store(segment.file(region, 0), runs, values);
                for (int k = 0; k < function.stateCount(); k++) {
                    stateLoops.store(segment.file(region, 1 + k), runs, state[k]);
                }
                done = true;
            } finally {
                if (!done) {
                    rows.moveTo(key, element);
                }
            }
        }
    }

    /** Packs as many rows as fit, at least one, and returns the number of their elements. */
    private int pack(final SelectedRows rows, final int capacity) {
        final int fileFirst = rows.array().offset() / access.type().sizeBytes();
        runs.reserve(rows.count());
        runs.clear();
        int n = 0;
        while (rows.hasNext()) {
            final int key = rows.key();
            final int element = rows.element();
            final int length = rows.runEnd(key) - element;
            if (length > capacity - n) {
                break;
            }
            runs.addRun(fileFirst + element, length);
            final int end = rows.nextOther(key);
            for (int like = key; like < end; like++) {
                runs.addSource(rows.operandIndex(like, element), n, length);
            }
            n += length;
            rows.advance(length);
        }
        return n;
    }

    private void round(final ArrayLayout array) {
        if (!array.spec().rounding().isStochastic() || runs.count == 0) {
            return;
        }
        final int first = array.offset() / access.type().sizeBytes();
        final long key =
                rounding.key(array, runs.firsts[0] - first, array.spec().mode().isLocked());
        int next = 0;
        for (int r = 0; r < runs.count; r++) {
            access.roundStochastically(values, next, runs.lengths[r], key, runs.firsts[r] - first);
            next += runs.lengths[r];
        }
    }

    private void save() {
        final int sizeBytes = access.type().sizeBytes();
        for (int r = 0; r < runs.count; r++) {
            saving.add(runs.firsts[r] * sizeBytes, runs.lengths[r] * sizeBytes);
        }
        saving.flush();
    }

    private void checkFinite(final ArrayLayout array, final int stateCount, final int n) {
        checkFinite(array, "", access.firstNonFinite(values, 0, n), values);
        for (int k = 0; k < stateCount; k++) {
            checkFinite(array, " of state array " + k, stateAccess.firstNonFinite(state[k], 0, n), state[k]);
        }
    }

    private void checkFinite(final ArrayLayout array, final String what, final int bad, final A staged) {
        if (bad < 0) {
            return;
        }
        int run = 0;
        int before = 0;
        while (before + runs.lengths[run] <= bad) {
            before += runs.lengths[run++];
        }
        final int element = runs.firsts[run] - array.offset() / access.type().sizeBytes() + bad - before;
        throw NonFinite.exception(segment, array, element, what, staged, bad);
    }

    /** Copies what is pushed from a buffer into an array, because buffers are slow to read element by element. */
    void bringOnHeap(final SelectedRows rows) {
        if (access.isCarrier(rows.operand())) {
            return;
        }
        final int n = rows.count() * rows.rowLength();
        final boolean fits = access.isCarrier(rows.heap()) && access.length(access.carrier(rows.heap())) >= n;
        final A heap = fits ? access.carrier(rows.heap()) : access.allocate(Math.max(n, blockElements));
        access.loadBuffer((Buffer) rows.operand(), 0, heap, n);
        rows.takeHeap(heap);
    }
}
