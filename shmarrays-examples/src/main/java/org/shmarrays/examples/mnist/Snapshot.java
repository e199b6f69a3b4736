package org.shmarrays.examples.mnist;

import java.util.Map;

/**
 * The parameters as they were at some time of the training.
 *
 * @param seconds since all workers were ready
 * @param samples that all workers had seen
 * @param steps that all workers had made
 * @param epoch the epoch that had just ended, counted from 1; 0 in the midst of one
 * @param values the parameters by name
 */
record Snapshot(double seconds, long samples, long steps, int epoch, Map<String, float[]> values) {}
