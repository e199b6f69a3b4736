/**
 * The arrays of a segment as INDArrays: {@link org.shmarrays.nd4j.Nd4jArrays} creates, reads, updates and shows them, and
 * {@link org.shmarrays.nd4j.Nd4jUpdates} has the formulas of ND4J's own updaters.
 */
package org.shmarrays.nd4j;
