package org.shmarrays.examples.mnist;

import java.util.Map;

/**
 * The parameters as they were at some time of the training.
 *
 * @param seconds since all workers were ready
 * @param samples that all workers had seen
 * @param epoch the epoch that had just ended, counted from 1; 0 in the midst of one
 * @param values the parameters by name
 */
record Snapshot(double seconds, long samples, int epoch, Map<String, float[]> values) {}
