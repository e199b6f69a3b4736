package org.shmarrays;

import java.nio.Buffer;
import org.shmarrays.errors.UpdateFailedException;
import org.shmarrays.internal.Printable;
import org.shmarrays.internal.access.Calls;
import org.shmarrays.internal.access.PlannedChunks;
import org.shmarrays.internal.access.Target;
import org.shmarrays.update.ChunkFunction;
import org.shmarrays.update.ChunkGroup;

/**
 * Pushes by code that changes an array, and its optimizer state, in the shared memory itself, chunk by chunk: for
 * updates that {@link org.shmarrays.update.UpdateFunction} can't express, because they depend on where an element
 * stands or are another library's. Made by {@link ArrayHandle#chunkPush()}, once; {@link #run} pushes, again and again,
 * and allocates nothing from the second time on. It refers to its last function until the next call. For the thread of
 * the handle.
 *
 * <p>In the locked modes each chunk is changed under its partition's lock, wholly or not at all: its values and all its
 * state are saved before the function is called, and put back when it throws, or when the process is killed meanwhile.
 * ORDERED pushes in a turn of its own, which must be a push to
 * the only ORDERED array of the segment, or in the {@link Turn} that is held. In HOGWILD and ATOMIC there is neither
 * lock nor undo: what the function stores is there at once, its stores are plain also in ATOMIC, and what it stored
 * before it threw stays. Step counts of the optimizer are left alone in all modes.
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
     * Pushes that change some chunks together. These are left to the group; the function is called for all others.
     *
     * @param from the group's first chunk
     * @param to the index after its last chunk (exclusive)
     * @throws IllegalArgumentException if there are no such chunks, or one of them is in another group
     */
    public ChunkPush withGroup(final int from, final int to, final ChunkGroup group) {
        return new ChunkPush(calls, chunks.withGroup(from, to, group));
    }

    /** Number of chunks, one for each partition that the array or alias touches. */
    public int chunkCount() {
        return chunks.memory().chunkCount();
    }

    /** First element of a chunk, counted from the beginning of the array or alias. */
    public int first(final int chunk) {
        return chunks.memory().first(chunk);
    }

    /** Number of elements of a chunk. */
    public int elementCount(final int chunk) {
        return chunks.memory().elementCount(chunk);
    }

    /**
     * The memory of the values, as the buffer that fits the element type; 16-bit types give a ShortBuffer of raw bits.
     * The function changes its chunk there while it is called. At all other times nothing may be stored there in the
     * locked modes, and what is read is consistent per element only; of ORDERED arrays nothing may be read
     * either, except in a {@link Turn}.
     */
    public Buffer typedView() {
        return calls.chunkView(target, 0);
    }

    /**
     * The memory of a state array, as the buffer that fits the {@linkplain org.shmarrays.layout.ElementType#stateType()
     * state type}; for use as {@link #typedView()}.
     *
     * @param state from 0 to {@link ArrayHandle#stateCount()} - 1
     * @throws IllegalArgumentException if there is no such state array
     */
    public Buffer typedStateView(final int state) {
        target.checkState(state);
        return calls.chunkView(target, 1 + state);
    }

    /**
     * Copies the values of a chunk into a Java array: float[] or double[], int[] or long[], whichever carries the
     * element type; float[] for the 16-bit types. A function calls it for its chunk, and other code may call it too:
     * what is read then is consistent per element only. Allocates nothing.
     *
     * @param into of {@link #elementCount} elements from {@code index} on
     * @throws IllegalArgumentException if it is of another type, or too short
     */
    public void load(final int chunk, final Object into, final int index) {
        chunks.memory().load(chunk, 0, into, index);
    }

    /**
     * {@link #load} for a state array.
     *
     * @param state from 0 to {@link ArrayHandle#stateCount()} - 1
     * @throws IllegalArgumentException also if there is no such state array
     */
    public void loadState(final int chunk, final int state, final Object into, final int index) {
        target.checkState(state);
        chunks.memory().load(chunk, 1 + state, into, index);
    }

    /**
     * Copies a Java array, as of {@link #load}, into the values of a chunk, by plain stores. Those of 16-bit arrays are
     * rounded as the {@linkplain ArrayHandle#rounding() array says}; a chunk that is stored twice in one call gets
     * the same random bits twice. In the locked modes only the function that a push calls for this chunk may do it.
     * Allocates nothing.
     *
     * @throws IllegalArgumentException as of {@link #load}
     * @throws IllegalStateException if the array is of a locked mode, and no function is called for this chunk now
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
     * Pushes: each chunk is changed once. Those whose locks are free come first; the rank decides with which of them it
     * begins. Waits for the locks of the others, for each at most the lock timeout of the settings.
     *
     * @param function is called for each chunk that is in no group
     * @throws UpdateFailedException if a function threw, the settings reject what it stored as not finite, or a lock
     *     was not to be had. In the locked modes that chunk is as it was before, and those updated before it keep the
     *     update. It can be resumed unless a function was called that did not come to its end, because what that one
     *     worked with may be half changed. Also if {@link ChunkFunction#pushed()} threw: then all chunks are updated
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
