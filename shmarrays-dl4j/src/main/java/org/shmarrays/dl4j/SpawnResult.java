package org.shmarrays.dl4j;

/**
 * What {@code SharedTraining.spawn} has done.
 *
 * @param samples that all workers have trained on
 * @param iterations steps of all workers
 * @param seconds from the call to its end, the start of the workers included
 */
public record SpawnResult(long samples, long iterations, double seconds) {}
