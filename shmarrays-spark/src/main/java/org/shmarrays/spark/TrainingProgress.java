package org.shmarrays.spark;

import java.io.Serializable;

/**
 * How far a training has come after a round.
 *
 * @param rounds that have ended; the number of the next one
 * @param iteration steps that the parameters have been trained for: a mean over the hosts
 * @param epoch passes over the data that are complete, those before the training included
 * @param samples of all rounds
 * @param data which batches of the epoch are trained, or null where each round opens its data
 */
record TrainingProgress(long rounds, long iteration, long epoch, long samples, DataProgress data)
        implements Serializable {
    /**
     * @throws IllegalArgumentException if a count is negative
     */
    TrainingProgress {
        if (rounds < 0 || iteration < 0 || epoch < 0 || samples < 0) {
            throw new IllegalArgumentException("the counts of a training can't be negative: rounds=" + rounds
                    + ", iteration=" + iteration + ", epoch=" + epoch + ", samples=" + samples);
        }
    }

    /** The hosts among which all batches of the epoch were divided, or another number if they were not. */
    int hosts(final int others) {
        return data == null || data.consumed().isEmpty()
                ? others
                : data.consumed().get(0).size();
    }
}
