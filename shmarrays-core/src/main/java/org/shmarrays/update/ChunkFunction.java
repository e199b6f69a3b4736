package org.shmarrays.update;

/**
 * Code that changes an array chunk by chunk, in the memory that a {@link org.shmarrays.ChunkPush} gives. A chunk is the
 * part of the array in one partition.
 *
 * <p>It is called in the middle of a push; in the locked modes, while the chunk's lock is held. So it must not wait for
 * another worker. Calls on the same segment throw IllegalStateException. It may use other threads. They must be done
 * when it returns.
 */
@FunctionalInterface
public interface ChunkFunction {
    /**
     * Changes the values and the state of the elements from {@code first} to {@code first + count - 1}, and nothing
     * else. If it throws, these are restored in the locked modes.
     *
     * @param chunk ordinal of the chunk
     * @param first index of the chunk's first element, counted from the beginning of the array or alias, like the
     *     indexes of its memory
     * @param count number of elements
     */
    void update(int chunk, int first, int count);

    /**
     * Called once in each push, when all chunks have been updated, including those of groups. No lock is held. What
     * this counts, such as a step by {@link org.shmarrays.worker.Worker#countStep}, belongs to the push: a snapshot of
     * the whole segment contains both or neither. If the push fails, this is called only after
     * {@link org.shmarrays.errors.UpdateFailedException#resume()} has done the rest. If this throws, the chunks keep
     * the update, and the push fails.
     *
     * <p>It is called for the function of {@link org.shmarrays.ChunkPush#run}, not for the code of groups.
     */
    default void pushed() {}

    /**
     * Code that changes several chunks together, because their new values depend on each other. In the locked modes,
     * the locks of all these chunks are held while it runs. The rules of {@link ChunkFunction} apply.
     */
    public interface Group extends ChunkFunction {
        /**
         * Computes what {@link #update} will store. It may read the memory of all chunks of the group, and must not
         * change it. If it throws, all chunks are as they were.
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
}
