package org.shmarrays.spark;

/**
 * How much a model has been trained.
 *
 * @param iteration updates
 * @param epoch passes over the data
 */
record Counts(long iteration, long epoch) {
    static final Counts ZERO = new Counts(0, 0);
}
