package org.shmarrays.spark;

import java.io.Serializable;

/**
 * With what a round begins on each host.
 *
 * @param number of the round
 * @param hosts that train
 * @param iteration steps that the parameters have been trained for: a mean over the hosts
 * @param epoch passes over the data that are complete
 */
record RoundStart(long number, int hosts, long iteration, long epoch) implements Serializable {}
