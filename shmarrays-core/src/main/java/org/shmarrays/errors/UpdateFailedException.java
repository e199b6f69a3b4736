package org.shmarrays.errors;

import java.util.Arrays;
import java.util.List;

/**
 * An update function threw, or the push could not go on. The partition in which that happened is as it was before and
 * its lock is free; the partitions before it keep the update. In the lock-free modes the blocks before it keep the
 * update.
 */
public final class UpdateFailedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int[] updatedPartitions;
    private final transient Runnable rest;

    /**
     * The failure of a push.
     *
     * @param rest updates what was not updated, or null if the push can't be resumed
     */
    public UpdateFailedException(
            final String message, final List<Integer> updatedPartitions, final Runnable rest, final Throwable cause) {
        super(message, cause);
        this.updatedPartitions =
                updatedPartitions.stream().mapToInt(Integer::intValue).toArray();
        this.rest = rest;
    }

    /** Ordinals of the partitions that were updated, in the order in which that happened. */
    public List<Integer> updatedPartitions() {
        return Arrays.stream(updatedPartitions).boxed().toList();
    }

    /**
     * Updates the partitions that were not, with the same operands as they are now.
     *
     * @throws UpdateFailedException if the function throws again
     * @throws IllegalStateException if the push was to ORDERED arrays, whose turn does not wait for it, or
     *     chunks ({@link org.shmarrays.ChunkPush}) whose function did not come to its end
     * @throws org.shmarrays.errors.SegmentVanishedException if the segment's files were taken away from outside
     */
    public void resume() {
        if (rest == null) {
            throw new IllegalStateException(
                    "this push can't be resumed: it was made in a turn of mode ORDERED, a chunk's function failed,"
                            + " or another process made the push");
        }
        rest.run();
    }
}
