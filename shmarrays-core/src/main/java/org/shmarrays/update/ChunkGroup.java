package org.shmarrays.update;

/**
 * Code that changes several chunks together, because their new values depend on each other. In the locked modes, the
 * locks of all these chunks are held while it runs. The rules of {@link ChunkFunction} apply.
 */
public interface ChunkGroup extends ChunkFunction {
    /**
     * Computes what {@link #update} will store. It may read the memory of all chunks of the group, and must not change
     * it. If it throws, all chunks are as they were.
     */
    void prepare();

    /**
     * Stores what was computed for a chunk. Called for each chunk of the group, in ascending order. Each call is a
     * change of its own: if one throws, the changes before it stay.
     */
    @Override
    void update(int chunk, int first, int count);

    /** Called when all chunks are stored. Their locks are still held. */
    default void stored() {}
}
