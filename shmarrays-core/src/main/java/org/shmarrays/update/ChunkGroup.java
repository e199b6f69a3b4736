package org.shmarrays.update;

/**
 * Code that changes several chunks together, because their new values depend on each other. In the locked modes it is
 * called under the locks of all of them. The rules of {@link ChunkFunction} apply.
 */
public interface ChunkGroup extends ChunkFunction {
    /**
     * Computes what {@link #update} stores, somewhere else: it may read the memory of all chunks of the group, and
     * must change nothing there. When it throws, all chunks are as they were.
     */
    void prepare();

    /**
     * Stores what was computed for a chunk, by {@link ChunkFunction#update}; called for each chunk of the group, in
     * ascending order. Each is a change of its own: when one throws, those before it stay.
     */
    @Override
    void update(int chunk, int first, int count);

    /** All chunks are stored; their locks are still held. */
    default void stored() {}
}
