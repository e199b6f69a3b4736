package org.shmarrays;

import java.nio.Buffer;
import org.shmarrays.errors.UpdateFailedException;
import org.shmarrays.internal.Printable;
import org.shmarrays.internal.access.Calls;
import org.shmarrays.internal.access.PlannedChunks;
import org.shmarrays.internal.access.Target;
import org.shmarrays.update.ChunkFunction;

/**
 * A push by code that changes an array and its optimizer state in the shared memory itself, chunk by chunk. A chunk is
 * the part of the array in one partition. Use it for updates that {@link org.shmarrays.update.UpdateFunction} can't
 * express: because they depend on the index of an element, or because another library does them. For the thread of the
 * handle.
 *
 * <p>Make it once ({@link ArrayHandle#chunkPush()}), and call {@link #run} for each push. From the second call on, this
 * allocates nothing. It keeps a reference to its last function until the next call.
 *
 * <ul>
 *   <li>In the locked modes, each chunk is changed under its partition's lock, wholly or not at all. Its values and all
 *       its state are saved before the function is called. They are put back if the function throws, or if the process
 *       is killed meanwhile.
 *   <li>In mode ORDERED, it pushes in the {@link Turn} that is held. Without one, it pushes in a turn of its own; this
 *       is allowed only for the only ORDERED array of the segment.
 *   <li>In HOGWILD and ATOMIC there is neither lock nor undo. What the function stores is visible at once, by plain
 *       stores even in ATOMIC. What it stored before it threw stays.
 *   <li>Step counts of the optimizer do not change, in any mode.
 * </ul>
 */
public final class ChunkPush {
    private final Calls calls;
    private final PlannedChunks chunks;
    private final Target target;

    ChunkPush(final Calls calls, final PlannedChunks chunks) {
        this.calls = calls;
        this.chunks = chunks;
        this.target = chunks.target();
    }

    /**
     * A push that changes some chunks together. The group's code is called for these chunks, and the function of
     * {@link #run} for all others.
     *
     * @param from the group's first chunk
     * @param to the index after its last chunk (exclusive)
     * @throws IllegalArgumentException if the chunks do not exist, or one of them is in another group
     */
    public ChunkPush withGroup(final int from, final int to, final ChunkFunction.Group group) {
        return new ChunkPush(calls, chunks.withGroup(from, to, group));
    }

    /** Number of chunks: one for each partition that the array or alias touches. */
    public int chunkCount() {
        return chunks.memory().chunkCount();
    }

    /** Index of the first element of a chunk, counted from the beginning of the array or alias. */
    public int first(final int chunk) {
        return chunks.memory().first(chunk);
    }

    /** Number of elements of a chunk. */
    public int elementCount(final int chunk) {
        return chunks.memory().elementCount(chunk);
    }

    /**
     * The memory of the values, as the buffer that fits the element type; 16-bit types give a ShortBuffer of raw bits.
     * The function changes its chunk there while it is called. In the locked modes, do not store there at any other
     * time. At other times, reads are consistent per element only. ORDERED arrays may be read only in the function and
     * in a {@link Turn}.
     */
    public Buffer typedView() {
        return calls.chunkView(target, 0);
    }

    /**
     * The memory of a state array, as the buffer that fits the {@linkplain org.shmarrays.layout.ElementType#stateType()
     * state type}. The rules of {@link #typedView()} apply.
     *
     * @param state from 0 to {@link ArrayHandle#stateCount()} - 1
     * @throws IllegalArgumentException if there is no such state array
     */
    public Buffer typedStateView(final int state) {
        target.checkState(state);
        return calls.chunkView(target, 1 + state);
    }

    /**
     * Copies the values of a chunk into a Java array of the element type's carrier: float[] (also for the 16-bit
     * types), double[], int[] or long[]. The function calls it for its chunk. Other code may call it too; what it reads
     * is consistent per element only. Allocates nothing.
     *
     * @param into gets {@link #elementCount} elements, from {@code index} on
     * @throws IllegalArgumentException if {@code into} has another type, or is too short
     */
    public void load(final int chunk, final Object into, final int index) {
        chunks.memory().load(chunk, 0, into, index);
    }

    /**
     * {@link #load} for a state array.
     *
     * @param state from 0 to {@link ArrayHandle#stateCount()} - 1
     * @throws IllegalArgumentException as of {@link #load}, or if there is no such state array
     */
    public void loadState(final int chunk, final int state, final Object into, final int index) {
        target.checkState(state);
        chunks.memory().load(chunk, 1 + state, into, index);
    }

    /**
     * Copies a Java array, as of {@link #load}, into the values of a chunk, by plain stores. Values of 16-bit arrays
     * are {@linkplain ArrayHandle#rounding() rounded}; if one call stores a chunk twice, it uses the same random bits
     * twice. In the locked modes, only the function that is called for this chunk may call this. Allocates nothing.
     *
     * @throws IllegalArgumentException as of {@link #load}
     * @throws IllegalStateException if the mode is locked, and no function is being called for this chunk
     */
    public void store(final int chunk, final Object from, final int index) {
        chunks.memory().store(chunk, 0, from, index);
    }

    /**
     * {@link #store} for a state array.
     *
     * @param state as of {@link #loadState}
     */
    public void storeState(final int chunk, final int state, final Object from, final int index) {
        target.checkState(state);
        chunks.memory().store(chunk, 1 + state, from, index);
    }

    /**
     * Pushes: changes each chunk once. Chunks whose locks are free come first; the rank decides with which of them the
     * push begins. Then it waits for the other locks, for each of them at most the lock timeout of the settings.
     *
     * @param function called for each chunk that is in no group
     * @throws UpdateFailedException if a function threw, if the settings reject values that it stored as not finite, or
     *     if a lock was not free in time. In the locked modes, that chunk is as it was before. Chunks updated before it
     *     keep the update. The push can be resumed, unless a function was called and did not return, because the data
     *     that it works with may be half changed. Also thrown if {@link ChunkFunction#pushed()} threw; then all chunks
     *     are updated
     */
    public void run(final ChunkFunction function) {
        if (function == null) {
            throw new IllegalArgumentException("the function is null: name=" + Printable.text(target.name()));
        }
        calls.push(chunks, function);
    }

    @Override
    public String toString() {
        return "chunks of " + target.name() + " of "
                + calls.attachment().segment().name();
    }
}
