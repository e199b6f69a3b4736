package org.shmarrays.errors;

import java.util.Arrays;
import java.util.List;

/**
 * An update function threw, or the push could not continue. In the locked modes, the partition in which this happened
 * is as it was before, its lock is free, and the partitions before it keep the update. In the lock-free modes, the
 * blocks before the failure keep the update.
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

    /** Ordinals of the updated partitions, in the order in which they were updated. */
    public List<Integer> updatedPartitions() {
        return Arrays.stream(updatedPartitions).boxed().toList();
    }

    /**
     * Updates the partitions that were not updated. It reads the same operands again, with the values that they have
     * now.
     *
     * @throws UpdateFailedException if the function throws again
     * @throws IllegalStateException if the push was to ORDERED arrays, because its turn is over; or if it was a {@link
     *     org.shmarrays.ChunkPush} whose function did not return
     * @throws org.shmarrays.errors.SegmentVanishedException if another program removed the segment's files
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
