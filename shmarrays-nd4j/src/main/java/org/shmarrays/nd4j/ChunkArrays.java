package org.shmarrays.nd4j;

import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.shmarrays.ArrayHandle;
import org.shmarrays.ChunkPush;
import org.shmarrays.update.ChunkFunction;

/**
 * INDArrays in which a {@link ChunkFunction} changes the chunks of a shared array: {@link #load}, compute in {@link
 * #values} and {@link #states}, {@link #store}. They are the shared memory itself, {@link ChunkViews}, or copies of one
 * chunk at a time, {@link ChunkCopies}. Made once for a {@link ChunkPush}; for the thread of the handle.
 */
public sealed interface ChunkArrays permits ChunkViews, ChunkCopies {
    /**
     * Views where INDArrays can be the shared memory, and compute in what lies there: on the CPU backend, for arrays of
     * other than 16-bit types. Otherwise copies.
     *
     * @param array that the push was made by
     */
    static ChunkArrays of(final ArrayHandle array, final ChunkPush push) {
        return Nd4jArrays.transferOf(Nd4j.getExecutioner().type()).isZeroCopy()
                        && ElementTypes.carried(array.elementType()) == ElementTypes.stored(array.elementType())
                ? ChunkViews.of(array, push)
                : ChunkCopies.of(array, push);
    }

    /** The values of a chunk, {@code [n]}: the same memory in each call, which may be that of other chunks too. */
    INDArray values(int chunk);

    /** The state arrays of a chunk, {@code [n]} each, of the type of {@link #values}; memory as there. */
    List<INDArray> states(int chunk);

    /** Makes a chunk's arrays hold what is in the shared memory. May be called outside of a function, to read. */
    void load(int chunk);

    /**
     * Puts a chunk's arrays into the shared memory. Afterwards they hold what is there: 16-bit values are rounded.
     *
     * @throws IllegalStateException as of {@link ChunkPush#store}, if they are copies
     */
    void store(int chunk);
}
