package org.shmarrays;

import java.nio.Buffer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.shmarrays.layout.ArrayOrder;
import org.shmarrays.layout.ElementType;
import org.shmarrays.layout.Mode;
import org.shmarrays.update.UpdateFunction;
import org.shmarrays.update.Updates;

/**
 * One array of a segment, or one alias, looked up once. For the thread of the {@link ShmArrays} that gave it. Reads and
 * updates by ready-made functions allocate nothing from the second call on; {@link ArrayGroup} does the same for several
 * arrays.
 *
 * <p>Values go in and out in Java arrays of the element type's {@linkplain ElementType#carrier() carrier}, or in buffers of
 * the same kind (FloatBuffer for float[], and so on), in the array's own order of elements; their length must be {@link
 * #elementCount()}. A buffer's position and limit are not looked at.
 */
public final class ArrayHandle {
    private final Calls calls;
    private final Target target;
    private final PlannedAccess access;

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

    /** Number of companions. */
    public int stateCount() {
        return target.spec().stateCount();
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
     * Copies the values of a companion out; for looking at, not for training: it is consistent per element only.
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
     * The array's own memory, in native byte order: writes through it are plain stores that no lock guards, and others
     * see them. It stays valid as long as it is referred to, also after the handle is closed. Of a read-only attachment it
     * is read-only.
     *
     * @throws IllegalStateException for ORDERED arrays, whose promise it would break
     */
    public ByteBuffer view() {
        return calls.view(target).order(ByteOrder.nativeOrder());
    }

    /** {@link #view()} as the buffer that fits the element type; 16-bit types give a ShortBuffer of raw bits. */
    public Buffer typedView() {
        final ByteBuffer bytes = view();
        return switch (elementType()) {
            case FLOAT32 -> bytes.asFloatBuffer();
            case FLOAT64 -> bytes.asDoubleBuffer();
            case INT32 -> bytes.asIntBuffer();
            case INT64 -> bytes.asLongBuffer();
            case FLOAT16, BFLOAT16 -> bytes.asShortBuffer();
        };
    }

    @Override
    public String toString() {
        return target.name() + target.shape() + " of "
                + calls.attachment().segment().name();
    }
}
