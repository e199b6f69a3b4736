/**
 * DL4J's models on shared memory: {@link org.shmarrays.dl4j.SharedTraining} trains one by its own {@code fit}, and
 * {@link org.shmarrays.dl4j.SharedModel} evaluates one that trains.
 */
package org.shmarrays.dl4j;
