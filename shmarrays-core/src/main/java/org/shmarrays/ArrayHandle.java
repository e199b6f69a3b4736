package org.shmarrays;

import java.nio.Buffer;
import java.nio.ByteBuffer;
import java.util.List;
import org.shmarrays.errors.UpdateFailedException;
import org.shmarrays.internal.access.Calls;
import org.shmarrays.internal.access.PlannedAccess;
import org.shmarrays.internal.access.RowPlan;
import org.shmarrays.internal.access.Target;
import org.shmarrays.layout.ArrayOrder;
import org.shmarrays.layout.ElementType;
import org.shmarrays.layout.Mode;
import org.shmarrays.layout.Rounding;
import org.shmarrays.update.OwnedValues;
import org.shmarrays.update.UpdateFunction;
import org.shmarrays.update.Updates;

/**
 * One array of a segment, or one alias, looked up once. For the thread of the {@link ShmArrays} that gave it. Reads and
 * updates by ready-made functions allocate nothing from the second call on; {@link ArrayGroup} does the same for
 * several arrays. It refers to what its last call was given until the next one.
 *
 * <p>Values go in and out in Java arrays of the element type's {@linkplain ElementType#carrier() carrier}, or in
 * buffers of the same kind (FloatBuffer for float[], and so on), in the array's own order of elements; their length
 * must be {@link #elementCount()}. Of a buffer the elements from 0 to its limit count; its position is not looked at.
 * Memory of another library is given as {@link OwnedValues}, because a buffer does not keep its owner alive.
 */
public final class ArrayHandle {
    private final Calls calls;
    private final Target target;
    private final PlannedAccess access;
    private RowPlan rowPlan;

    ArrayHandle(final Calls calls, final Target target) {
        this.calls = calls;
        this.target = target;
        this.access = calls.accessTo(List.of(target));
    }

    public String name() {
        return target.name();
    }

    public ElementType elementType() {
        return target.spec().elementType();
    }

    public Mode mode() {
        return target.spec().mode();
    }

    /** A copy of the shape. */
    public int[] shape() {
        return target.shape().stream().mapToInt(Integer::intValue).toArray();
    }

    /** The order of the elements; an alias has its own. */
    public ArrayOrder order() {
        return target.order();
    }

    public int elementCount() {
        return target.count();
    }

    /** Number of state arrays. */
    public int stateCount() {
        return target.spec().stateCount();
    }

    /** How what is stored is rounded; of no effect but in 16-bit elements. */
    public Rounding rounding() {
        return target.spec().rounding();
    }

    /**
     * Copies the values out: consistent per partition in the locked modes, per element otherwise.
     *
     * @param into a Java array or buffer
     * @throws IllegalArgumentException if it has the wrong type or length
     */
    public void readInto(final Object into) {
        calls.pullOne(access, into);
    }

    /**
     * Copies the values of a state array out; for looking at, not for training: it is consistent per element only.
     *
     * @param state from 0 to {@link #stateCount()} - 1
     */
    public void readStateInto(final int state, final Object into) {
        calls.pullState(target, state, into);
    }

    /**
     * Sets the values.
     *
     * @throws IllegalStateException for a mode of ORDERED after the first turn: push {@link Updates#assign()} in turn
     */
    public void write(final Object values) {
        calls.write(access, new Object[] {values}, null);
    }

    /** Updates the values in place; see {@link ShmArrays#update(java.util.Map, UpdateFunction)}. */
    public void update(final Object gradient, final UpdateFunction function) {
        calls.pushOne(access, gradient, false, null, function, null);
    }

    /** {@link #update(Object, UpdateFunction)} with HOGWILD or ATOMIC chosen for this call. */
    public void update(final Object gradient, final UpdateFunction function, final Mode mode) {
        calls.pushOne(access, gradient, false, null, function, mode);
    }

    /** Updates the values and gives them back as this update left them; both arguments may be the same array. */
    public void updateAndRead(final Object gradient, final UpdateFunction function, final Object into) {
        calls.pushOne(access, gradient, true, into, function, null);
    }

    /**
     * Pushes by code that changes this array, and its state, in the shared memory itself, chunk by chunk. Nothing is
     * pushed before {@link ChunkPush#run}.
     *
     * @throws IllegalStateException if the attachment is read-only
     */
    public ChunkPush chunkPush() {
        return new ChunkPush(calls, calls.chunks(access));
    }

    /**
     * Copies rows out, in the order in which they are named. Rows are counted by the first dimension, and each has the
     * product of the other dimensions as its length; of a one-dimensional array each element is a row. In the locked
     * modes a row is consistent, if it lies in one partition, and otherwise what it has in each; in the lock-free modes
     * each element is.
     *
     * @param rows from 0 on; one may be named twice
     * @param into a Java array or buffer, {@code [rows.length, rowLength]} row-major
     * @throws IllegalArgumentException if a row is not there, the destination has the wrong type or length, or the
     *     array is of order F (and not one-dimensional) or a scalar
     */
    public void gather(final int[] rows, final Object into) {
        calls.gather(rowPlan(), rows, into);
    }

    /**
     * {@link #gather(int[], Object)} for the first {@code rowCount} of the rows, into the beginning of {@code into}.
     */
    public void gather(final int[] rows, final int rowCount, final Object into) {
        calls.gather(rowPlan(), rows, rowCount, into);
    }

    /**
     * Adds to rows, and to nothing else: {@code w[rows[i]] = w[rows[i]] + values[i]}. Values for a row that is named
     * more than once add up. Rows as of {@link #gather(int[], Object)}; nothing is written if one of them is not there.
     *
     * @param values a Java array or buffer, {@code [rows.length, rowLength]} row-major
     * @throws IllegalArgumentException as {@link #gather(int[], Object)}
     */
    public void scatterAdd(final int[] rows, final Object values) {
        scatterUpdate(rows, values, Updates.add());
    }

    /** {@link #scatterAdd(int[], Object)} for the first {@code rowCount} of the rows. */
    public void scatterAdd(final int[] rows, final int rowCount, final Object values) {
        calls.scatter(rowPlan(), rows, rowCount, values, Updates.add(), null);
    }

    /**
     * Updates rows, and their state arrays, and nothing else: the lazy form of optimizers, as {@code SparseAdam} of
     * PyTorch. Gradients of a row that is named more than once are added up first, and the row is updated once. The
     * step number of Adam is that of the row's piece (what its partition holds of the array): it grows by one with each
     * push that touches the piece, not with each that touches the row.
     *
     * @param rows as of {@link #gather(int[], Object)}
     * @param gradients a Java array or buffer, {@code [rows.length, rowLength]} row-major
     * @throws IllegalArgumentException as {@link #gather(int[], Object)}, or if the function is not for the array's
     *     type or mode, or needs more state arrays
     * @throws UpdateFailedException if the push could not be finished; it says what was updated
     */
    public void scatterUpdate(final int[] rows, final Object gradients, final UpdateFunction function) {
        calls.scatter(rowPlan(), rows, gradients, function, null);
    }

    /**
     * {@link #scatterUpdate(int[], Object, UpdateFunction)} for the first {@code rowCount} of the rows.
     *
     * @param mode HOGWILD or ATOMIC, chosen for this call, or null for the array's own
     */
    public void scatterUpdate(
            final int[] rows,
            final int rowCount,
            final Object gradients,
            final UpdateFunction function,
            final Mode mode) {
        calls.scatter(rowPlan(), rows, rowCount, gradients, function, mode);
    }

    private RowPlan rowPlan() {
        if (rowPlan == null) {
            rowPlan = calls.rowPlan(target);
        }
        return rowPlan;
    }

    /**
     * The array's own memory, in native byte order: writes through it are plain stores that no lock guards, and others
     * see them. It stays valid as long as it is referred to, also after the handle is closed. Of a read-only attachment
     * it is read-only.
     *
     * @throws IllegalStateException for ORDERED arrays, whose promise it would break
     */
    public ByteBuffer view() {
        return calls.view(target);
    }

    /** {@link #view()} as the buffer that fits the element type; 16-bit types give a ShortBuffer of raw bits. */
    public Buffer typedView() {
        return Target.typed(view(), elementType());
    }

    /**
     * The own memory of a state array: {@link #view()} for the optimizer state of this array's elements, in the same
     * order. What its bytes are is the {@linkplain ElementType#stateType() state type}: float32 beside 16-bit elements,
     * otherwise that of the elements.
     *
     * @param state from 0 to {@link #stateCount()} - 1
     * @throws IllegalArgumentException if there is no such state array
     * @throws IllegalStateException for ORDERED arrays, whose promise it would break
     */
    public ByteBuffer stateView(final int state) {
        return calls.stateView(target, state);
    }

    /** {@link #stateView(int)} as the buffer that fits the state type. */
    public Buffer typedStateView(final int state) {
        return Target.typed(stateView(state), elementType().stateType());
    }

    @Override
    public String toString() {
        return target.name() + target.shape() + " of "
                + calls.attachment().segment().name();
    }
}
