package org.shmarrays;

import java.nio.Buffer;
import java.nio.ByteBuffer;
import java.util.List;
import org.shmarrays.errors.UpdateFailedException;
import org.shmarrays.internal.access.Calls;
import org.shmarrays.internal.access.PlannedAccess;
import org.shmarrays.internal.access.RowPlan;
import org.shmarrays.internal.access.Target;
import org.shmarrays.internal.kernel.ElementAccesses;
import org.shmarrays.layout.ArrayOrder;
import org.shmarrays.layout.ElementType;
import org.shmarrays.layout.Mode;
import org.shmarrays.layout.Rounding;
import org.shmarrays.update.OwnedValues;
import org.shmarrays.update.UpdateFunction;
import org.shmarrays.update.Updates;

/**
 * A handle for one array or alias of a segment. Look it up once: from the second call on, reads and updates by
 * ready-made functions allocate nothing. {@link ArrayGroup} is the same for several arrays. For the thread of the
 * {@link ShmArrays} that it comes from. It keeps a reference to the arguments of its last call until the next call.
 *
 * <p>Values are Java arrays of the element type's {@linkplain ElementType#carrier() carrier}, or buffers of the same
 * kind (FloatBuffer for float[], and so on), in the array's own order of elements. Their length must be
 * {@link #elementCount()}. The length of a buffer is its limit; its position is ignored. If another library frees the
 * memory, pass it as {@link OwnedValues}, because a buffer does not keep its owner alive.
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

    /** How stored values are rounded. It matters only for 16-bit elements. */
    public Rounding rounding() {
        return target.spec().rounding();
    }

    /**
     * Copies the values out. The copy is consistent per partition in the locked modes, and per element otherwise.
     *
     * @param into a Java array or buffer
     * @throws IllegalArgumentException if it has the wrong type or length
     */
    public void readInto(final Object into) {
        calls.pullOne(access, into);
    }

    /**
     * Copies the values of a state array out. Use it to inspect, not to train: the copy is consistent per element only.
     *
     * @param state from 0 to {@link #stateCount()} - 1
     */
    public void readStateInto(final int state, final Object into) {
        calls.pullState(target, state, into);
    }

    /**
     * Sets the values.
     *
     * @throws IllegalStateException for mode ORDERED after the first turn: push {@link Updates#assign()} in turn
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

    /** Updates the values, and copies them out as this update left them. Both arguments may be the same array. */
    public void updateAndRead(final Object gradient, final UpdateFunction function, final Object into) {
        calls.pushOne(access, gradient, true, into, function, null);
    }

    /**
     * A push by code that changes this array and its state in the shared memory itself, chunk by chunk. It pushes
     * nothing until {@link ChunkPush#run} is called.
     *
     * @throws IllegalStateException if the attachment is read-only
     */
    public ChunkPush chunkPush() {
        return new ChunkPush(calls, calls.chunks(access));
    }

    /**
     * Copies rows out, in the order in which they are named. The first dimension counts the rows. The length of a row
     * is the product of the other dimensions. In a one-dimensional array, each element is a row. In the locked modes,
     * the part of a row in one partition is consistent; in the lock-free modes, each element is.
     *
     * @param rows indexes from 0 on; a row may be named more than once
     * @param into a Java array or buffer, {@code [rows.length, rowLength]} row-major
     * @throws IllegalArgumentException if a row does not exist, if {@code into} has the wrong type or length, or if the
     *     array is a scalar, or of order F with more than one dimension
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
     * Adds to rows, and reads and writes no other rows: {@code w[rows[i]] = w[rows[i]] + values[i]}. If a row is named
     * more than once, its values add up. If a row does not exist, nothing is written.
     *
     * @param rows as of {@link #gather(int[], Object)}
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
     * Updates rows and their state arrays, and no other rows. This is the lazy form of optimizers, as in PyTorch's
     * {@code SparseAdam}. If a row is named more than once, its gradients are added up first, and the row is updated
     * once. Adam's step number is that of the row's chunk (the part of the array in one partition): it grows by one
     * with each push that touches the chunk, even if it does not touch the row.
     *
     * @param rows as of {@link #gather(int[], Object)}
     * @param gradients a Java array or buffer, {@code [rows.length, rowLength]} row-major
     * @throws IllegalArgumentException as {@link #gather(int[], Object)}, or if the function does not support the
     *     array's type or mode, or needs more state arrays
     * @throws UpdateFailedException if the push could not be finished. It says what was updated
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
     * The shared memory of the array, in native byte order. Stores through it are plain stores, which no lock guards
     * and all others see. The buffer stays valid as long as it is referenced, even after the handle is closed. It is
     * read-only if the attachment is.
     *
     * @throws IllegalStateException for ORDERED arrays, because a view would bypass the turns
     */
    public ByteBuffer view() {
        return calls.view(target);
    }

    /** {@link #view()} as the buffer that fits the element type; 16-bit types give a ShortBuffer of raw bits. */
    public Buffer typedView() {
        return ElementAccesses.of(elementType()).typed(view());
    }

    /**
     * The shared memory of a state array: {@link #view()} for the optimizer state of this array's elements, in the same
     * order. Its elements are of the {@linkplain ElementType#stateType() state type}: float32 beside 16-bit elements,
     * otherwise the type of the array.
     *
     * @param state from 0 to {@link #stateCount()} - 1
     * @throws IllegalArgumentException if there is no such state array
     * @throws IllegalStateException for ORDERED arrays, because a view would bypass the turns
     */
    public ByteBuffer stateView(final int state) {
        return calls.stateView(target, state);
    }

    /** {@link #stateView(int)} as the buffer that fits the state type. */
    public Buffer typedStateView(final int state) {
        return ElementAccesses.of(elementType().stateType()).typed(stateView(state));
    }

    @Override
    public String toString() {
        return target.name() + target.shape() + " of "
                + calls.attachment().segment().name();
    }
}
