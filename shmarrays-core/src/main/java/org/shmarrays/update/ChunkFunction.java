package org.shmarrays.update;

/**
 * Code that changes an array chunk by chunk, in the memory that a {@link org.shmarrays.ChunkPush} gives. A chunk is the part of the
 * array in one partition.
 *
 * <p>It is called in the middle of a push, in the locked modes under the chunk's lock, so it must not wait for another
 * worker. Calls on the same segment throw IllegalStateException. It may use other threads, which must be done when it
 * returns.
 */
@FunctionalInterface
public interface ChunkFunction {
    /**
     * Changes the values and the state of the elements from {@code first} to {@code first + count - 1}, and nothing
     * else. When it throws in the locked modes, they are put back as they were.
     *
     * @param chunk ordinal of the chunk
     * @param first element of the chunk, counted from the beginning of the array or alias, like the indexes of its
     *     memory
     * @param count number of elements
     */
    void update(int chunk, int first, int count);

    /**
     * All chunks have been updated, those of groups too. Called once in a push, with no lock held, and before the push
     * is over for a snapshot of the whole segment: one contains the chunks and what is counted here, such as a step by
     * {@link org.shmarrays.worker.Worker#countStep}, or neither. In a push that failed it is called when the rest has
     * been done by {@link org.shmarrays.errors.UpdateFailedException#resume()}, and else not at all. When it throws, the chunks keep the
     * update, and the push fails.
     *
     * <p>Only the function that {@link org.shmarrays.ChunkPush#run} was given is told, not the code of groups.
     */
    default void pushed() {}
}
