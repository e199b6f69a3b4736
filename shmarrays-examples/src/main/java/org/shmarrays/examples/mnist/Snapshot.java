package org.shmarrays.examples.mnist;

import java.util.Map;

/**
 * The parameters as they were at some time of the training.
 *
 * @param seconds since all workers were ready
 * @param samples that all workers had seen
 * @param values the parameters by name
 */
record Snapshot(double seconds, long samples, Map<String, float[]> values) {}
